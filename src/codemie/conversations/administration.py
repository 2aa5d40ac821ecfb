"""What administrators do with conversations of everybody: see which there are, close them, and look into one.

Looking into one names its owner and is written down each time: conversations are private, and this is for complaints.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import service as assistants
from codemie.conversations import administration_repository as repository
from codemie.conversations import service
from codemie.conversations.administration_schemas import (
    AdminConversation,
    FinishBulk,
    FinishBulkDone,
    FinishResult,
    Wanted,
)
from codemie.conversations.feedback import final_mark
from codemie.conversations.feedback_schemas import FinalMark
from codemie.conversations.schemas import ConversationObject
from codemie.conversations.tables import Conversation
from codemie.identity import audit
from codemie.identity.caller import Caller
from codemie.identity.policy import require_superuser
from codemie.kernel import row_security
from codemie.kernel.database import utcnow
from codemie.kernel.errors import NotFound
from codemie.kernel.http import Page, Pagination

DOMAIN = "conversations"


async def list_conversations(
    session: AsyncSession, caller: Caller, wanted: Wanted, *, page: int, per_page: int
) -> Page[AdminConversation]:
    """Conversations of everybody, newest activity first.

    Raises:
        AccessDenied: 403, only administrators may.
    """
    require_superuser(caller)
    async with row_security.beyond(session, "administer conversations"):
        rows, total = await repository.page(session, wanted, number=page, size=per_page)
    known = await assistants.names(session, {key for row in rows for key in row.assistant_ids})
    items = [
        AdminConversation(
            **service.item(row, known).model_dump(by_alias=False, exclude={"date"}),
            date=row.update_date,
            user_id=row.user_id,
            user_name=row.user_name,
            project=row.project,
        )
        for row in rows
    ]
    return Page(data=items, pagination=Pagination.of(page, per_page, total))


async def finish_many(session: AsyncSession, caller: Caller, request: FinishBulk) -> FinishBulkDone:
    """Close conversations of anybody; those that were closed before stay as they are.

    Raises:
        AccessDenied: 403, only administrators may.
    """
    require_superuser(caller)
    wanted = list(dict.fromkeys(request.conversation_ids))
    now = utcnow()
    async with row_security.beyond(session, "administer conversations"):
        earlier = await repository.finishing(session, wanted)
        fresh = [key for key, moment in earlier.items() if moment is None]
        await repository.finish(session, fresh, now)
    for key in fresh:
        audit.record(session, DOMAIN, "conversation.finished", entity_id=key, actor_id=caller.id)
    return FinishBulkDone(total=len(wanted), results=[_result(key, earlier, now) for key in wanted])


async def look_into(session: AsyncSession, caller: Caller, user_id: str, conversation_id: str) -> ConversationObject:
    """Somebody's conversation as they see it.

    Raises:
        AccessDenied: 403, only administrators may. NotFound: 404, that user has no such conversation.
    """
    require_superuser(caller)
    async with row_security.beyond(session, "administer conversations"):
        conversation = await _of(session, user_id, conversation_id)
        shown = await service.shown(session, caller, conversation)
    _tell(session, caller, "conversation.read_by_administrator", conversation_id, user_id)
    return shown


async def mark(
    session: AsyncSession, caller: Caller, user_id: str, conversation_id: str, request: FinalMark
) -> ConversationObject:
    """An operator's opinion on somebody's conversation.

    Raises:
        AccessDenied: 403, only administrators may. NotFound: 404, that user has no such conversation.
    """
    require_superuser(caller)
    async with row_security.beyond(session, "administer conversations"):
        conversation = await _of(session, user_id, conversation_id)
        conversation.final_operator_mark = final_mark(caller, request)
        await session.flush()
        shown = await service.shown(session, caller, conversation)
    _tell(session, caller, "conversation.marked_by_administrator", conversation_id, user_id)
    return shown


async def _of(session: AsyncSession, user_id: str, conversation_id: str) -> Conversation:
    conversation = await repository.of_user(session, user_id, conversation_id)
    if conversation is None:
        raise NotFound.of("Conversation", conversation_id)
    return conversation


def _tell(session: AsyncSession, caller: Caller, event: str, conversation_id: str, user_id: str) -> None:
    audit.record(session, DOMAIN, event, entity_id=conversation_id, actor_id=caller.id, user_id=user_id)


def _result(key: str, earlier: dict[str, datetime | None], now: datetime) -> FinishResult:
    if key not in earlier:
        return FinishResult(conversation_id=key, error="not_found")
    before = earlier[key]
    return FinishResult(conversation_id=key, already_finished=before is not None, finished_at=before or now)
