"""How do I start it? The command line `codemiectl`; it composes the platform and decides nothing.

`main` is the entry point of the console script.
"""


def main() -> None:
    """Run `codemiectl`; what a command needs is imported when it runs, so that `--help` is quick."""
    from codemie.cli import collector

    collector.seldom()
    from codemie.cli.commands import app

    app()
