"""What the toolkits room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request

from codemie.agents.asking import Desk
from codemie.integrations.vault import Vault
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.rate_limits import RateLimit
from codemie.knowledge.office import OfficeParser
from codemie.plugins.tools import PluginTools
from codemie.toolkits.reach import Reach
from codemie.toolkits.reading import Read, reader


@dataclass(frozen=True, slots=True)
class ToolkitsRuntime:
    """The way out, how often one person may call tools directly, and what reads documents."""

    reach: Reach
    calls: RateLimit
    parser: OfficeParser


@asynccontextmanager
async def open_runtime(settings: Any, _database: Database, _messaging: Any) -> AsyncIterator[ToolkitsRuntime]:
    """Hold connections to the systems that tools work with."""
    reach = Reach(settings.toolkits, settings.integrations)
    calls = RateLimit("direct tool calls", settings.toolkits.calls_per_minute)
    parser = OfficeParser()
    try:
        yield ToolkitsRuntime(reach, calls, parser)
    finally:
        await parser.close()
        await reach.close()


class Files(Protocol):
    """Where files of people are kept."""

    async def keep_made(self, name: str, content: bytes, owner: str) -> str:
        """Store what was made as a file of the owner's; its ``file_url`` token.

        Raises:
            TooLarge: 413, the owner's files would take more than the quota.
        """
        ...


@dataclass(frozen=True, slots=True)
class Workbench:
    """What calling tools needs of the process."""

    database: Database
    vault: Vault
    reach: Reach
    desk: Desk
    calls: RateLimit
    read: Read
    files: Files
    plugins: PluginTools | None


def workbench(opened: Any) -> Workbench:
    """The bench of the process whose resources these are."""
    room: ToolkitsRuntime = opened.toolkits
    desk = Desk(opened.database, opened.models.catalogue, opened.settings.agents)
    return Workbench(
        opened.database,
        opened.integrations.vault,
        room.reach,
        desk,
        room.calls,
        reader(room.parser),
        opened.conversations.files,
        opened.plugins.tools,
    )


async def _bench(request: Request) -> Workbench:
    return workbench(resources(request))


WorkbenchDep = Annotated[Workbench, Depends(_bench)]
