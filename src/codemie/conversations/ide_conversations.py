"""Conversations with assistants that an editor defines: nothing of these is stored here but what was said."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants.assembly import Definition
from codemie.conversations import repository, service
from codemie.conversations.chat import ChatRoom, OpenTurn
from codemie.conversations.ide_schemas import VirtualIdeChatRequest
from codemie.conversations.opening import new_turn, open_virtual_turn
from codemie.conversations.schemas import ConversationItem, ConversationObject, CreateConversation
from codemie.identity.caller import Caller
from codemie.identity.projects_use import require_usable
from codemie.kernel.errors import InvalidInput

MOST_LISTED = 200


async def listed(session: AsyncSession, caller: Caller, virtual_assistant_id: str) -> list[ConversationItem]:
    """The caller's conversations that began with it, newest first."""
    rows = await repository.begun_with(session, caller, virtual_assistant_id, limit=MOST_LISTED)
    return [ConversationItem.model_validate(row) for row in rows]


async def create(session: AsyncSession, caller: Caller, body: CreateConversation) -> ConversationObject:
    """Store an empty conversation.

    Raises:
        InvalidInput: it names no assistant, so that no list would hold it.
    """
    if not body.initial_assistant_id:
        raise InvalidInput("initial_assistant_id is missing", help="Send the id that the editor gave its assistant.")
    return await service.create(session, caller, body)


async def open_virtual(room: ChatRoom, caller: Caller, body: VirtualIdeChatRequest) -> OpenTurn:
    """A turn with an assistant that the request defines; kept, unless it is not to be.

    Raises:
        AccessDenied, NotFound: of the project that is named; and what `open_virtual_turn` raises.
    """
    if body.project:
        async with room.database.session() as session:
            await require_usable(session, caller, body.project)
    definition = Definition(
        id="",
        name="Editor assistant",
        project=body.project or caller.default_project,
        system_prompt=body.system_prompt or "",
        model=body.llm_model or None,
        temperature=body.temperature,
        top_p=body.top_p,
    )
    turn = await open_virtual_turn(room, caller, definition, body)
    if body.save_history and body.conversation_id:
        new = new_turn(caller, definition, body.conversation_id, body, assistant_id=body.virtual_assistant_id)
        turn.place = asyncio.create_task(room.runtime.turns.start(new))
        turn.conversation_id = body.conversation_id
    return turn
