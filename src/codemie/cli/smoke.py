"""`codemiectl smoke`: the platform is used for a moment, the way people use it."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli.doctor import TOKEN_VARIABLE
from codemie.cli.exits import Refused
from codemie.operations.smoke import isolation, steps
from codemie.operations.smoke.isolation import Stranger
from codemie.operations.smoke.visitor import Visitor

if TYPE_CHECKING:
    from codemie.checks.report import Report


OTHER_TOKEN_VARIABLE = "CODEMIE_OTHER_TOKEN"  # noqa: S105 - the name of a variable
CHECKS = (*steps.CHECKS, *isolation.CHECKS)


@dataclass(frozen=True)
class Smoke:
    """Where to try it.

    Attributes:
        url: of the API; None: where `up` says, else where it listens on this machine.
        mock_only: chat with a mock model or not at all.
    """

    url: str | None
    mock_only: bool = False

    async def examine(self, options: Options) -> "Report":
        """Use it, and report.

        Raises:
            Refused: there is no token.
        """
        from codemie.cli.installation import api_address
        from codemie.settings import load_settings

        token = os.environ.get(TOKEN_VARIABLE)
        if not token:
            raise Refused(f"No token: set {TOKEN_VARIABLE} to a personal access token")
        url = (self.url or api_address(load_settings()[0])).rstrip("/")
        visitor = Visitor(url, token, self.mock_only)
        sources = Sources().offer(Visitor, visitor)
        if other := os.environ.get(OTHER_TOKEN_VARIABLE):
            sources.offer(Stranger, Stranger(replace(visitor, token=other)))
        else:
            sources.not_applicable(Stranger, f"there is no second person: {OTHER_TOKEN_VARIABLE} is not set")
        return await run("smoke", CHECKS, sources, options, url=url, mark=visitor.mark)
