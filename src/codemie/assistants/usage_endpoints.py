"""Which assistants use a data source."""

from fastapi import APIRouter

from codemie.assistants import service
from codemie.assistants.schemas import AssistantItem
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep

router = APIRouter(tags=["assistants"])


@router.get("/v1/index/{index_id}/assistants")
async def list_assistants_of_source(session: SessionDep, caller: CallerDep, index_id: str) -> list[AssistantItem]:
    return await service.using_source(session, caller, index_id)
