"""`codemiectl plugin …`: our own agent, which offers tools of this machine to the platform."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

_EXIT_CODES = (
    "Exit codes: 0 stopped when told to, with running calls ended and answered; 2 wrong usage; "
    "3 the configuration is not usable, or the platform refuses the key; "
    "4 the platform cannot be reached, or an MCP server does not start; 130 stopped at once by a second signal. "
    "Without --give-up-after, an agent that finds no platform tries for ever."
)

_DOCTOR_EXIT_CODES = "Exit codes: 0 nothing failed, 2 a check failed, 3 the settings cannot be read."

plugin_app = typer.Typer(
    help="Offer tools of this machine to the platform.", no_args_is_help=True, rich_markup_mode=None, epilog=_EXIT_CODES
)


@plugin_app.callback()
def _here() -> None:
    if os.name != "posix":
        from codemie.cli import exits

        exits.stop("The agent runs on Linux and macOS; on Windows, run it in WSL.", exits.Exit.REFUSED)


service_app = typer.Typer(help="Run the agent in the background.", no_args_is_help=True, rich_markup_mode=None)
plugin_app.add_typer(service_app, name="service")

FileOption = Annotated[
    Path | None, typer.Option("--config", help="Configuration instead of ~/.codemie/config.json.", metavar="FILE")
]
KeyOption = Annotated[
    str | None,
    typer.Option("--plugin-key", help="The key, @FILE, or - for standard input. Better: PLUGIN_KEY.", metavar="KEY"),
]
UriOption = Annotated[
    str | None, typer.Option("--plugin-engine-uri", help="Address of the platform: wss://, tls://, ws:// or nats://.")
]
RootOption = Annotated[
    str | None, typer.Option("--repo-path", help="The folder to serve. Default: this one.", metavar="FOLDER")
]
ToolsOption = Annotated[
    str | None, typer.Option("--tools", help="Groups of tools, such as files,git. Default: files,shell,git.")
]
ReadOnlyOption = Annotated[
    bool | None, typer.Option("--read-only/--read-write", help="Offer only tools that change nothing.")
]
ServersOption = Annotated[
    str | None, typer.Option("--mcp", "-s", help="MCP servers of the configuration, such as a,b; or all.")
]
VariablesOption = Annotated[
    list[str] | None,
    typer.Option("--mcp-env", "-e", help="Variables that a server gets, such as git=TOKEN,USER.", metavar="SERVER=…"),
]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow", help="Needs no consent: shell, git, http, mcp, all, a tool, shell:npm test*, git:commit*."),
]
HostsOption = Annotated[
    list[str] | None, typer.Option("--http-host", help="The HTTP tool may call it: api.example.com, *.example.com.")
]


@plugin_app.command(epilog=_EXIT_CODES)
def run(  # noqa: PLR0913, PLR0917 - one argument an option
    config: FileOption = None,
    key: KeyOption = None,
    uri: UriOption = None,
    root: RootOption = None,
    label: Annotated[str | None, typer.Option("--label", help="Tells this agent from others.")] = None,
    tools: ToolsOption = None,
    read_only: ReadOnlyOption = None,
    mcp_servers: ServersOption = None,
    mcp_env: VariablesOption = None,
    allow: AllowOption = None,
    http_hosts: HostsOption = None,
    non_interactive: Annotated[
        bool | None, typer.Option("--non-interactive", help="Never ask: refuse what needs consent.")
    ] = None,
    ca_file: Annotated[str | None, typer.Option("--ca", help="Certificates to trust, as PEM.")] = None,
    client_cert: Annotated[str | None, typer.Option("--cert", help="Certificate to show, as PEM.")] = None,
    client_key: Annotated[str | None, typer.Option("--cert-key", help="Its private key.")] = None,
    proxy: Annotated[str | None, typer.Option("--proxy", help="HTTP proxy, or none. Default: HTTPS_PROXY.")] = None,
    give_up: Annotated[
        float | None, typer.Option("--give-up-after", help="End when unconnected for so many seconds.", min=0)
    ] = None,
    serve_for: Annotated[
        float | None, typer.Option("--serve-for", help="End after so many seconds, as if told to.", min=0)
    ] = None,
) -> None:
    """Connect, and run what assistants of the platform ask for, until stopped.

    What can do harm asks for consent at this terminal. Ctrl-C lets running calls end; a second one does not.
    Every option can be set in the environment or the configuration file, as the manual says.
    """
    options = {
        "key": _key(key),
        "uri": uri,
        "root": root,
        "label": label,
        "tools": tools,
        "read_only": read_only,
        "mcp_servers": mcp_servers,
        "allow": allow,
        "http_hosts": http_hosts,
        "non_interactive": non_interactive,
        "ca_file": ca_file,
        "client_cert": client_cert,
        "client_key": client_key,
        "proxy": proxy,
        "give_up_seconds": give_up,
        "serve_seconds": serve_for,
    }
    _serve(options, _variables(mcp_env), config)


@plugin_app.command(name="list", epilog=_EXIT_CODES)
def list_tools(
    config: FileOption = None,
    root: RootOption = None,
    tools: ToolsOption = None,
    read_only: ReadOnlyOption = None,
    mcp_servers: ServersOption = None,
    mcp_env: VariablesOption = None,
    http_hosts: HostsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say what `run` would offer with these options, without connecting. MCP servers are started for it."""
    options = {"root": root, "tools": tools, "read_only": read_only, "mcp_servers": mcp_servers}
    from codemie.cli import exits, plugin

    with exits.one_line_errors():
        plugin.list_tools({**options, "http_hosts": http_hosts}, _variables(mcp_env), config, as_json=as_json)


