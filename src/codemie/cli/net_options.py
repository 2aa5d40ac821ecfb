"""Options of commands that look at an address."""

from pathlib import Path
from typing import Annotated

import typer

ResolverOption = Annotated[
    str | None,
    typer.Option("--resolver", help="Ask this DNS server, not this machine's.", metavar="ADDRESS[:PORT]"),
]
TargetOption = Annotated[
    list[str] | None,
    typer.Option("--target", help="Name or address of the load balancer that the name should lead to."),
]
CaOption = Annotated[
    Path | None, typer.Option("--ca", help="Authorities to trust instead of this machine's.", metavar="FILE")
]
