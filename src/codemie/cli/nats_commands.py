"""`codemiectl nats …`: commands about the NATS server of the plugin engine."""

from pathlib import Path
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand

from codemie.cli.check_options import (
    Asked,
    FailOn,
    FailOnOption,
    JsonOption,
    JunitOption,
    OnlyOption,
    SkipOption,
    TimeoutOption,
)
from codemie.cli.options import AllowWriteOption, HomeOption

nats_app = typer.Typer(help="Look after the plugin engine's NATS.", no_args_is_help=True, rich_markup_mode=None)

_CONFIG_EXIT_CODES = "Exit codes: 0 done, 2 wrong usage, 3 wrong configuration, 141 nobody reads the output."
_ROTATE_EXIT_CODES = _CONFIG_EXIT_CODES.replace("0 done,", "0 done, 1 --allow-write is missing,")
_TEST_EXIT_CODES = (
    "Exit codes: 0 nothing failed, 1 something is to be looked at and --fail-on warn was given, 2 a check failed, "
    "3 the test could not be run (wrong usage, no key, unreadable file), 130 interrupted, 141 nobody reads the output."
)


_Misused = cast("type[Exception]", typer.BadParameter.__base__)
"""Wrong usage: of click, or of the copy of click that newer versions of typer bring along."""


class CheckingCommand(TyperCommand):
    """A command whose exit code 2 says that a check failed: wrong usage must not look the same."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        try:
            return super().make_context(*args, **extra)
        except _Misused as error:
            cast("Any", error).exit_code = 3
            raise

    def invoke(self, ctx: Any) -> Any:
        """Run it: options that do not go together are wrong usage, too."""
        try:
            return super().invoke(ctx)
        except _Misused as error:
            cast("Any", error).exit_code = 3
            raise


@nats_app.command("test", epilog=_TEST_EXIT_CODES, cls=CheckingCommand)
def walk(  # noqa: PLR0913, PLR0917 - one argument an option
    uri: Annotated[
        str | None,
        typer.Option("--uri", envvar="PLUGIN_ENGINE_URI", help="Address for agents: nats://, tls://, ws://, wss://."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", envvar="PLUGIN_KEY", help="Plugin key; - reads it from standard input."),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option("--ca", help="Authorities to trust instead of this machine's.", metavar="FILE")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--cert", help="Certificate of the client, PEM.", metavar="FILE")
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option("--cert-key", help="Its private key, unless --cert holds it.", metavar="FILE")
    ] = None,
    proxy: Annotated[
        str | None, typer.Option("--proxy", help="HTTP proxy on the way, http://[USER:PASSWORD@]host:port.")
    ] = None,
    idle: Annotated[
        float, typer.Option("--idle", min=0, max=3600, help="Keep a quiet connection for so many seconds.")
    ] = 0,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Walk the way of an agent's connection, and say which step fails and what to do.

    The steps: the key, DNS, TCP, the proxy, TLS, WebSocket, what the server says of itself, the sign-in, rights, the
    platform's answer, and, with --idle, a quiet connection. It changes nothing, and never prints the key. Better than
    --key KEY, which other users of this machine may see, is PLUGIN_KEY or standard input.
    """
    from codemie.cli import exits, nats

    with exits.one_line_errors():
        asked = nats.Asked(
            uri=uri,
            key=key,
            ca=ca,
            certificate=certificate,
            certificate_key=certificate_key,
            proxy=proxy,
            idle=idle,
            timeout=timeout,
        )
        checking = Asked(tuple(only or ()), tuple(skip or ()), timeout, as_json=as_json, junit=junit, fail_on=fail_on)
        raise typer.Exit(int(nats.test(asked, checking)))


@nats_app.command("config", epilog=_CONFIG_EXIT_CODES)
def configuration(
    listen: Annotated[
        str, typer.Option("--listen", help="Address and port of the server.", metavar="ADDRESS:PORT")
    ] = "0.0.0.0:4222",
    certificate: Annotated[
        Path | None, typer.Option("--tls-certificate", help="Certificate chain at the server, PEM.", metavar="FILE")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--tls-key", help="Private key at the server, PEM.", metavar="FILE")
    ] = None,
) -> None:
    """Print the configuration of a NATS server of your own that is to carry the plugin engine.

    Accounts, logins with hashed passwords, and who decides about agents. It follows from CODEMIE_PLUGINS_BROKER_SECRET
    and CODEMIE_NATS_URL. Use it as the server's configuration, or include it in one that adds a cluster.
    """
    from codemie.cli import exits, nats_config

    with exits.one_line_errors():
        nats_config.show(listen, certificate, key)


@nats_app.command("rotate", epilog=_ROTATE_EXIT_CODES)
def rotate(
    home: HomeOption = None,
    allow_write: AllowWriteOption = False,
) -> None:
    """Make a new secret for the embedded NATS server: new passwords and signing keys from its next start on.

    For servers of your own it says what to do instead.
    """
    from codemie.cli import exits, nats_config, options

    options.apply(home=home)
    with exits.one_line_errors():
        nats_config.rotate(allow_write=allow_write)
