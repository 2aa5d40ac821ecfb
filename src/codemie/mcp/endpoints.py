"""Routes of the catalogue and of managed servers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from codemie.identity.access import SuperuserDep
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import resources
from codemie.mcp import managed, service
from codemie.mcp.asking import Asking, asking
from codemie.mcp.repository import Wanted
from codemie.mcp.runtime import McpRuntime
from codemie.mcp.schemas import (
    CreateMcpConfig,
    ManagedServer,
    McpConfigDeleted,
    McpConfigObject,
    McpConfigs,
    UpdateMcpConfig,
)

router = APIRouter(prefix="/v1", tags=["MCP"])


async def _runtime(request: Request) -> McpRuntime:
    runtime: McpRuntime = resources(request).mcp
    return runtime


async def _asking(request: Request, caller: CallerDep) -> Asking:
    return asking(request, caller)


RuntimeDep = Annotated[McpRuntime, Depends(_runtime)]
AskingDep = Annotated[Asking, Depends(_asking)]


@router.get("/mcp-configs")
async def list_configs(
    session: SessionDep,
    caller: CallerDep,
    page: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
    category: str | None = None,
    search: str | None = None,
    is_public: bool | None = None,  # noqa: FBT001 - a query parameter
    active_only: bool = True,  # noqa: FBT001, FBT002 - a query parameter
) -> McpConfigs:
    wanted = Wanted(category, search, is_public, active_only)
    return await service.list_configs(session, caller, wanted, page, per_page)


@router.post("/mcp-configs", status_code=201)
async def create_config(
    session: SessionDep, caller: SuperuserDep, runtime: RuntimeDep, body: CreateMcpConfig
) -> McpConfigObject:
    return await service.create_config(session, caller, runtime.cipher, body)


@router.get("/mcp-configs/{config_id}")
async def get_config(session: SessionDep, caller: CallerDep, config_id: str) -> McpConfigObject:
    return await service.get_config(session, caller, config_id)


@router.put("/mcp-configs/{config_id}")
async def update_config(
    session: SessionDep, caller: SuperuserDep, runtime: RuntimeDep, config_id: str, body: UpdateMcpConfig
) -> McpConfigObject:
    return await service.update_config(session, caller, runtime.cipher, config_id, body)


@router.delete("/mcp-configs/{config_id}")
async def delete_config(session: SessionDep, caller: SuperuserDep, config_id: str) -> McpConfigDeleted:
    await service.delete_config(session, caller, config_id)
    return McpConfigDeleted(id=config_id)


@router.post("/mcp-configs/{config_id}/clone", status_code=201)
async def clone_config(
    session: SessionDep, caller: SuperuserDep, runtime: RuntimeDep, config_id: str, body: CreateMcpConfig
) -> McpConfigObject:
    """Start a new entry from another; the copy counts no users."""
    return await service.clone_config(session, caller, runtime.cipher, config_id, body)


@router.get("/mcp/managed-servers")
async def list_managed_servers(
    request: Request, _caller: CallerDep, runtime: RuntimeDep, client: str | None = None
) -> list[ManagedServer]:
    """Servers that command line clients install."""
    path = runtime.settings.managed_servers_file or resources(request).settings.kernel.home / managed.FILE_NAME
    return await managed.servers(path, client)
