"""Routes of an assistant's versions."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from codemie.assistants import versions
from codemie.assistants.version_schemas import RollbackRequest, VersionComparison, VersionList, VersionObject
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Message, PageNumber

router = APIRouter(prefix="/v1/assistants/{assistant_id}/versions", tags=["assistants"])


@router.get("")
async def list_versions(
    session: SessionDep,
    caller: CallerDep,
    assistant_id: str,
    page: PageNumber = 0,
    per_page: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> VersionList:
    return await versions.page(session, caller, assistant_id, number=page, size=per_page)


@router.get("/{version_number}")
async def get_version(session: SessionDep, caller: CallerDep, assistant_id: str, version_number: int) -> VersionObject:
    return await versions.get(session, caller, assistant_id, version_number)


@router.get("/{version1}/compare/{version2}")
async def compare_versions(
    session: SessionDep, caller: CallerDep, assistant_id: str, version1: int, version2: int
) -> VersionComparison:
    return await versions.compare(session, caller, assistant_id, version1, version2)


@router.post("/{version_number}/rollback")
async def roll_back(
    session: SessionDep,
    caller: CallerDep,
    assistant_id: str,
    version_number: int,
    body: Annotated[RollbackRequest | None, Body()] = None,
) -> Message:
    notes = body.change_notes if body else None
    created = await versions.roll_back(session, caller, assistant_id, version_number, notes)
    return Message(message=f"Rolled back to version {version_number}. Created new version {created}")
