"""Conversations of their owner: list, read, change, delete, find, finish. Their history is changed in ``turns``."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import service as assistants
from codemie.assistants.schemas import AssistantObject
from codemie.conversations import attachment_repository, repository, search_repository, settling
from codemie.conversations.history import effective_status
from codemie.conversations.replicas import Replicas
from codemie.conversations.schemas import (
    AssistantData,
    ConversationExport,
    ConversationItem,
    ConversationObject,
    CreateConversation,
    Finished,
    Found,
    FoundItem,
    HistoryItem,
    HistoryPagination,
    UpdateConversation,
)
from codemie.conversations.tables import Conversation, ConversationMessage
from codemie.identity.caller import Caller
from codemie.identity.policy import Action, Resource, abilities, decide, in_scope, refusal, require
from codemie.kernel import row_security
from codemie.kernel.database import new_id, utcnow
from codemie.kernel.errors import AccessDenied, Conflict, NotFound
from codemie.workspaces import repository as workspaces

_FOUND_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Which part of a history is wanted."""

    number: int = 0
    size: int = 20
    order: Literal["asc", "desc"] = "asc"


async def get_conversation(
    session: AsyncSession, caller: Caller, conversation_id: str, action: Action = "read", *, lock: bool = False
) -> Conversation:
    """The conversation, if it is the caller's own.

    Raises:
        NotFound: 404, no such conversation.
        EntityAccessDenied: 401, somebody else's.
    """
    conversation = await repository.find(session, conversation_id, lock=lock)
    if conversation is None:
        if await repository.is_hidden(session, conversation_id):
            raise refusal(action)
        raise NotFound.of("Conversation", conversation_id)
    require(caller, action, _resource(conversation))
    return conversation


def refuse_finished(conversation: Conversation) -> None:
    """Raise Conflict (409) when the conversation takes no more turns."""
    if conversation.finished_at is not None:
        raise Conflict("Conversation is finished", details=f"The conversation [{conversation.id}] has been finished.")


async def create(session: AsyncSession, caller: Caller, request: CreateConversation) -> ConversationObject:
    """Store an empty conversation; its name comes with the first message."""
    conversation = _new(caller, request)
    conversation.id = new_id()
    if conversation.folder:
        await repository.add_folder(session, caller.id, conversation.folder)
    session.add(conversation)
    await session.flush()
    return await shown(session, caller, conversation, [])


async def preview(session: AsyncSession, caller: Caller, request: CreateConversation) -> ConversationObject:
    """A conversation that is not stored yet, with id ``new``.

    Raises:
        NotFound: 404, the assistant does not exist. EntityAccessDenied: 401, it is not the caller's to use.
    """
    if request.initial_assistant_id and not request.is_workflow:
        await assistants.get_assistant(session, caller, request.initial_assistant_id)
    conversation = _new(caller, request)
    conversation.id = "new"
    return await shown(session, caller, conversation, [])


async def read(
    session: AsyncSession, caller: Caller, conversation_id: str, part: HistoryPage | None = None
) -> ConversationObject:
    """A conversation with its history, whole or one page of it."""
    conversation = await get_conversation(session, caller, conversation_id)
    if part is None:
        return await shown(session, caller, conversation)
    history = await repository.messages(
        session,
        conversation_id,
        offset=part.number * part.size,
        limit=part.size,
        newest_first=part.order == "desc",
    )
    answer = await shown(session, caller, conversation, history)
    total = await repository.count_messages(session, conversation_id)
    pages = math.ceil(total / part.size)
    answer.pagination = HistoryPagination(
        page=part.number,
        per_page=part.size,
        total=total,
        pages=pages,
        has_next=part.number + 1 < pages,
        has_previous=part.number > 0,
    )
    return answer


async def shared(session: AsyncSession, caller: Caller, conversation_id: str) -> ConversationObject | None:
    """A conversation as somebody sees it who was given a link; None outside the projects of the caller's token."""
    async with row_security.beyond(session, "open a share link"):
        conversation = await repository.find(session, conversation_id)
    if conversation is None or not in_scope(caller, _resource(conversation)):
        return None
    return await shown(session, caller, conversation)


