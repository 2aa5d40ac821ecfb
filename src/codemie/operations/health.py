"""The platform looks at itself, for administrators: the checks of `codemiectl doctor`, made by an API process."""

import asyncio
import time
from collections.abc import Callable

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.operations.installation.checks import INSTALLATION
from codemie.operations.installation.opening import opened
from codemie.operations.installation.subject import Installation, RoomSettings, likely_profile
from codemie.operations.schemas import InstallationCheck, InstallationReport

_FRESH_SECONDS = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - an address to be replaced


class SelfExamination:
    """Makes the checks, one run at a time; whoever asks meanwhile gets the same report.

    Args:
        settings: of the process.
        reread: see ``Installation``.
    """

    def __init__(self, settings: RoomSettings, reread: Callable[[], list[str]]) -> None:
        self._installation = of_process(settings, reread)
        self._turn = asyncio.Lock()
        self._last: tuple[float, Report] | None = None

    async def report(self) -> InstallationReport:
        """What the checks say now, or said some seconds ago."""
        async with self._turn:
            if self._last is None or time.monotonic() - self._last[0] > _FRESH_SECONDS:
                made = await self._made()
                self._last = time.monotonic(), made
            return _shown(self._last[1])

    async def _made(self) -> Report:
        seen = self._installation
        async with opened(seen) as sources:
            options = Options(timeout=5, secrets=seen.hidden())
            return await run("doctor", INSTALLATION, sources, options, profile=seen.profile.value)


def of_process(settings: RoomSettings, reread: Callable[[], list[str]]) -> Installation:
    """The installation that this process is a part of, as it sees it."""
    kernel, secret = settings.kernel, settings.plugins.broker_secret
    return Installation(
        settings,
        kernel.database_url.get_secret_value() if kernel.database_url else "",
        kernel.nats_url.get_secret_value() if kernel.nats_url else "",
        f"http://{_EVERYWHERE.get(kernel.host, kernel.host)}:{kernel.port}",
        broker_secret=secret.get_secret_value() if secret else "",
        profile=likely_profile(settings),
        reread=reread,
    )


def _shown(report: Report) -> InstallationReport:
    document = report.as_document()
    known = {check.id: check for check in INSTALLATION}
    rows = [
        InstallationCheck(**row, symptom=known[row["id"]].symptom, cause=known[row["id"]].cause)
        for row in document["checks"]
    ]
    return InstallationReport(**{**document, "checks": rows})
