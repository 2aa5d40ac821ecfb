"""How do I start it? The command line `codemiectl`; it composes the platform and decides nothing.

`main` is the entry point of the console script.
"""


def main() -> None:
    """Run `codemiectl`; the commands are imported only when they are needed."""
    from codemie.cli.commands import app

    app()
