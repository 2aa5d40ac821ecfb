"""`codemiectl bundle`: everything for an installation without the internet, in one file."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.options import AllowWriteOption

bundle_app = typer.Typer(
    help="Carry an installation to where there is no internet.", no_args_is_help=True, rich_markup_mode=None
)

_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 wrong configuration, 4 a part cannot be had, or the file is "
    "damaged, 130 interrupted."
)
FileArgument = Annotated[Path, typer.Argument(help="The bundle.", metavar="FILE")]


@bundle_app.command("create", epilog=_EXIT_CODES)
def create(
    out: Annotated[
        Path | None, typer.Option("--out", help="Where to. Default: codemie-VERSION-bundle.tar", metavar="FILE")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="What the installation is to be: codemie.yaml.", metavar="FILE")
    ] = None,
    image: Annotated[
        list[str] | None, typer.Option("--image", help="A further image; may be repeated.", metavar="NAME")
    ] = None,
    platform: Annotated[
        list[str] | None, typer.Option("--platform", help="Of the nodes; may be repeated. Default: linux/amd64")
    ] = None,
    compose: Annotated[bool, typer.Option("--compose", help="Also the images of one host with Compose.")] = False,
    images: Annotated[bool, typer.Option("--images/--no-images", help="The images themselves.")] = True,
    packages: Annotated[bool, typer.Option("--packages/--no-packages", help="Python packages and web UI.")] = True,
    docs: Annotated[bool, typer.Option("--docs/--no-docs", help="The documentation.")] = True,
    checkout: Annotated[Path, typer.Option("--checkout", help="Of CodeMie.", metavar="FOLDER")] = Path(),
) -> None:
    """Put chart, values, stacks of Terraform, documentation, Python packages and images into one file.

    Run it in a checkout, where package index and registries are reached, on a machine like those to install on: the
    packages are for its Python and system. Where it breaks off, the same command goes on with what was fetched.
    """
    from codemie.cli import bundle, exits

    left_out = [name for name, is_in in (("images", images), ("packages", packages), ("docs", docs)) if not is_in]
    with exits.one_line_errors():
        kinds = tuple(platform or ("linux/amd64",))
        bundle.create(out, file, tuple(image or ()), kinds, left_out, checkout, with_compose=compose)


@bundle_app.command("verify", epilog=_EXIT_CODES)
def verify(
    file: FileArgument,
    sha256: Annotated[
        str | None, typer.Option("--sha256", help="Of the whole file, as who made it told you.", metavar="HEX")
    ] = None,
) -> None:
    """Read the whole bundle, compare every file with its SHA-256, and refuse what is not listed or leads out of it."""
    from codemie.cli import bundle, exits

    with exits.one_line_errors():
        bundle.verify(file, sha256)


@bundle_app.command("push", epilog=_EXIT_CODES)
def push(
    file: FileArgument,
    registry: Annotated[
        str, typer.Option("--registry", help="Host, with port and path where it has them.", metavar="HOST")
    ],
    allow_write: AllowWriteOption = False,
) -> None:
    """Give the images of a bundle to a registry of yours, signed in as 'docker login' left it.

    The bundle is verified first. What the registry has already is not sent again.
    """
    from codemie.cli import bundle, exits

    with exits.one_line_errors():
        bundle.push(file, registry, allow_write=allow_write)
