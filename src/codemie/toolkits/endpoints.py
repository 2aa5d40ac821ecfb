"""Routes of the toolkits room. Literal paths stand before those with a name."""

from typing import Annotated

from fastapi import APIRouter, Query

from codemie.identity.authentication import CallerDep
from codemie.toolkits import configurations, service
from codemie.toolkits.runtime import WorkbenchDep
from codemie.toolkits.schemas import Invoked, InvokeRequest, ToolConfig, ToolkitHealth, ToolSchema

router = APIRouter(prefix="/v1/tools", tags=["tools"])


@router.get("")
async def list_tools(_caller: CallerDep) -> list[str]:
    return service.names()


@router.get("/configs")
async def list_configurations(_caller: CallerDep) -> list[dict[str, ToolConfig]]:
    """What each type of integration has to be told, for the forms of clients."""
    return configurations.configurations()


@router.get("/health")
async def list_health(
    bench: WorkbenchDep, caller: CallerDep, project: Annotated[str, Query(min_length=1)]
) -> list[ToolkitHealth]:
    """Which systems the caller's tools can work with in a project."""
    return await service.health(bench, caller, project)


@router.get("/{name}/schema")
async def show_schema(bench: WorkbenchDep, caller: CallerDep, name: str, setting_id: str | None = None) -> ToolSchema:
    """What a tool takes; of tools that have the same name for several systems, the one of the integration's."""
    return await service.schema(bench, caller, name, setting_id)


@router.post("/{name}/invoke")
async def invoke_tool(bench: WorkbenchDep, caller: CallerDep, name: str, body: InvokeRequest) -> Invoked:
    return await service.invoke(bench, caller, name, body)
