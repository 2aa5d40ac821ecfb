"""The commands of `codemiectl` and their options. Each imports what it needs when it runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from codemie import __version__
from codemie.cli import backup_commands, check_commands, preflight_commands, sizing_commands
from codemie.cli.bundle_commands import bundle_app
from codemie.cli.db_commands import db_app
from codemie.cli.deploy_commands import deploy_app
from codemie.cli.docs_commands import docs_app
from codemie.cli.lb_commands import lb_app
from codemie.cli.llm_commands import llm_app
from codemie.cli.nats_commands import nats_app
from codemie.cli.net_commands import net_app
from codemie.cli.options import AllowWriteOption, HomeOption
from codemie.cli.plugin_commands import plugin_app
from codemie.cli.support_commands import support_bundle
from codemie.cli.tf_commands import tf_app
from codemie.cli.upgrade_commands import upgrade_app

_EXIT_CODES = (
    "Exit codes: 0 done, 1 refused (already running, port taken, home not writable, disk full), "
    "2 wrong usage, 3 wrong configuration, 4 a part failed, 130 interrupted, 141 nobody reads the output."
)

app = typer.Typer(
    name="codemiectl",
    help="Run and look after a CodeMie installation.",
    epilog=_EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(help="Look at the settings.", no_args_is_help=True, rich_markup_mode=None)
check_commands.add_to(app)
preflight_commands.add_to(app)
backup_commands.add_to(app)
sizing_commands.add_to(app)
app.command(epilog=_EXIT_CODES)(support_bundle)
app.add_typer(config_app, name="config")
idp_app = typer.Typer(help="Work with the identity provider.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(db_app, name="db")
app.add_typer(idp_app, name="idp")
secrets_app = typer.Typer(help="Look after the master keys.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(secrets_app, name="secrets")
integrations_app = typer.Typer(help="Prepare integrations.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(integrations_app, name="integrations")
app.add_typer(lb_app, name="lb")
app.add_typer(llm_app, name="llm")
app.add_typer(nats_app, name="nats")
app.add_typer(net_app, name="net")
app.add_typer(plugin_app, name="plugin")
app.add_typer(tf_app, name="tf")
app.add_typer(bundle_app, name="bundle")
app.add_typer(deploy_app, name="deploy")
app.add_typer(upgrade_app, name="upgrade")
app.add_typer(docs_app, name="docs")
dev_app = typer.Typer(help="Try and develop the platform.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(dev_app, name="dev")


class Format(StrEnum):
    """How `config show` prints."""

    TABLE = "table"
    JSON = "json"


HostOption = Annotated[
    str | None, typer.Option("--host", help="Address to listen on. Default: CODEMIE_HOST, else 127.0.0.1")
]
PortOption = Annotated[
    int | None, typer.Option("--port", help="Port to listen on. Default: CODEMIE_PORT, else 8080", min=1, max=65535)
]


@app.command(epilog=_EXIT_CODES)
def up(
    home: HomeOption = None,
    host: HostOption = None,
    port: PortOption = None,
    logs: Annotated[bool, typer.Option("--logs", help="Show the logs here instead of writing them to files.")] = False,
) -> None:
    """Start everything in this terminal: PostgreSQL, NATS, migrations, API, web UI and worker.

    Everything it writes is under the home folder. Ctrl-C stops everything in order. A part that crashes is started
    again. With CODEMIE_DATABASE_URL or CODEMIE_NATS_URL set, that server is used and none is started.
    """
    from codemie.cli import exits, options, up

    options.apply(home=home, host=host, port=port)
    with exits.one_line_errors():
        up.run(show_logs=logs)


@app.command(epilog=_EXIT_CODES)
def serve(host: HostOption = None, port: PortOption = None) -> None:
    """Run the API and the web UI in the foreground; logs go to standard error.

    Needs CODEMIE_DATABASE_URL and CODEMIE_NATS_URL. Start as many as you like behind a load balancer.
    """
    from codemie.cli import exits, foreground, options

    options.apply(host=host, port=port)
    with exits.one_line_errors():
        foreground.serve()


@app.command(epilog=_EXIT_CODES)
def worker() -> None:
    """Run a worker in the foreground: indexing and other durable work; logs go to standard error.

    Needs CODEMIE_DATABASE_URL and CODEMIE_NATS_URL. Start as many as you like; work is shared.
    """
    from codemie.cli import exits, foreground

    with exits.one_line_errors():
        foreground.work()


@app.command(epilog=_EXIT_CODES)
def migrate(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")] = False,
) -> None:
    """Bring the database to this version's schema and create the first administrator; says what it did.

    Safe to run twice, or at the same time. A generated password is printed once and stored only as a hash.

    Needs CODEMIE_DATABASE_URL. `codemiectl up` migrates its own database by itself.
    """
    from codemie.cli import exits, foreground

    with exits.one_line_errors():
        foreground.migrate(as_json=as_json)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


@config_app.command(epilog=_EXIT_CODES)
def show(
    home: HomeOption = None,
    output: Annotated[Format, typer.Option("--format", help="Shape of the output.")] = Format.TABLE,
) -> None:
    """Print every setting, its value and where the value came from; secrets are masked."""
    from codemie.cli import config, exits, options

    options.apply(home=home)
    with exits.one_line_errors():
        config.show(as_json=output is Format.JSON)


@idp_app.command(epilog=_EXIT_CODES)
def explain(
    token: Annotated[
        str, typer.Option("--token", help="The access token, a file that holds it, or - for standard input.")
    ],
    home: HomeOption = None,
) -> None:
    """Say what a token maps to under the current settings, what is missing, and which setting to change.

    The token itself is never printed. Better than --token TOKEN, which other users of this machine may see, is a file
    or standard input.
    """
    from codemie.cli import exits, idp, options

    options.apply(home=home)
    with exits.one_line_errors():
        idp.explain(token)


@idp_app.command(epilog=_EXIT_CODES)
def apply(
    realm: Annotated[Path, typer.Argument(help="The realm as YAML, such as deploy/keycloak/realm.yaml.")],
    server: Annotated[str, typer.Option("--server", envvar="KEYCLOAK_URL", help="Address of Keycloak.")],
    username: Annotated[
        str, typer.Option("--username", help="Administrator of Keycloak; the password is KEYCLOAK_ADMIN_PASSWORD.")
    ] = "admin",
    allow_write: Annotated[
        bool,
        typer.Option(
            "--allow-write/--plan",
            "--yes",
            help="--plan (the default) only shows the changes, --allow-write makes them; --yes says the same.",
        ),
    ] = False,
) -> None:
    """Make a Keycloak realm as a file says: look at the plan, then run it again with --allow-write.

    Without --allow-write nothing is changed. Applied again, it finds nothing to do; what the file does not name stays.
    """
    from codemie.cli import exits, idp

    with exits.one_line_errors():
        idp.apply(realm, server=server, username=username, confirmed=allow_write)


@idp_app.command("export", epilog=_EXIT_CODES)
def export_realm(
    server: Annotated[str, typer.Option("--server", envvar="KEYCLOAK_URL", help="Address of Keycloak.")],
    realm: Annotated[str, typer.Option("--realm", envvar="KEYCLOAK_REALM", help="Name of the realm.")] = "codemie-prod",
    username: Annotated[
        str, typer.Option("--username", help="Administrator of Keycloak; the password is KEYCLOAK_ADMIN_PASSWORD.")
    ] = "admin",
    out: Annotated[Path | None, typer.Option("--out", help="File to write. Default: print it.")] = None,
) -> None:
    """Write a Keycloak realm as it is down as a file that `idp apply` takes, without secrets.

    Applied to the same realm it changes nothing. Users, groups, keys and flows are not in it.
    """
    from codemie.cli import exits, idp

    with exits.one_line_errors():
        idp.export(realm, server=server, username=username, out=out)


ProviderOption = Annotated[
    str | None, typer.Option("--provider", help="Key service: aws-kms, azure-keyvault or vault-transit.")
]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="Its key: an ARN, a key identifier, or mount/name in Vault."),
]


@secrets_app.command(epilog=_EXIT_CODES)
def status(home: HomeOption = None) -> None:
    """Say how many stored secrets are under each master key, and whether a key is missing."""
    from codemie.cli import exits, options, vault

    options.apply(home=home)
    with exits.one_line_errors():
        vault.status()


@secrets_app.command(epilog=_EXIT_CODES)
def rotate(
    home: HomeOption = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make a new key first, in the key file of the home.")
    ] = False,
    provider: ProviderOption = None,
    key: KeyOption = None,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Take former keys out of the key file at the end.")
    ] = False,
    settle: Annotated[
        float, typer.Option("--settle-seconds", min=0, help="Time for processes to read a changed key file.")
    ] = 6.0,
    allow_write: AllowWriteOption = False,
) -> None:
    """Bring every stored secret under the newest master key, while the platform runs.

    Stopped half-way it can be run again. On Kubernetes, give the mounted key file a minute to change everywhere.
    """
    from codemie.cli import exits, options, vault

    options.apply(home=home)
    with exits.one_line_errors():
        wish = vault.Rotation(new_key, provider, key, drop_old, settle)
        vault.rotate(wish, allow_write=allow_write)


@secrets_app.command(epilog=_EXIT_CODES)
def wrap(
    provider: Annotated[str, typer.Option("--provider", help="aws-kms, azure-keyvault or vault-transit.")],
    key: Annotated[str, typer.Option("--key", help="The key of the service.")],
) -> None:
    """Print a new master key as the key service wraps it: one line for CODEMIE_MASTER_KEY or the key file."""
    from codemie.cli import exits, vault

    with exits.one_line_errors():
        vault.wrapped(provider, key)


@integrations_app.command(epilog=_EXIT_CODES)
def requirements(
    home: HomeOption = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="Only this type, such as Git or AzureDevOps.", metavar="TYPE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of sentences.")] = False,
) -> None:
    """Say what to have ready before a system is connected: fields, rights, and what firewalls must admit.

    Of each field: whether it is required, whether it is secret, and where a person finds its value. The address that
    other firewalls must admit is the setting integrations.egress_ip.
    """
    from codemie.cli import exits, integrations, options

    options.apply(home=home)
    with exits.one_line_errors():
        try:
            integrations.requirements(kind, as_json=as_json)
        except integrations.UnknownType as error:
            raise typer.BadParameter(str(error), param_hint="--type") from error


@dev_app.command(epilog=_EXIT_CODES)
def fakes(
    first_port: Annotated[
        int, typer.Option("--first-port", help="Port of the first system; the others follow.", min=1024, max=65000)
    ] = 9701,
) -> None:
    """Serve imitations of other systems, to try integrations without accounts.

    They are GitLab, GitHub, Azure DevOps, Jira, Confluence, S3 and a pet shop, which stands for any API with an OpenAPI
    document. Prints for each its address and the values to type into the form. They keep what they are told until they
    end, with Ctrl-C. Works from a checkout of the source code only.
    """
    from codemie.cli import exits, fakes

    with exits.one_line_errors():
        fakes.serve(first_port)
