"""Routes of the assistants room. Literal paths stand before those with an id."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from codemie.assistants import authoring, contexts, marketplace, service
from codemie.assistants import templates as catalogue
from codemie.assistants.filters import Ordering
from codemie.assistants.integration_check import IntegrationsMissing
from codemie.assistants.publisher import PublisherDep
from codemie.assistants.schemas import (
    AssistantCreated,
    AssistantItem,
    AssistantObject,
    AssistantUpdated,
    BuiltinSubagentItem,
    CreateAssistant,
    Scope,
    SortBy,
    SortOrder,
    UpdateAssistant,
)
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, Page, PageNumber, PageSize
from codemie.parts.schemas import ContextChoice, CreatedBy, ToolKit
from codemie.toolkits import plugin_service
from codemie.toolkits import service as toolkits
from codemie.toolkits.runtime import WorkbenchDep
from codemie.toolkits.schemas import CatalogueToolkit

router = APIRouter(prefix="/v1/assistants", tags=["assistants"])

_SUBAGENTS = (BuiltinSubagentItem(id="GENERAL_PURPOSE_SUBAGENT", display_name="General Purpose"),)
_MISSING = (
    "Missing integrations were found, so nothing was saved. Add them, or send skip_integration_validation=True to save "
    "it without."
)
_FILTERS = Query(description='JSON object, for example {"project":["demo"],"search":"docs"}.')


@router.get("", response_model=Page[AssistantItem | AssistantObject])
async def list_assistants(
    session: SessionDep,
    caller: CallerDep,
    scope: Scope = "visible_to_user",
    minimal_response: bool = False,  # noqa: FBT001, FBT002 - query parameter
    filters: Annotated[str | None, _FILTERS] = None,
    page: PageNumber = 0,
    per_page: PageSize = 12,
    sort_by: SortBy | None = None,
    sort_order: SortOrder = "desc",
) -> Any:
    return await service.list_assistants(
        session,
        caller,
        scope=scope,
        raw_filters=filters,
        ordering=Ordering(sort_by, descending=sort_order == "desc"),
        minimal=minimal_response,
        page=page,
        per_page=per_page,
    )


@router.post("")
async def create_assistant(publisher: PublisherDep, caller: CallerDep, body: CreateAssistant) -> AssistantCreated:
    await marketplace.admit_new(publisher, caller, body)
    try:
        async with publisher.desk.database.session() as session:
            assistant = await authoring.create(session, caller, publisher.cipher, body)
    except IntegrationsMissing as error:
        return AssistantCreated(message=_MISSING, assistant_id=None, validation=error.found)
    return AssistantCreated(message="Specified assistant saved", assistant_id=assistant.id)


@router.get("/users")
async def list_creators(session: SessionDep, caller: CallerDep, scope: Scope = "visible_to_user") -> list[CreatedBy]:
    return await service.creators(session, caller, scope)


@router.get("/tools")
async def list_toolkits(bench: WorkbenchDep, _caller: CallerDep) -> list[CatalogueToolkit]:
    """Toolkits an assistant can be given. Knowledge search is not among them: it comes with ``context``."""
    return toolkits.offered(bench)


@router.get("/plugin_tools")
async def list_plugin_tools(
    bench: WorkbenchDep, caller: CallerDep, plugin_setting_id: Annotated[str, Query(max_length=100)]
) -> list[CatalogueToolkit]:
    """Tools of agents that are connected with the plugin key of an integration."""
    return await plugin_service.plugin_tools(bench, caller, plugin_setting_id)


@router.get("/hedgeable_tools")
async def list_hedgeable_toolkits(_caller: CallerDep) -> list[ToolKit]:
    """Toolkits whose requests may be sent twice for the faster answer; no tool here is made for it."""
    return []


@router.get("/context")
async def list_contexts(session: SessionDep, caller: CallerDep, project_name: str) -> list[ContextChoice]:
    return await contexts.choices(session, caller, project_name)


@router.get("/builtin_subagents")
async def list_builtin_subagents(_caller: CallerDep) -> list[BuiltinSubagentItem]:
    return list(_SUBAGENTS)


@router.get("/prebuilt")
async def list_templates(_caller: CallerDep) -> list[AssistantObject]:
    return list(catalogue.templates())


@router.get("/prebuilt/{slug}")
async def get_template(_caller: CallerDep, slug: str) -> AssistantObject:
    return catalogue.template(slug)


@router.get("/id/{assistant_id}")
async def get_assistant(session: SessionDep, caller: CallerDep, assistant_id: str) -> AssistantObject:
    return await service.detail(session, caller, await service.get_assistant(session, caller, assistant_id))


@router.get("/slug/{slug:path}")
async def get_assistant_by_slug(
    session: SessionDep, caller: CallerDep, slug: str, project: str | None = None
) -> AssistantObject:
    return await service.detail(session, caller, await service.get_by_slug(session, caller, slug, project))


@router.put("/{assistant_id}")
async def update_assistant(
    publisher: PublisherDep, caller: CallerDep, assistant_id: str, body: UpdateAssistant
) -> AssistantUpdated:
    await marketplace.admit_change(publisher, caller, assistant_id, body)
    try:
        async with publisher.desk.database.session() as session:
            await authoring.update(session, caller, publisher.cipher, assistant_id, body)
    except IntegrationsMissing as error:
        return AssistantUpdated(message=_MISSING, validation=error.found)
    return AssistantUpdated(message="Specified assistant updated")


@router.delete("/{assistant_id}")
async def delete_assistant(session: SessionDep, caller: CallerDep, assistant_id: str) -> Message:
    await authoring.delete(session, caller, assistant_id)
    return Message(message="Specified assistant removed")
