"""From a request to a turn that may run: load, authorise, equip. The order of refusals is part of the protocol."""

import asyncio
from dataclasses import replace
from html import escape
from typing import Literal

from codemie.agents.request import AgentRun, Resumption
from codemie.assistants.assembly import Definition, Wishes, choose_model
from codemie.assistants.prompting import HostilePrompt
from codemie.conversations import answers, guarding, naming, wished_tools
from codemie.conversations.chat import ChatRoom, OpenTurn, at_least, keep_failure
from codemie.conversations.chat_schemas import ChatRequest, TurnRequest
from codemie.conversations.equipping import AssistantError, at_version, file_names, run_of
from codemie.conversations.guarding import RequestT
from codemie.conversations.leaving_out import narrowed
from codemie.conversations.placing import placed
from codemie.conversations.questions import question_tool
from codemie.conversations.surfaces import kinds_for
from codemie.conversations.thoughts import Thought
from codemie.conversations.transcript import Transcript
from codemie.conversations.turn_records import Loaded, NewTurn, Place
from codemie.guardrails.guard import Guarded
from codemie.identity.caller import Caller
from codemie.identity.policy import decide, refusal, require
from codemie.kernel.database import new_id
from codemie.kernel.errors import (
    AccessDenied,
    Conflict,
    NotFound,
    Unavailable,
    Unprocessable,
)
from codemie.kernel.tools import Tool

_DECISIONS: dict[str, Literal["allow", "deny"]] = {"allow": "allow", "deny": "deny"}


async def open_turn(room: ChatRoom, caller: Caller, assistant_id: str, request: ChatRequest) -> OpenTurn:
    """Load, authorise and assemble a turn with a stored assistant. The order of refusals is part of the protocol.

    Raises:
        NotFound: no such assistant or version.
        EntityAccessDenied: the caller may not use it.
        Conflict: the conversation is finished.
        HostilePrompt: the system prompt reaches for the inside of the program.
        Unprocessable: too many files, an answer that does not fit what was asked, or a version that is not there.
        AccessDenied: the conversation is somebody else's.
        Unavailable: the process works on as many replies as it can.
        TooManyRequests: the caller asks more often than one person may.
    """
    if not request.conversation_id:
        request = request.model_copy(update={"conversation_id": new_id()})
    conversation_id = request.conversation_id or ""
    settings = room.runtime.settings
    loaded = await room.runtime.turns.load_by_id(
        assistant_id, conversation_id, caller.id, settings.history_turns, request.history_index
    )
    definition = await _readable(room, caller, assistant_id, loaded)
    if request.version is not None:
        definition = await at_version(room, definition, request.version)
    definition = narrowed(definition, request.leave_out)
    _check(room, caller, loaded, request)
    request, loaded = placed(request, loaded)
    guard = Guarded.by(definition.guards)
    if guard is not None:
        request = await _admitted(room, caller, definition, guard, request, loaded)
    asked = await answers.asked(room.runtime.turns, assistant_id, conversation_id, request.interactive_response)
    new = new_turn(caller, definition, conversation_id, request)
    try:
        run, gap = await run_of(room, caller, definition, _wishes(request, loaded), request, loaded, guard)
    except (AssistantError, HostilePrompt) as error:
        if request.save_history and asked is None:
            await keep_failure(room, new, str(error))
        raise
    if asked and request.interactive_response:
        if not await room.runtime.turns.take(asked.place):
            raise answers.not_asked()
        answer = answers.told(request.interactive_response, request.text or "")
        run, gap = replace(run, resume=Resumption(asked.checkpoint.state, "answer", answer)), None
    lacks_search = await wished_tools.lacks_search(room.configuration, room.bench.reach.settings, definition, request)
    if request.save_history:
        run = replace(run, can_pause=True, question=_question(room, definition))
    turn = OpenTurn(caller, definition, run, Transcript(), request.kept(), None, gap, conversation_id, lacks_search)
    if request.save_history:
        turn.place = asyncio.create_task(room.runtime.turns.start(replace(new, charges=at_least(turn))))
    return turn


async def resume_turn(room: ChatRoom, caller: Caller, assistant_id: str, conversation_id: str, action: str) -> OpenTurn:
    """The reply that waits in the conversation goes on, its tool calls allowed or denied.

    Raises:
        NotFound: no such assistant or conversation.
        EntityAccessDenied: the caller may not use the assistant.
        Unprocessable: the action is neither `allow` nor `deny`.
        AccessDenied: the conversation is somebody else's.
        Conflict: nothing waits there for this assistant, or the conversation has gone on or is finished.
        Unavailable: the process works on as many replies as it can.
        TooManyRequests: the caller asks more often than one person may.
    """
    loaded = await room.runtime.turns.load_by_id(
        assistant_id, conversation_id, caller.id, room.runtime.settings.history_turns, None
    )
    definition = await _readable(room, caller, assistant_id, loaded)
    decision = _DECISIONS.get(action)
    if decision is None:
        raise Unprocessable("Unknown action", details=f"The action is '{action}', but 'allow' or 'deny' is needed.")
    if loaded.owner_id is None:
        raise NotFound.of("Conversation", conversation_id)
    _check(room, caller, loaded)
    waiting = await room.runtime.turns.waiting(conversation_id)
    if waiting is None or waiting.checkpoint.request_id or waiting.checkpoint.assistant_id != assistant_id:
        raise Conflict("No tool call is waiting", details="No tool call of this assistant waits for approval here.")
    if not waiting.is_last:
        raise Conflict("The conversation has gone on", details="The tool call can no longer be allowed or denied.")
    request = ChatRequest.model_validate(waiting.checkpoint.request)
    if request.version is not None:
        definition = await at_version(room, definition, request.version)
    definition = narrowed(definition, request.leave_out)
    guard = Guarded.by(definition.guards)
    if guard is not None:
        guard.is_admitted = True
    run, _ = await run_of(room, caller, definition, _wishes(request, loaded), request, loaded, guard)
    resume = Resumption(waiting.checkpoint.state, decision)
    run = replace(run, resume=resume, can_pause=True, question=_question(room, definition))
    earlier = [thought for thought in waiting.thoughts if not _waits(thought)]
    turn = OpenTurn(
        caller,
        definition,
        run,
        Transcript(earlier),
        waiting.checkpoint.request,
        _done(waiting.place),
        conversation_id=conversation_id,
    )
    if not await room.runtime.turns.take(waiting.place, again=at_least(turn)):
        raise Conflict("No tool call is waiting", details="The tool call has just been allowed or denied.")
    return turn