async def update(
    session: AsyncSession, caller: Caller, conversation_id: str, request: UpdateConversation
) -> ConversationObject:
    """Rename, pin, move to a folder, choose model or active assistant; only what the request names.

    Raises:
        NotFound: 404, no such conversation, or no such assistant. EntityAccessDenied: 401, not the caller's to use.
    """
    conversation = await get_conversation(session, caller, conversation_id, "write", lock=True)
    values = request.model_dump(include=request.model_fields_set, by_alias=False)
    for required in ("name", "pinned"):
        if values.get(required, ...) is None:
            del values[required]
    active = values.pop("active_assistant_id", None)
    if active:
        # One that took part may have been deleted since, or never was here: a history that was brought in names it.
        if active not in conversation.assistant_ids:
            await assistants.get_assistant(session, caller, active)
        values["assistant_ids"] = [active, *(key for key in conversation.assistant_ids if key != active)]
    if values.get("folder"):
        await repository.add_folder(session, caller.id, values["folder"])
    await repository.change(session, conversation, values)
    return await shown(session, caller, conversation)


async def delete(session: AsyncSession, caller: Caller, replicas: Replicas, conversation_id: str) -> None:
    """Remove a conversation with its history, its links and the files that nothing else refers to.

    What is being written for it ends.
    """
    await get_conversation(session, caller, conversation_id, "delete")
    await settling.end(session, replicas, Conversation.id == conversation_id)
    tokens = await repository.file_tokens(session, conversation_id)
    await repository.remove(session, conversation_id)
    await workspaces.remove_of(session, caller.id, [conversation_id])
    await attachment_repository.release(session, caller.id, tokens)


async def delete_all(session: AsyncSession, caller: Caller, replicas: Replicas) -> None:
    """Remove every conversation and folder of the caller, with files and links; what is being written ends."""
    await settling.end(session, replicas, repository.mine(caller))
    tokens = await repository.all_file_tokens(session, caller)
    await repository.remove_all(session, caller)
    await workspaces.remove_all(session, caller.id)
    await attachment_repository.release(session, caller.id, tokens)


async def finish(session: AsyncSession, caller: Caller, conversation_id: str) -> Finished:
    """Close a conversation for good.

    Raises:
        NotFound: 404. AccessDenied: 403, somebody else's. Conflict: 409, finished before.
    """
    conversation = await repository.find(session, conversation_id, lock=True)
    hidden = conversation is None and await repository.is_hidden(session, conversation_id)
    if conversation is None and not hidden:
        raise NotFound.of("Conversation", conversation_id)
    if conversation is None or not decide(caller, "write", _resource(conversation)):
        raise AccessDenied(details="Only its owner may finish a conversation.")
    refuse_finished(conversation)
    finished_at = utcnow()
    await repository.change(session, conversation, {"finished_at": finished_at})
    return Finished(conversation_id=conversation_id, finished_at=finished_at)


async def search(session: AsyncSession, caller: Caller, wanted: str) -> Found:
    """The caller's folders by name and conversations by name or by what was said in them."""
    folders = await search_repository.folders(session, caller, wanted, _FOUND_AT_MOST)
    chats = await search_repository.conversations(session, caller, wanted, _FOUND_AT_MOST)
    said = await search_repository.hits(session, caller, wanted, [row.id for row in chats])
    items = [
        FoundItem(id=row.id, name=row.folder_name, updated_at=row.update_date, type="folder", folder=row.folder_name)
        for row in folders
    ] + [
        FoundItem(
            id=row.id,
            name=row.name,
            updated_at=row.update_date,
            type="chat",
            folder=row.folder,
            finished_at=row.finished_at,
            excerpt=said[row.id].excerpt if row.id in said else None,
            history_index=said[row.id].history_index if row.id in said else None,
            variant=said[row.id].variant if row.id in said else None,
        )
        for row in chats
    ]
    return Found(items=items[:_FOUND_AT_MOST])


