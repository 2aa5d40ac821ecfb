"""`codemiectl net …`: what `nslookup`, `nc`, `openssl s_client` and `curl -I` would show, with what it means."""

from pathlib import Path
from typing import Annotated

import typer

from codemie.cli.check_commands import EXIT_CODES
from codemie.cli.check_options import Asked, FailOn, FailOnOption, JsonOption, JunitOption, TimeoutOption
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.net_options import CaOption, ResolverOption, TargetOption

net_app = typer.Typer(help="Look at one address from here.", no_args_is_help=True, rich_markup_mode=None)

PlaceArgument = Annotated[str, typer.Argument(help="A name, or HOST:PORT.", metavar="HOST[:PORT]")]


def _look(  # noqa: PLR0913 - one argument an option
    way: str,
    place: str,
    timeout: float,
    fail_on: FailOn,
    *,
    as_json: bool,
    junit: Path | None,
    sni: str | None = None,
    ca: Path | None = None,
    resolver: str | None = None,
    target: list[str] | None = None,
) -> None:
    from codemie.cli import exits, net

    with exits.one_line_errors(checking=True):
        looked = net.Asked(way, place, sni, ca, resolver, tuple(target or ()))
        asked = Asked(timeout=timeout, as_json=as_json, junit=junit, fail_on=fail_on)
        raise typer.Exit(int(asked.run(looked.examine, f"Looking at {place}")))


@net_app.command("dns", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_name(
    name: Annotated[str, typer.Argument(help="A name.", metavar="NAME")],
    resolver: ResolverOption = None,
    target: TargetOption = None,
    timeout: TimeoutOption = 10,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say whether a name exists, who is asked for it, whether changes have arrived, and whether it leads right."""
    _look("dns", name, timeout, fail_on, as_json=as_json, junit=junit, resolver=resolver, target=target)


@net_app.command("tcp", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_port(
    place: PlaceArgument,
    resolver: ResolverOption = None,
    timeout: TimeoutOption = 10,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say of every address behind a name whether it answers, refuses, or lets packets vanish."""
    _look("tcp", place, timeout, fail_on, as_json=as_json, junit=junit, resolver=resolver)


@net_app.command("tls", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_certificate(
    place: PlaceArgument,
    sni: Annotated[str | None, typer.Option("--sni", help="The name to send, when it is not the host.")] = None,
    ca: CaOption = None,
    resolver: ResolverOption = None,
    timeout: TimeoutOption = 10,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say what certificate is served, whether it is trusted, for this name, and valid."""
    _look("tls", place, timeout, fail_on, as_json=as_json, junit=junit, sni=sni, ca=ca, resolver=resolver)


@net_app.command("http", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_page(
    url: Annotated[str, typer.Argument(help="An address, such as https://ai.example.org.", metavar="URL")],
    ca: CaOption = None,
    resolver: ResolverOption = None,
    timeout: TimeoutOption = 10,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say whether the first page answers or leads to the sign-in, and where the way to it breaks."""
    _look("http", url, timeout, fail_on, as_json=as_json, junit=junit, ca=ca, resolver=resolver)
