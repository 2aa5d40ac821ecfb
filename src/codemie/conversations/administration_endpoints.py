"""Routes of administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from codemie.conversations import administration
from codemie.conversations.administration_schemas import AdminConversation, FinishBulk, FinishBulkDone, Wanted
from codemie.conversations.feedback_schemas import FinalMark
from codemie.conversations.schemas import ConversationObject
from codemie.identity.access import SuperuserDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import Page, PageNumber

router = APIRouter(prefix="/v1/admin", tags=["conversations"])
_ONE = "/users/{user_id}/conversations/{conversation_id}"


@router.get("/conversations")
async def list_conversations(
    session: SessionDep,
    caller: SuperuserDep,
    page: PageNumber = 0,
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=1000)] = 20,
    is_finished: Annotated[bool | None, Query(alias="isFinished")] = None,
    started_at: Annotated[datetime | None, Query(alias="startedAt", description="Started then or later.")] = None,
    project: str | None = None,
) -> Page[AdminConversation]:
    """Which conversations there are, whoever's; not what was said."""
    wanted = Wanted(finished=is_finished, started_at=started_at, project=project)
    return await administration.list_conversations(session, caller, wanted, page=page, per_page=per_page)


@router.post("/conversations/finish-bulk")
async def finish_conversations(session: SessionDep, caller: SuperuserDep, body: FinishBulk) -> FinishBulkDone:
    return await administration.finish_many(session, caller, body)


@router.get(_ONE)
async def look_into_conversation(
    session: SessionDep, caller: SuperuserDep, user_id: str, conversation_id: str
) -> ConversationObject:
    """Somebody's conversation; the audit log tells who looked."""
    return await administration.look_into(session, caller, user_id, conversation_id)


@router.put(_ONE + "/feedback")
async def mark_somebodys_conversation(
    session: SessionDep, caller: SuperuserDep, user_id: str, conversation_id: str, body: FinalMark
) -> ConversationObject:
    """An operator's opinion on somebody's conversation."""
    return await administration.mark(session, caller, user_id, conversation_id, body)
