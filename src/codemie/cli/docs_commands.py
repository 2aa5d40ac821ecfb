"""`codemiectl docs`: documentation that may be given to others."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from codemie.operations.documentation.leaks import Leak

_EXIT_CODES = "Exit codes: 0 done, 1 refused, 2 something must not go out, 130 interrupted."

docs_app = typer.Typer(help="Give the documentation to others.", no_args_is_help=True, rich_markup_mode=None)


@docs_app.command("export", epilog=_EXIT_CODES)
def export_pages(
    folder: Annotated[Path, typer.Argument(help="Where to; it must not exist.", metavar="FOLDER")],
    checkout: Annotated[Path, typer.Option("--checkout", help="Of CodeMie.", metavar="FOLDER")] = Path(),
) -> None:
    """Write the documentation as pages that open from a folder; refused if a token, person or inner host is in them."""
    from codemie.cli import exits
    from codemie.operations.documentation.export import export

    with exits.one_line_errors(), _refusing():
        _end(export(checkout, folder), f"{folder}/index.html")


@docs_app.command("scan", epilog=_EXIT_CODES)
def scan_texts(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH")],
    forbid: Annotated[
        list[str] | None, typer.Option("--forbid", help="A word that must not occur, too.", metavar="WORD")
    ] = None,
) -> None:
    """Look for tokens, addresses of people and names of internal networks in texts."""
    from codemie.cli import exits
    from codemie.operations.documentation.leaks import scan

    with exits.one_line_errors(), _refusing():
        _end(scan(paths, forbid or ()), "Nothing that must not go out.")


@contextmanager
def _refusing() -> Generator[None]:
    from codemie.cli.exits import Refused
    from codemie.kernel.errors import NotFound

    try:
        yield
    except NotFound as error:
        raise Refused(str(error)) from error


def _end(found: "list[Leak]", well: str) -> None:
    for leak in found:
        print(f"{leak.path}:{leak.line}: {leak.kind}: {leak.shown}")
    if found:
        raise typer.Exit(2)
    print(well)
