"""What the toolkits room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.agents.asking import Desk
from codemie.integrations.vault import Vault
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.rate_limits import RateLimit
from codemie.toolkits.reach import Reach


@dataclass(frozen=True, slots=True)
class ToolkitsRuntime:
    """The way out, and how often one person may call tools directly."""

    reach: Reach
    calls: RateLimit


@asynccontextmanager
async def open_runtime(settings: Any, _database: Database, _messaging: Any) -> AsyncIterator[ToolkitsRuntime]:
    """Hold connections to the systems that tools work with."""
    reach = Reach(settings.toolkits, settings.integrations)
    calls = RateLimit("direct tool calls", settings.toolkits.calls_per_minute)
    try:
        yield ToolkitsRuntime(reach, calls)
    finally:
        await reach.close()


@dataclass(frozen=True, slots=True)
class Workbench:
    """What calling tools needs of the process."""

    database: Database
    vault: Vault
    reach: Reach
    desk: Desk
    calls: RateLimit


def workbench(opened: Any) -> Workbench:
    """The bench of the process whose resources these are."""
    room: ToolkitsRuntime = opened.toolkits
    desk = Desk(opened.database, opened.models.catalogue, opened.settings.agents)
    return Workbench(opened.database, opened.integrations.vault, room.reach, desk, room.calls)


async def _bench(request: Request) -> Workbench:
    return workbench(resources(request))


WorkbenchDep = Annotated[Workbench, Depends(_bench)]
