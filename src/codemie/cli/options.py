"""Command-line options that stand for settings: they win over the environment, so they are put into it."""

import os
from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of all local state. Default: CODEMIE_HOME, else ./.codemie", metavar="FOLDER"),
]

AllowWriteOption = Annotated[
    bool, typer.Option("--allow-write", help="Do it. Without it, only say what would be done.")
]
"""Of every command that changes what is in use: without it nothing is changed."""


def apply(*, home: Path | None = None, host: str | None = None, port: int | None = None) -> None:
    """Set the variables of the options that were given, for this process and the ones it starts."""
    given = {"CODEMIE_HOME": home, "CODEMIE_HOST": host, "CODEMIE_PORT": port}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})


def home_folder() -> Path:
    """The folder of local state, as the variable or the default says; it need not exist."""
    return Path(os.environ.get("CODEMIE_HOME") or ".codemie")
