"""What the workspaces room keeps open while the process runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.workspaces import service
from codemie.workspaces.chat_files import ChatFiles
from codemie.workspaces.sandbox import Sandbox
from codemie.workspaces.service import Shelf
from codemie.workspaces.settings import WorkspacesSettings


@dataclass(frozen=True, slots=True)
class Workspaces:
    """The room's long-lived objects, handed to its use cases."""

    settings: WorkspacesSettings
    database: Database
    sandbox: Sandbox
    chat: ChatFiles

    async def shelf(self, session: AsyncSession, caller: Caller, workspace_id: str) -> Shelf:
        """A workspace of the caller's.

        Raises:
            InvalidInput: 400, there is none.
        """
        workspace = await service.opened(session, caller, workspace_id)
        return Shelf(session, self.settings, self.chat, workspace)


@asynccontextmanager
async def open_runtime(settings: Any, database: Database, chat: ChatFiles) -> AsyncGenerator[Workspaces]:
    """Open the room for one process; whether scripts can be isolated is found out when the first one runs."""
    yield Workspaces(settings.workspaces, database, Sandbox(settings.workspaces), chat)


async def get_workspaces(request: Request) -> Workspaces:
    """The room's objects of this process."""
    workspaces: Workspaces = request.app.state.resources.workspaces
    return workspaces


WorkspacesDep = Annotated[Workspaces, Depends(get_workspaces)]