@plugin_app.command(epilog=_DOCTOR_EXIT_CODES)
def doctor(
    config: FileOption = None,
    uri: UriOption = None,
    root: RootOption = None,
    tools: ToolsOption = None,
    mcp_servers: ServersOption = None,
    mcp_env: VariablesOption = None,
    allow: AllowOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")] = False,
) -> None:
    """Say whether `run` would work here: settings, folder, programs, MCP servers, consent, connection.

    When the connection fails, the way is walked step by step, as `codemiectl nats test` does.
    """
    from codemie.cli import exits, plugin_doctor

    options = {"uri": uri, "root": root, "tools": tools, "mcp_servers": mcp_servers, "allow": allow}
    with exits.one_line_errors():
        raise typer.Exit(int(plugin_doctor.examined(options, _variables(mcp_env), config, as_json=as_json)))


@service_app.command(epilog=_EXIT_CODES)
def install(
    config: FileOption = None,
    root: RootOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")] = False,
    start: Annotated[bool, typer.Option("--start/--no-start", help="Start it at once.")] = True,
) -> None:
    """Have this machine run the agent whenever you are signed in: a systemd user unit, or a launchd agent on macOS.

    Key and address have to be in the configuration file: a unit is read by others.
    """
    from codemie.cli import exits, plugin_service

    with exits.one_line_errors():
        plugin_service.install(config, root, dry_run=dry_run, start=start)


@service_app.command(epilog=_EXIT_CODES)
def uninstall() -> None:
    """Stop it and remove what `install` wrote."""
    from codemie.cli import exits, plugin_service

    with exits.one_line_errors():
        plugin_service.uninstall()


def _serve(options: dict[str, Any], variables: dict[str, str], file: Path | None) -> None:
    from codemie.cli import exits, plugin

    with exits.one_line_errors():
        plugin.run(options, variables, file)


def _key(given: str | None) -> str | None:
    """The key itself, the content of a file, or what is on standard input."""
    import sys

    if given is None or not (given == "-" or given.startswith("@")):
        return given
    try:
        return (sys.stdin.readline() if given == "-" else Path(given[1:]).read_text()).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"the file cannot be read: {error}", param_hint="--plugin-key") from error


def _variables(given: list[str] | None) -> dict[str, str]:
    """`server=A,B` → the server's variables."""
    found: dict[str, str] = {}
    for one in given or ():
        server, equals, names = one.partition("=")
        if not equals or not names:
            raise typer.BadParameter(f"`{one}` is not SERVER=NAME,NAME", param_hint="--mcp-env")
        found[server] = names
    if missing := sorted({name for names in found.values() for name in names.split(",")} - os.environ.keys()):
        raise typer.BadParameter(f"not in the environment: {', '.join(missing)}", param_hint="--mcp-env")
    return found