def _question(room: ChatRoom, definition: Definition) -> Tool | None:
    """The tool by which the assistant asks back, as far as this installation lets it."""
    return question_tool(kinds_for(definition.interactive_features, room.configuration.interactive_catalogue))


def _waits(thought: Thought) -> bool:
    """Whether the thought is a tool call that waited; what came of it takes its place."""
    return bool(thought.get("interrupted")) and thought.get("author_type") != "System"


def _done(place: Place) -> "asyncio.Future[Place | None]":
    done: asyncio.Future[Place | None] = asyncio.get_running_loop().create_future()
    done.set_result(place)
    return done


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
    loaded = await room.runtime.turns.load_conversation(
        conversation_id, caller.id, turns, None, project=definition.project
    )
    _check(room, caller, loaded, request)
    guard = Guarded.by(loaded.guards)
    if guard is not None:
        request = await _admitted(room, caller, definition, guard, request, loaded)
    run, gap = await run_of(room, caller, definition, Wishes(passages=request.top_k), request, loaded, guard)
    return OpenTurn(caller, definition, run, Transcript(), {}, None, gap)


async def _readable(room: ChatRoom, caller: Caller, assistant_id: str, loaded: Loaded) -> Definition:
    if loaded.assistant is None:
        if await room.runtime.turns.assistant_exists(assistant_id):
            raise refusal("read")
        raise NotFound.of("Assistant", assistant_id)
    definition = Definition.from_row(loaded.assistant)
    require(caller, "read", definition.resource())
    return definition


def _wishes(request: ChatRequest, loaded: Loaded) -> Wishes:
    return Wishes(request.llm_model, loaded.conversation_model, request.system_prompt or "", request.top_k)


def _check(room: ChatRoom, caller: Caller, loaded: Loaded, request: TurnRequest | None = None) -> None:
    permitted = loaded.owner_id is None or decide(caller, "write", loaded.resource())
    if permitted and loaded.finished_at is not None:
        raise Conflict("Conversation is finished", details="A finished conversation takes no further messages.")
    most = room.runtime.settings.max_files_per_message
    if request is not None and len(file_names(request)) > most:
        raise Unprocessable(f"Too many files. Maximum count is {most}")
    if not permitted:
        raise AccessDenied(details="You do not have the necessary permissions to use this conversation.")
    admit(room, caller)


def admit(room: ChatRoom, caller: Caller) -> None:
    """Let one more reply be written for the caller.

    Raises:
        Unavailable: the process works on as many replies as it can.
        TooManyRequests: the caller asks more often than one person may.
    """
    if len(room.runtime.running) >= room.runtime.settings.running_turns:
        raise Unavailable("The server is busy", details="Too many replies are being written.", retry_after=5)
    room.runtime.turn_limit.spend(caller.id)


async def _admitted(
    room: ChatRoom, caller: Caller, definition: Definition, guard: Guarded, request: RequestT, loaded: Loaded
) -> RequestT:
    """The request as guardrails let it through.

    Raises:
        Unprocessable: they do not; the turn is kept as one that failed.
    """
    request, blocking = await guarding.admitted(guard, request)
    if blocking is None:
        return request
    wishes = _wishes(request, loaded) if isinstance(request, ChatRequest) else Wishes()
    model = choose_model(room.catalogue, definition, wishes)
    conversation_id, place = request.conversation_id or "", None
    # An answer that is refused leaves its question open.
    if isinstance(request, ChatRequest) and request.save_history and not request.interactive_response:
        new = new_turn(caller, definition, conversation_id, request)
        place = asyncio.create_task(room.runtime.turns.start(new))
    run = AgentRun(model, "", "", room.limits, guarded=guard)
    turn = OpenTurn(caller, definition, run, Transcript(), {}, place, None, conversation_id)
    return await guarding.refuse(room, turn, blocking)


def new_turn(
    caller: Caller,
    definition: Definition,
    conversation_id: str,
    request: ChatRequest,
    *,
    assistant_id: str | None = None,
) -> NewTurn:
    """What is stored of a question; `assistant_id` names an assistant that is not stored here."""
    text = request.text or ""
    return NewTurn(
        conversation_id=conversation_id,
        user_id=caller.id,
        user_name=caller.name,
        name=naming.beginning_with(text, file_names(request)),
        project=definition.project,
        assistant_id=definition.id if assistant_id is None else assistant_id,
        history_index=request.history_index,
        message=text,
        message_raw=request.content_raw or escape(text),
        file_names=file_names(request),
        interactive_response=request.interactive_response.model_dump() if request.interactive_response else None,
        parent_variant=request.parent_variant,
    )