async def export(
    session: AsyncSession, caller: Caller, conversation_id: str, part: HistoryPage | None = None
) -> ConversationExport:
    """Everything of a conversation that its owner may take along, or one page of its history."""
    whole = await read(session, caller, conversation_id, part)
    return ConversationExport(
        assistants=whole.assistant_data,
        history=whole.history,
        very_first_msg_at=whole.very_first_msg_at,
        very_last_msg_at=whole.very_last_msg_at,
    )


async def shown(
    session: AsyncSession,
    caller: Caller,
    conversation: Conversation,
    history: Sequence[ConversationMessage] | None = None,
) -> ConversationObject:
    """The wire form; reads the whole history unless a part is given."""
    messages = await repository.messages(session, conversation.id) if history is None else history
    taking_part = await assistants.participants(session, caller, conversation.assistant_ids)
    moment = conversation.date or utcnow()
    return ConversationObject(
        id=conversation.id,
        date=moment,
        update_date=conversation.update_date or moment,
        conversation_id=conversation.id,
        conversation_name=conversation.name,
        llm_model=conversation.llm_model,
        enable_image_generation=conversation.enable_image_generation,
        image_generation_model=conversation.image_generation_model,
        folder=conversation.folder,
        pinned=conversation.pinned,
        history=[history_item(message) for message in messages],
        user_id=conversation.user_id,
        user_name=conversation.user_name,
        assistant_ids=conversation.assistant_ids,
        assistant_data=[_assistant_data(assistant) for assistant in taking_part if assistant is not None],
        initial_assistant_id=conversation.initial_assistant_id or "",
        final_user_mark=conversation.final_user_mark,
        final_operator_mark=conversation.final_operator_mark,
        project=conversation.project,
        mcp_server_single_usage=conversation.mcp_server_single_usage,
        is_workflow_conversation=conversation.is_workflow,
        user_abilities=abilities(caller, _resource(conversation)),
        category=conversation.category,
        finished_at=conversation.finished_at,
        very_first_msg_at=conversation.first_message_at,
        very_last_msg_at=conversation.last_message_at,
    )


def history_item(message: ConversationMessage) -> HistoryItem:
    """A stored message on the wire; a reply whose process died counts as interrupted."""
    shown_item = HistoryItem.model_validate(message)
    shown_item.status = effective_status(message.status, message.update_date)  # type: ignore[assignment]
    return shown_item


def _new(caller: Caller, request: CreateConversation) -> Conversation:
    initial = request.initial_assistant_id
    return Conversation(
        user_id=caller.id,
        user_name=caller.name,
        name="",
        folder=request.folder,
        pinned=False,
        assistant_ids=[initial] if initial else [],
        initial_assistant_id=initial,
        mcp_server_single_usage=bool(request.mcp_server_single_usage),
        is_workflow=bool(request.is_workflow),
        next_index=0,
    )


def item(row: Conversation, known: dict[str, tuple[str, str | None]]) -> ConversationItem:
    """A row of a list; `known` holds names and icons of assistants."""
    listed = ConversationItem.model_validate(row)
    taking_part = [known[key] for key in row.assistant_ids if key in known]
    listed.assistant_names = [name for name, _ in taking_part]
    listed.assistant_icon = taking_part[0][1] if taking_part else None
    if row.is_workflow:
        listed.workflow_id, listed.conversation_id = row.initial_assistant_id, row.id
    return listed


def _assistant_data(assistant: AssistantObject) -> AssistantData:
    tools: list[dict[str, Any]] = [
        tool.model_dump(include={"name", "label", "settings_config", "description", "user_description"})
        for toolkit in assistant.toolkits
        for tool in toolkit.tools
    ]
    return AssistantData(
        assistant_id=assistant.id or "",
        assistant_name=assistant.name,
        assistant_icon=assistant.icon_url,
        assistant_type=assistant.type,
        context=[reference.model_dump() for reference in assistant.context],
        tools=tools,
        conversation_starters=assistant.conversation_starters,
    )


def _resource(conversation: Conversation) -> Resource:
    return Resource(kind="conversation", owner_id=conversation.user_id, project=conversation.project)
