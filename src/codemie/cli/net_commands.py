"""`codemiectl net …`: what `nslookup`, `nc`, `openssl s_client` and `curl -I` would show, with what it means."""

from typing import TYPE_CHECKING, Annotated

import typer

from codemie.cli.check_commands import EXIT_CODES
from codemie.cli.check_options import (
    Asked,
    FailOn,
    FailOnOption,
    JsonOption,
    JunitOption,
    OnlyOption,
    ParallelOption,
    SkipOption,
    TimeoutOption,
)
from codemie.cli.nats_commands import CheckingCommand
from codemie.cli.net_options import CaOption, ResolverOption, TargetOption

if TYPE_CHECKING:
    from codemie.cli import net

net_app = typer.Typer(help="Look at one address from here.", no_args_is_help=True, rich_markup_mode=None)

PlaceArgument = Annotated[str, typer.Argument(help="A name, or HOST:PORT.", metavar="HOST[:PORT]")]


def _look(looked: "net.Asked", asked: Asked) -> None:
    from codemie.cli import exits

    with exits.one_line_errors(checking=True):
        raise typer.Exit(int(asked.run(looked.examine, f"Looking at {looked.place}")))


@net_app.command("dns", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_name(  # noqa: PLR0913, PLR0917 - one argument an option
    name: Annotated[str, typer.Argument(help="A name.", metavar="NAME")],
    resolver: ResolverOption = None,
    target: TargetOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say whether a name exists, who is asked for it, whether changes have arrived, and whether it leads right."""
    from codemie.cli import net

    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    _look(net.Asked("dns", name, resolver=resolver, target=tuple(target or ())), asked)


@net_app.command("tcp", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_port(
    place: PlaceArgument,
    resolver: ResolverOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say of every address behind a name whether it answers, refuses, or lets packets vanish."""
    from codemie.cli import net

    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    _look(net.Asked("tcp", place, resolver=resolver), asked)


@net_app.command("tls", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_certificate(  # noqa: PLR0913, PLR0917 - one argument an option
    place: PlaceArgument,
    sni: Annotated[str | None, typer.Option("--sni", help="The name to send, when it is not the host.")] = None,
    ca: CaOption = None,
    resolver: ResolverOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say what certificate is served, whether it is trusted, for this name, and valid."""
    from codemie.cli import net

    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    _look(net.Asked("tls", place, sni=sni, ca=ca, resolver=resolver), asked)


@net_app.command("http", epilog=EXIT_CODES, cls=CheckingCommand)
def look_at_page(  # noqa: PLR0913, PLR0917 - one argument an option
    url: Annotated[str, typer.Argument(help="An address, such as https://ai.example.org.", metavar="URL")],
    ca: CaOption = None,
    resolver: ResolverOption = None,
    only: OnlyOption = None,
    skip: SkipOption = None,
    timeout: TimeoutOption = 10,
    parallel: ParallelOption = 8,
    as_json: JsonOption = False,
    junit: JunitOption = None,
    fail_on: FailOnOption = FailOn.FAIL,
) -> None:
    """Say whether the first page answers or leads to the sign-in, and where the way to it breaks."""
    from codemie.cli import net

    asked = Asked(tuple(only or ()), tuple(skip or ()), timeout, parallel, as_json, junit, fail_on)
    _look(net.Asked("http", url, ca=ca, resolver=resolver), asked)
