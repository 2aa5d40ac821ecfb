"""`codemiectl lb …`: commands about load balancers of a cloud."""

from pathlib import Path
from typing import Annotated

import typer

lb_app = typer.Typer(help="Look at load balancers of a cloud.", no_args_is_help=True, rich_markup_mode=None)

_EXIT_CODES = (
    "Exit codes: 0 done, 1 nobody is signed in or answers, 2 wrong usage, 3 a file or a bucket cannot be read, "
    "4 there is no such load balancer, 130 interrupted, 141 nobody reads the output."
)


@lb_app.callback()
def _lb() -> None:
    """Look at load balancers of a cloud."""


@lb_app.command("logs", epilog=_EXIT_CODES)
def logs(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Access logs, packed or not.", metavar="FILE", show_default=False)
    ] = None,
    balancer: Annotated[
        list[str] | None,
        typer.Option("--balancer", help="Read the log of this load balancer where it writes it.", metavar="NAME"),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="Of the load balancer. Default: as AWS's own settings say.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="How far back: 30m, 1h, 2d. Default: 1h, and all of files that are given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")] = False,
) -> None:
    """Sum up what load balancers of AWS answered: codes with what they mean, slow targets, agents' TLS.

    It reads access logs, from files or from the bucket that a load balancer writes them to, and changes nothing.
    Nobody's address is printed, and of addresses of pages only the beginning of the path.
    """
    from codemie.cli import exits
    from codemie.cli import lb as carry_out
    from codemie.cli.amounts import TIMES, amount

    if bool(files) == bool(balancer):
        raise typer.BadParameter("give files, or the name of a load balancer with --balancer")
    seconds = amount(since, TIMES, "--since") if since else None
    asked = carry_out.Asked(tuple(files or ()), tuple(balancer or ()), region, seconds)
    with exits.one_line_errors():
        carry_out.show(asked.read(), as_json=as_json)
