"""Changing what was said: clearing a history, removing a turn, editing an answer, bringing in a history."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations import (
    attachment_repository,
    branch_repository,
    naming,
    recall_repository,
    repository,
    service,
)
from codemie.conversations.branches import Branches
from codemie.conversations.schemas import (
    ConversationObject,
    EditAnswer,
    HistoryItem,
    HistoryUpserted,
    UpsertHistory,
)
from codemie.conversations.tables import Conversation, ConversationMessage
from codemie.identity.caller import Caller
from codemie.kernel.database import utcnow
from codemie.kernel.errors import InvalidInput, NotFound

_KEPT_BY_COPY = ("message", "message_raw", "file_names", "assistant_id", "parent_variant")


async def clear(session: AsyncSession, caller: Caller, conversation_id: str) -> ConversationObject:
    """Forget every turn.

    Raises:
        NotFound: 404. EntityAccessDenied: 401. Conflict: 409, the conversation is finished.
    """
    conversation = await _open(session, caller, conversation_id)
    tokens = await repository.file_tokens(session, conversation_id)
    await repository.remove_messages(session, conversation_id)
    await attachment_repository.release(session, conversation.user_id, tokens)
    await _settle(session, conversation, 0)
    return await service.shown(session, caller, conversation)


async def remove_turn(
    session: AsyncSession, caller: Caller, conversation_id: str, history_index: int
) -> ConversationObject:
    """Forget one turn with all its variants; later turns move up, and follow what it followed.

    Raises:
        NotFound: 404, also when there is no such turn. EntityAccessDenied: 401. Conflict: 409.
    """
    conversation = await _open(session, caller, conversation_id)
    tokens = await repository.file_tokens(session, conversation_id)
    branches = await branch_repository.branches(session, conversation_id)
    if not await repository.remove_messages(session, conversation_id, history_index):
        raise _no_turn(conversation_id, history_index)
    inherited = _grandparents(branches, history_index)
    await branch_repository.follow(session, conversation_id, history_index + 1, inherited)
    await attachment_repository.release(session, conversation.user_id, tokens)
    await repository.close_gap(session, conversation_id, history_index)
    await _settle(session, conversation, history_index)
    return await service.shown(session, caller, conversation)


async def remove_version(
    session: AsyncSession, caller: Caller, conversation_id: str, history_index: int, variant: int
) -> ConversationObject:
    """Forget one version of a turn and all that follows it; other branches stay.

    Raises:
        NotFound: 404, also when there is no such version. EntityAccessDenied: 401. Conflict: 409.
    """
    conversation = await _open(session, caller, conversation_id)
    branches = await branch_repository.branches(session, conversation_id)
    if (history_index, variant) not in branches:
        raise _no_turn(conversation_id, history_index, variant)
    tokens = await repository.file_tokens(session, conversation_id)
    await branch_repository.remove(session, conversation_id, branches.below((history_index, variant)))
    await attachment_repository.release(session, conversation.user_id, tokens)
    await _settle(session, conversation, history_index)
    return await service.shown(session, caller, conversation)


def _grandparents(branches: Branches, removed: int) -> dict[int, int | None]:
    """Whom the versions behind a removed turn follow: those that its own versions followed."""
    parents = ((variant, branches.parent((removed + 1, variant))) for variant in branches.versions(removed + 1))
    return {variant: branches.follows(parent) for variant, parent in parents if parent and parent[0] == removed}


async def edit_answer(
    session: AsyncSession, caller: Caller, conversation_id: str, history_index: int, edit: EditAnswer
) -> ConversationObject:
    """Add a variant of a turn: the same question, the answer with new text. What followed the answer follows this one.

    Raises:
        NotFound: 404, also when there is no such turn or variant. EntityAccessDenied: 401. Conflict: 409.
    """
    conversation = await _open(session, caller, conversation_id)
    stored = await repository.turn(session, conversation_id, history_index)
    variants = sorted({message.variant for message in stored})
    if edit.message_index >= len(variants):
        raise _no_turn(conversation_id, history_index, edit.message_index)
    chosen = [message for message in stored if message.variant == variants[edit.message_index]]
    answers = [message for message in chosen if message.role == "Assistant"]
    if not answers:
        raise _no_turn(conversation_id, history_index, edit.message_index)
    for original in chosen:
        copy = ConversationMessage(
            conversation_id=conversation_id,
            history_index=history_index,
            variant=variants[-1] + 1,
            role=original.role,
            **{name: getattr(original, name) for name in _KEPT_BY_COPY},
        )
        if original is answers[-1]:
            copy.message, copy.message_raw = edit.message, None
        session.add(copy)
        await session.flush()  # one by one: the order of ids is the order of the history
    edited, newest = variants[edit.message_index], variants[-1] + 1
    await branch_repository.move(session, conversation_id, history_index + 1, was=edited, now=newest)
    await _settle(session, conversation, history_index)
    return await service.shown(session, caller, conversation)


async def upsert(
    session: AsyncSession, caller: Caller, conversation_id: str, request: UpsertHistory
) -> HistoryUpserted:
    """Bring in history items: replace those of the same turn and role, append the others.

    Raises:
        InvalidInput: 400, no items. EntityAccessDenied: 401. Conflict: 409.
    """
    if not request.history:
        raise InvalidInput("History cannot be empty")
    created = await repository.add(session, _begun(caller, conversation_id, request))
    conversation = await _open(session, caller, conversation_id)
    if created and request.folder:
        await repository.add_folder(session, caller.id, request.folder)
    known = {
        (message.history_index, message.role): message
        for message in await repository.messages(session, conversation_id)
    }
    numbered = list(_numbered(request.history, conversation.next_index))
    fresh: dict[tuple[int, str], dict[str, Any]] = {}
    for index, item in numbered:
        place, values = (index, item.role), _columns(item, request.assistant_id)
        if message := known.get(place):
            for name, value in values.items():
                setattr(message, name, value)
        else:
            address = {"conversation_id": conversation_id, "history_index": index, "role": item.role}
            fresh[place] = fresh.get(place, address) | values
    await repository.add_messages(session, list(fresh.values()))
    await _settle(session, conversation, min(index for index, _ in numbered))
    return HistoryUpserted(
        conversation_id=conversation_id,
        new_messages=len(request.history),
        total_messages=await repository.count_messages(session, conversation_id),
        created=created,
    )


async def _open(session: AsyncSession, caller: Caller, conversation_id: str) -> Conversation:
    conversation = await service.get_conversation(session, caller, conversation_id, "write", lock=True)
    service.refuse_finished(conversation)
    return conversation


def _begun(caller: Caller, conversation_id: str, request: UpsertHistory) -> dict[str, Any]:
    return {
        "id": conversation_id,
        "user_id": caller.id,
        "user_name": caller.name,
        "name": conversation_name(request.history),
        "folder": request.folder,
        "assistant_ids": [request.assistant_id] if request.assistant_id else [],
        "initial_assistant_id": request.assistant_id,
    }


async def _settle(session: AsyncSession, conversation: Conversation, changed_from: int) -> None:
    """Make the conversation agree with its history, which changed from a turn on."""
    await session.flush()
    await recall_repository.forget(session, conversation.id, changed_from)
    next_index, first, last, answered = await repository.summary(session, conversation.id)
    initial = conversation.initial_assistant_id
    branch_end = max((await branch_repository.branches(session, conversation.id)).newest(), default=-1) + 1
    values: dict[str, Any] = {
        "next_index": next_index,
        "branch_end": branch_end if branch_end < next_index else None,
        "first_message_at": first,
        "last_message_at": last,
        "assistant_ids": answered or ([initial] if initial else []),
        "update_date": utcnow(),
    }
    await repository.change(session, conversation, values)


def conversation_name(history: Iterable[HistoryItem]) -> str:
    """What the first question says, or brings along."""
    first = next((item for item in history if item.role == "User"), None)
    return naming.beginning_with(first.message, first.file_names) if first else naming.beginning_with("", ())


def _numbered(history: list[HistoryItem], next_index: int) -> Iterable[tuple[int, HistoryItem]]:
    """Items with their turn; one without a number opens a turn if it is a question, else it belongs to the last."""
    current = next_index - 1
    for item in history:
        if item.history_index is not None:
            current = item.history_index
        elif item.role == "User" or current < 0:
            current += 1
        yield current, item


def _columns(item: HistoryItem, assistant_id: str | None) -> dict[str, Any]:
    values = item.model_dump(
        by_alias=False,
        exclude={"role", "history_index", "execution_status", "date", "workflow_execution_ref", "status"}
        | {"variant", "parent_variant"},
    )
    values["workflow_execution_ref"] = bool(item.workflow_execution_ref)
    # A moment without a zone, as servers of this protocol write them, is meant as UTC.
    values["date"] = (item.date if item.date.tzinfo else item.date.replace(tzinfo=UTC)) if item.date else utcnow()
    if item.role == "Assistant":
        values["assistant_id"] = item.assistant_id or assistant_id
    return values


def _no_turn(conversation_id: str, history_index: int, variant: int = 0) -> NotFound:
    return NotFound(
        "Message not found",
        details=f"The conversation [{conversation_id}] has no answer {variant} in turn {history_index}.",
    )
