"""One turn of a chat: load and authorise, assemble, run, and keep what was said, whatever happens."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace
from html import escape
from typing import Any, Protocol

from codemie.agents import loop
from codemie.agents.events import AgentEvent, Completed, Failed
from codemie.agents.request import AgentRun, Turn
from codemie.agents.settings import AgentsSettings
from codemie.agents.untrusted import CHARACTERS_PER_TOKEN
from codemie.assistants import repository as assistants
from codemie.assistants.assembly import ContextTools, Definition, Wishes, assemble
from codemie.conversations import history, workspace_tools
from codemie.conversations.chat_schemas import ChatRequest, TurnRequest
from codemie.conversations.file_tools import Attached, FileReader
from codemie.conversations.heartbeat import Heartbeat
from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.transcript import INTERRUPTED, STOPPED, Transcript
from codemie.conversations.turn_repository import Charge, Loaded, NewTurn, Place, StoredItem
from codemie.identity.caller import Caller
from codemie.identity.policy import decide, require
from codemie.kernel.database import Database, new_id
from codemie.kernel.errors import AccessDenied, CodeMieError, Conflict, NotFound, Unavailable, Unprocessable
from codemie.models.catalogue import Catalogue
from codemie.models.costs import cost
from codemie.models.entries import ModelEntry
from codemie.models.service import Spending, record

_NAME_LENGTH = 50


class Listener(Protocol):
    """Somebody who reads along."""

    async def hear(self, event: AgentEvent) -> None:
        """Something happened; return when the listener can take more."""


@dataclass(frozen=True, slots=True)
class ChatRoom:
    """What a turn needs of the process."""

    runtime: ConversationsRuntime
    database: Database
    catalogue: Catalogue
    context_tools: ContextTools
    limits: AgentsSettings


@dataclass(slots=True)
class OpenTurn:
    """A turn that may run: authorised, assembled, its question being stored."""

    caller: Caller
    definition: Definition
    run: AgentRun
    transcript: Transcript
    place: "asyncio.Task[Place | None] | None"
    """`None` when nothing of the turn is kept."""


async def open_turn(room: ChatRoom, caller: Caller, assistant_id: str, request: ChatRequest) -> OpenTurn:
    """Load, authorise and assemble a turn with a stored assistant. The order of refusals is part of the protocol.

    Raises:
        NotFound: no such assistant or version.
        EntityAccessDenied: the caller may not use it.
        Conflict: the conversation is finished.
        Unprocessable: too many files.
        AccessDenied: the conversation is somebody else's.
        Unavailable: the process works on as many replies as it can.
        TooManyRequests: the caller asks more often than one person may.
    """
    conversation_id = request.conversation_id or new_id()
    settings = room.runtime.settings
    loaded = await room.runtime.turns.load_by_id(
        assistant_id, conversation_id, caller.id, settings.history_turns, request.history_index
    )
    if loaded.assistant is None:
        raise NotFound.of("Assistant", assistant_id)
    definition = Definition.from_row(loaded.assistant)
    if request.version is not None:
        definition = await _version(room, definition, request.version)
    require(caller, "read", definition.resource())
    _check(room, caller, loaded, request)
    wishes = Wishes(request.llm_model, loaded.conversation_model, request.system_prompt or "", request.top_k)
    run = await _run(room, caller, definition, wishes, request, loaded)
    if tools := workspace_tools.tools_of(room.runtime.workspaces, caller, loaded.assistant, conversation_id):
        run = replace(run, tools=run.tools + tools)
    place = None
    if request.save_history:
        new = _new_turn(caller, definition, conversation_id, request)
        place = asyncio.create_task(room.runtime.turns.start(new))
    return OpenTurn(caller, definition, run, Transcript(), place)


async def open_virtual_turn(room: ChatRoom, caller: Caller, definition: Definition, request: TurnRequest) -> OpenTurn:
    """The same for an inline definition; such a turn is never kept.

    Raises:
        NotFound: the definition names a data source that is not there.
        Conflict: the conversation is finished.
        Unprocessable: too many files.
        AccessDenied: the conversation is somebody else's.
        Unavailable: the process works on as many replies as it can.
        TooManyRequests: the caller asks more often than one person may.
    """
    conversation_id = request.conversation_id or new_id()
    turns = room.runtime.settings.history_turns
    loaded = await room.runtime.turns.load_conversation(conversation_id, caller.id, turns, None)
    _check(room, caller, loaded, request)
    run = await _run(room, caller, definition, Wishes(passages=request.top_k), request, loaded)
    return OpenTurn(caller, definition, run, Transcript(), None)


async def carry_out(room: ChatRoom, turn: OpenTurn, listen: Listener | None = None) -> None:
    """Run the turn to its end and keep it; `listen` hears every event but the last.

    When the task is cancelled, what there is of the reply is kept as interrupted.

    Raises:
        Conflict: the conversation was finished meanwhile.
        Unavailable: the reply could not be stored.
    """
    heartbeat = Heartbeat(room.runtime, turn.place, turn.transcript) if turn.place else None
    try:
        await _listen(turn, listen)
    except asyncio.CancelledError:
        turn.transcript.interrupt(STOPPED if room.runtime.is_closing else INTERRUPTED)
        raise
    finally:
        if heartbeat:
            heartbeat.stop()
        await _keep(room, turn)


async def _listen(turn: OpenTurn, listen: Listener | None) -> None:
    async with aclosing(loop.run(turn.run)) as events:
        async for event in events:
            turn.transcript.take(event)
            if listen is not None and not isinstance(event, (Completed, Failed)):
                await listen.hear(event)


async def _keep(room: ChatRoom, turn: OpenTurn) -> None:
    """Store the reply and what it cost."""
    if turn.place is None:
        await _charge(room, turn)
        return
    model = turn.run.model
    place = await turn.place
    if place is None:
        raise Conflict("Conversation is finished", details="The conversation was finished while the reply was written.")
    definition = turn.definition
    charge = Charge(turn.caller.id, definition.project, model.base_name, model.provider, definition.id)
    await room.runtime.turns.finish(place, turn.transcript.kept(cost(model, turn.transcript.usage)), charge)
    await _count_use(room, turn)


async def _charge(room: ChatRoom, turn: OpenTurn) -> None:
    """The ledger row of a reply that is not kept itself."""
    transcript = turn.transcript
    spending = Spending(
        turn.run.model,
        transcript.usage,
        turn.caller.id,
        turn.definition.project,
        assistant_id=turn.definition.id or None,
        duration_ms=round(transcript.seconds * 1000),
        error_code=transcript.failure.code if transcript.failure else None,
    )
    async with room.database.session() as session:
        await record(session, spending)


async def _count_use(room: ChatRoom, turn: OpenTurn) -> None:
    """The first reply a person gets from an assistant counts."""
    use = (turn.definition.id, turn.caller.id)
    if room.runtime.known_uses.add(use):
        async with room.database.session() as session:
            await assistants.count_user(session, *use)


def _check(room: ChatRoom, caller: Caller, loaded: Loaded, request: TurnRequest) -> None:
    permitted = loaded.owner_id is None or decide(caller, "write", loaded.resource())
    if permitted and loaded.finished_at is not None:
        raise Conflict("Conversation is finished", details="A finished conversation takes no further messages.")
    most = room.runtime.settings.max_files_per_message
    if len(file_names(request)) > most:
        raise Unprocessable(f"Too many files. Maximum count is {most}")
    if not permitted:
        raise AccessDenied(details="You do not have the necessary permissions to use this conversation.")
    if len(room.runtime.running) >= room.runtime.settings.running_turns:
        raise Unavailable("The server is busy", details="Too many replies are being written.", retry_after=5)
    room.runtime.turn_limit.spend(caller.id)


async def _version(room: ChatRoom, definition: Definition, number: int) -> Definition:
    content = await room.runtime.turns.version(definition.id, number)
    if content is None:
        raise NotFound.of("Assistant version", f"{definition.id}/{number}")
    return replace(
        definition,
        system_prompt=content.get("system_prompt") or "",
        model=content.get("llm_model_type"),
        temperature=content.get("temperature"),
        top_p=content.get("top_p"),
        tool_output_tokens=content.get("tools_tokens_size_limit"),
        sources=tuple(reference["name"] for reference in content.get("context") or ()),
    )


async def _run(
    room: ChatRoom, caller: Caller, definition: Definition, wishes: Wishes, request: TurnRequest, loaded: Loaded
) -> AgentRun:
    try:
        assembly = await assemble(definition, wishes, caller, room.catalogue, room.context_tools)
    except NotFound as error:
        if not definition.id:
            raise
        # The protocol answers 500 here: the stored assistant, not the request, is broken.
        raise AssistantError(details=str(error)) from error
    stored = history.current_items(loaded.history)
    attached = await _attached(room, caller, definition, assembly.model, request, stored)
    return AgentRun(
        model=assembly.model,
        instructions=assembly.instructions,
        prompt=(request.text or "") + attached.note,
        limits=room.limits,
        history=_history(room, request, stored),
        images=attached.images,
        tools=assembly.tools + attached.tools,
        output_schema=request.output_schema,
        temperature=definition.temperature,
        top_p=definition.top_p,
        is_read_along=request.stream,
        tool_output_tokens=definition.tool_output_tokens,
    )


async def _attached(
    room: ChatRoom,
    caller: Caller,
    definition: Definition,
    model: ModelEntry,
    request: TurnRequest,
    stored: list[StoredItem],
) -> Attached:
    fresh, earlier = file_names(request), history.file_tokens(stored)
    if not (fresh or earlier):
        return Attached()
    tokens = definition.tool_output_tokens or room.limits.tool_output_tokens
    reader = FileReader(room.runtime.files, room.runtime.parser, caller, tokens * CHARACTERS_PER_TOKEN)
    return await reader.attach(fresh, earlier, model)


class AssistantError(CodeMieError):
    """An assistant cannot be put together, for example because its data source is gone."""

    title = "Assistant Error"


def _history(room: ChatRoom, request: TurnRequest, stored: list[StoredItem]) -> tuple[Turn, ...]:
    """What is stored wins over what the request carries; a fresh conversation takes what is given."""
    most = room.runtime.settings.history_characters
    if stored:
        return history.replayed(stored, most)
    return history.given(request.history, most) if request.history else ()


def _new_turn(caller: Caller, definition: Definition, conversation_id: str, request: ChatRequest) -> NewTurn:
    text = request.text or ""
    return NewTurn(
        conversation_id=conversation_id,
        user_id=caller.id,
        user_name=caller.name,
        name=text if len(text) <= _NAME_LENGTH else f"{text[:_NAME_LENGTH]}...",
        project=definition.project,
        assistant_id=definition.id,
        history_index=request.history_index,
        message=text,
        message_raw=request.content_raw or escape(text),
        file_names=file_names(request),
    )


def file_names(request: TurnRequest) -> list[str]:
    """The request's files, the old singular form included."""
    if isinstance(request, ChatRequest) and request.file_name:
        return [request.file_name]
    return list(request.file_names or ())


def outcome(turn: OpenTurn) -> Any:
    """What the client gets as `generated`: the object that was asked for, else the text."""
    transcript = turn.transcript
    return transcript.text if transcript.output is None else transcript.output
