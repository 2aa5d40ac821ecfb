"""`codemiectl tf …`: commands around Terraform."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.check_commands import EXIT_CODES
from codemie.cli.check_options import JsonOption, JunitOption
from codemie.cli.nats_commands import CheckingCommand

tf_app = typer.Typer(help="Work with Terraform.", no_args_is_help=True, rich_markup_mode=None)

_BOOTSTRAP_EXIT_CODES = (
    "Exit codes: 0 nothing is left to do, 1 there is something to do and --allow-write was not given, 2 wrong usage, "
    "3 wrong configuration, 4 Terraform or the cloud failed, 130 interrupted, 141 nobody reads the output."
)


@tf_app.command(epilog=EXIT_CODES, cls=CheckingCommand)
def diagnose(
    log: Annotated[str, typer.Argument(help="A log of Terraform, or - for standard input.", metavar="LOG")],
    as_json: JsonOption = False,
    junit: JunitOption = None,
) -> None:
    """Say why Terraform failed, and what to do, from what it printed.

    Reads plain output and that of -json, with or without colours: terraform apply 2>&1 | codemiectl tf diagnose -
    """
    from codemie.cli import exits, tf_log

    with exits.one_line_errors():
        raise typer.Exit(int(tf_log.diagnose(log, as_json=as_json, junit=junit)))


@tf_app.command(epilog=_BOOTSTRAP_EXIT_CODES)
def bootstrap(
    directory: Annotated[
        Path, typer.Option("--directory", help="Folder of the stack, with its terraform.tfvars.", metavar="FOLDER")
    ] = Path("deploy/terraform/aws/bootstrap"),
    allow_write: Annotated[
        bool, typer.Option("--allow-write", help="Make it so. Without it nothing is changed.")
    ] = False,
) -> None:
    """Make the encrypted bucket for Terraform's states and the role that deploys; then move its own state there.

    Without --allow-write it shows what it would do. Safe to repeat, after a run that broke off as well; from another
    machine it finds the state in the bucket. It writes backend.tf into this stack's folder and the platform's.
    """
    from codemie.cli import exits, tf

    with exits.one_line_errors():
        raise typer.Exit(int(tf.bootstrap(directory, allow_write=allow_write)))
