"""`codemiectl deploy …`: what an installation is to be, rendered for those who make it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

deploy_app = typer.Typer(help="Render an installation from one file.", no_args_is_help=True, rich_markup_mode=None)

_EXIT_CODES = "Exit codes: 0 done, 1 refused (a file is there already), 2 wrong usage, 3 wrong configuration."


class Target(StrEnum):
    """Who reads what is rendered."""

    HELM_VALUES = "helm-values"
    COMPOSE = "compose"
    TFVARS = "tfvars"


FileOption = Annotated[Path, typer.Option("--file", help="The description of the installation.", metavar="FILE")]


@deploy_app.command("init", epilog=_EXIT_CODES)
def init(
    file: FileOption = Path("codemie.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a commented sample of the file that everything is rendered from."""
    from codemie.cli import deploy, exits

    with exits.one_line_errors():
        deploy.init(file, force=force)


@deploy_app.command("render", epilog=_EXIT_CODES)
def render(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; it is made.", metavar="FOLDER")],
    file: FileOption = Path("codemie.yaml"),
    target: Annotated[Target, typer.Option("--target", help="Who is to read it.")] = Target.HELM_VALUES,
    registry: Annotated[
        str | None, typer.Option("--registry", help="That has every image. Default: the file's mirror.", metavar="HOST")
    ] = None,
) -> None:
    """Render values for Helm, files for Compose, or variables for Terraform.

    For Compose it makes passwords and keys once, in OUT/secrets, and keeps them ever after: the same command brings a
    changed file into effect. The others hold no secret.
    """
    from codemie.cli import deploy, exits

    with exits.one_line_errors():
        deploy.render(file, target.value, out, registry)
