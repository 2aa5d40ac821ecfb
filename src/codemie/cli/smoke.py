"""`codemiectl smoke`: the platform is used for a moment, the way people use it."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli.doctor import TOKEN_VARIABLE
from codemie.cli.exits import Refused
from codemie.operations.smoke.steps import CHECKS
from codemie.operations.smoke.visitor import Visitor

if TYPE_CHECKING:
    from codemie.checks.report import Report


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
        return await run("smoke", CHECKS, Sources().offer(Visitor, visitor), options, url=url, mark=visitor.mark)
