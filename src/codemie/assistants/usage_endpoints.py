"""Which assistants use a data source, and what uses an integration."""

from fastapi import APIRouter

from codemie.assistants import service, usages
from codemie.assistants.schemas import AssistantItem
from codemie.assistants.usages_schemas import Usages
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep

router = APIRouter(tags=["assistants"])


@router.get("/v1/index/{index_id}/assistants")
async def list_assistants_of_source(session: SessionDep, caller: CallerDep, index_id: str) -> list[AssistantItem]:
    return await service.using_source(session, caller, index_id)


@router.get("/v1/settings/user/{setting_id}/usages")
async def list_usages_of_own_integration(session: SessionDep, caller: CallerDep, setting_id: str) -> Usages:
    return await usages.of_integration(session, caller, "user", setting_id)


@router.get("/v1/settings/project/{setting_id}/usages")
async def list_usages_of_project_integration(session: SessionDep, caller: CallerDep, setting_id: str) -> Usages:
    return await usages.of_integration(session, caller, "project", setting_id)
