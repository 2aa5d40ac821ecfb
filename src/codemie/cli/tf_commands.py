"""`codemiectl tf …`: commands around Terraform."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.check_options import JsonOption, JunitOption, Profile
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.options import AllowWriteOption

tf_app = typer.Typer(help="Work with Terraform.", no_args_is_help=True, rich_markup_mode=None)

_BOOTSTRAP_EXIT_CODES = (
    "Exit codes: 0 nothing is left to do, 1 there is something to do and --allow-write was not given, 2 wrong usage, "
    "3 wrong configuration, 4 Terraform or the cloud failed, 130 interrupted, 141 nobody reads the output."
)


_DIAGNOSE_EXIT_CODES = (
    "Exit codes: 0 the log holds no error and says that Terraform is done, 2 it holds an error that is known, 3 "
    "nothing in it is known (wrong usage, unreadable file, unknown error), "
    "130 interrupted, 141 nobody reads the output."
)


@tf_app.command(epilog=_DIAGNOSE_EXIT_CODES, cls=CheckingCommand)
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
    allow_write: AllowWriteOption = False,
) -> None:
    """Make the encrypted bucket for Terraform's states and the role that deploys; then move its own state there.

    Without --allow-write it shows what it would do. Safe to repeat, after a run that broke off as well; from another
    machine it finds the state in the bucket. It writes backend.tf into this stack's folder and the platform's.
    """
    from codemie.cli import exits, tf

    with exits.one_line_errors():
        raise typer.Exit(int(tf.bootstrap(directory, allow_write=allow_write)))


_PLAN_EXIT_CODES = (
    "Exit codes: 0 done, 1 --allow-write is missing, 2 the plan is not to be applied as it is, 3 it could not be run "
    "(wrong usage, no Terraform, no stack), 4 Terraform failed, 130 interrupted, 141 nobody reads the output."
)
DirectoryOption = Annotated[Path, typer.Option("--directory", help="Folder of the stack.", metavar="FOLDER")]
VarFileOption = Annotated[
    list[Path] | None, typer.Option("--var-file", help="Values, besides those that Terraform takes by itself.")
]
ProfileOption = Annotated[
    Profile | None,
    typer.Option("--profile", help="How strictly to judge. Default: as the plan's values say, else prod."),
]
AcceptOption = Annotated[
    list[str] | None,
    typer.Option("--accept", help="Take what is said of this resource upon yourself.", metavar="ADDRESS"),
]
ValuedOption = Annotated[
    list[str] | None,
    typer.Option("--stateful", help="A further type of resource that must not be lost.", metavar="TYPE"),
]
_PLATFORM = Path("deploy/terraform/aws/platform")


@tf_app.command(epilog=_PLAN_EXIT_CODES, cls=CheckingCommand)
def plan(
    directory: DirectoryOption = _PLATFORM,
    out: Annotated[Path, typer.Option("--out", help="Where to write the plan.", metavar="FILE")] = Path(
        "codemie.tfplan"
    ),
    var_file: VarFileOption = None,
    profile: ProfileOption = None,
    accept: AcceptOption = None,
    stateful: ValuedOption = None,
    as_json: JsonOption = False,
    junit: JunitOption = None,
) -> None:
    """Make a plan and judge it: what would be lost, opened, or left unencrypted and unprotected.

    It changes nothing in the cloud. The plan is written to a file for codemiectl tf apply; it may hold secrets.
    """
    from codemie.cli import exits, tf

    asked = tf.Asked(
        directory, tuple(var_file or ()), profile, tuple(accept or ()), tuple(stateful or ()), as_json, junit
    )
    with exits.one_line_errors():
        raise typer.Exit(tf.plan(asked, out))


@tf_app.command(epilog=_PLAN_EXIT_CODES, cls=CheckingCommand)
def apply(
    directory: DirectoryOption = _PLATFORM,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="A plan made before. Default: one is made now.", metavar="FILE")
    ] = None,
    var_file: VarFileOption = None,
    profile: ProfileOption = None,
    accept: AcceptOption = None,
    stateful: ValuedOption = None,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    allow_write: AllowWriteOption = False,
) -> None:
    """Do what a plan says, and nothing else, after it was judged.

    What would lose data or open something to everybody is refused, unless it is accepted resource by resource. Where
    Terraform fails, its errors are explained as codemiectl tf diagnose does.
    """
    from codemie.cli import exits, tf

    asked = tf.Asked(
        directory, tuple(var_file or ()), profile, tuple(accept or ()), tuple(stateful or ()), as_json, junit
    )
    with exits.one_line_errors():
        raise typer.Exit(tf.apply(asked, plan, allow_write=allow_write))
