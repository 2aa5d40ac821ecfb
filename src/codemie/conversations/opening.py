"""From a request to a turn that may run: load, authorise, assemble. The order of refusals is part of the protocol."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from html import escape
from typing import Any, Literal

from codemie.agents.request import AgentRun, Resumption, SubAgent
from codemie.agents.untrusted import CHARACTERS_PER_TOKEN
from codemie.assistants import delegates, lessons
from codemie.assistants.assembly import Assembly, Definition, Wishes, assemble, choose_model
from codemie.assistants.versioning import as_of
from codemie.conversations import answers, guarding, history, naming, workspace_tools
from codemie.conversations.chat import ChatRoom, OpenTurn, keep_failure
from codemie.conversations.chat_schemas import ChatRequest, TurnRequest
from codemie.conversations.file_tools import Attached, FileReader
from codemie.conversations.guarding import RequestT
from codemie.conversations.leaving_out import narrowed
from codemie.conversations.pictures import PictureKeeper, PictureShelf
from codemie.conversations.questions import question_tool
from codemie.conversations.recall import Gap, recall
from codemie.conversations.remote_agents import RemoteAgent
from codemie.conversations.surfaces import kinds_for
from codemie.conversations.thoughts import Thought
from codemie.conversations.transcript import Transcript
from codemie.conversations.turn_records import Loaded, NewTurn, Place, StoredItem
from codemie.conversations.viewing import viewer_among, viewing
from codemie.guardrails.guard import Guarded
from codemie.identity.caller import Caller
from codemie.identity.policy import decide, refusal, require
from codemie.kernel.database import new_id
from codemie.kernel.errors import (
    AccessDenied,
    CodeMieError,
    Conflict,
    InvalidInput,
    NotFound,
    Unavailable,
    Unprocessable,
)
from codemie.kernel.tools import Tool
from codemie.models.entries import ModelEntry

_DECISIONS: dict[str, Literal["allow", "deny"]] = {"allow": "allow", "deny": "deny"}


async def open_turn(room: ChatRoom, caller: Caller, assistant_id: str, request: ChatRequest) -> OpenTurn:
    """Load, authorise and assemble a turn with a stored assistant. The order of refusals is part of the protocol.

    Raises:
        NotFound: no such assistant or version.
        EntityAccessDenied: the caller may not use it.
        Conflict: the conversation is finished.
        Unprocessable: too many files, or an answer that does not fit what was asked.
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
        definition = await _version(room, definition, request.version)
    definition = narrowed(definition, request.leave_out)
    _check(room, caller, loaded, request)
    guard = Guarded.by(definition.guards)
    if guard is not None:
        request = await _admitted(room, caller, definition, guard, request, loaded)
    asked = await answers.asked(room.runtime.turns, assistant_id, conversation_id, request.interactive_response)
    new = _new_turn(caller, definition, conversation_id, request)
    try:
        run, gap = await _run(room, caller, definition, _wishes(request, loaded), request, loaded, guard)
    except AssistantError as error:
        if request.save_history and asked is None:
            await keep_failure(room, new, str(error))
        raise
    if asked and request.interactive_response:
        if not await room.runtime.turns.take(asked.place, run_again=False):
            raise answers.not_asked()
        answer = answers.told(request.interactive_response, request.text or "")
        run, gap = replace(run, resume=Resumption(asked.checkpoint.state, "answer", answer)), None
    place = None
    if request.save_history:
        place = asyncio.create_task(room.runtime.turns.start(new))
        run = replace(run, can_pause=True, question=_question(room, definition))
    return OpenTurn(caller, definition, run, Transcript(), request.model_dump(mode="json"), place, gap, conversation_id)


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
        definition = await _version(room, definition, request.version)
    definition = narrowed(definition, request.leave_out)
    guard = Guarded.by(definition.guards)
    if guard is not None:
        guard.is_admitted = True
    run, _ = await _run(room, caller, definition, _wishes(request, loaded), request, loaded, guard)
    if not await room.runtime.turns.take(waiting.place, run_again=True):
        raise Conflict("No tool call is waiting", details="The tool call has just been allowed or denied.")
    resume = Resumption(waiting.checkpoint.state, decision)
    run = replace(run, resume=resume, can_pause=True, question=_question(room, definition))
    earlier = [thought for thought in waiting.thoughts if not _waits(thought)]
    return OpenTurn(
        caller,
        definition,
        run,
        Transcript(earlier),
        waiting.checkpoint.request,
        _done(waiting.place),
        conversation_id=conversation_id,
    )


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
    run, gap = await _run(room, caller, definition, Wishes(passages=request.top_k), request, loaded, guard)
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


async def _version(room: ChatRoom, definition: Definition, number: int) -> Definition:
    content = await room.runtime.turns.version(definition.id, number)
    if content is None:
        raise NotFound.of("Assistant version", f"{definition.id}/{number}")
    return as_of(definition, content)


async def _assembly(room: ChatRoom, caller: Caller, definition: Definition, wishes: Wishes) -> Assembly:
    try:
        return await assemble(definition, wishes, caller, room.catalogue, room.context_tools)
    except NotFound as error:
        if not definition.id:
            raise
        # The protocol answers 500 here: the stored assistant, not the request, is broken.
        raise AssistantError(details=str(error)) from error


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
        new = _new_turn(caller, definition, conversation_id, request)
        place = asyncio.create_task(room.runtime.turns.start(new))
    run = AgentRun(model, "", "", room.limits, guarded=guard)
    turn = OpenTurn(caller, definition, run, Transcript(), {}, place, None, conversation_id)
    return await guarding.refuse(room, turn, blocking)


async def _run(
    room: ChatRoom,
    caller: Caller,
    definition: Definition,
    wishes: Wishes,
    request: TurnRequest,
    loaded: Loaded,
    guard: Guarded | None,
) -> tuple[AgentRun, Gap | None]:
    if definition.card is not None:
        _refuse_files(definition, request)
        return replace(_remote_run(room, definition.card, request), guarded=guard), None
    definition = await _taught(room, caller, definition, request.skill_ids or ())
    definition = replace(definition, single_use=_single_use(request, loaded))
    assembly = await _assembly(room, caller, definition, wishes)
    stored = history.current_items(loaded.history)
    attached = await _attached(room, caller, definition, assembly.model, request, stored)
    own = _assembled(room, caller, definition, assembly, request)
    run = replace(
        own,
        prompt=(request.text or "") + attached.note,
        images=attached.images,
        tools=own.tools + attached.tools + await _workspace(room, caller, definition, request),
        output_schema=request.output_schema,
        guarded=guard,
    )
    helpers = viewing(room.catalogue.models().chat, attached.unseen, run) if attached.unseen else ()
    run = replace(run, sub_agents=await _sub_agents(room, caller, definition, request, run) + helpers)
    shelf = PictureShelf(room.runtime.files, caller.id)
    remembered = await recall(room.database, room.runtime.settings, shelf, run, request, loaded)
    return replace(run, history=remembered.turns), remembered.gap


def _refuse_files(definition: Definition, request: TurnRequest) -> None:
    if file_names(request):
        raise InvalidInput(
            "Files cannot be attached",
            details=f"The assistant '{definition.name}' runs on another server, which takes text only.",
        )


def _remote_run(room: ChatRoom, card: dict[str, Any], request: TurnRequest) -> AgentRun:
    """A run on another server; it remembers the conversation itself."""
    remote = RemoteAgent(room.runtime.settings, card, request.conversation_id or new_id())
    model = room.catalogue.models().default("chat")
    return AgentRun(model, "", request.text or "", room.limits, is_read_along=request.stream, remote=remote)


def _single_use(request: TurnRequest, loaded: Loaded) -> bool:
    asked = request.mcp_server_single_usage
    return loaded.single_usage if asked is None else asked


async def _taught(room: ChatRoom, caller: Caller, definition: Definition, extra: Iterable[str] = ()) -> Definition:
    if not (definition.skills or extra):
        return definition
    async with room.database.session() as session:
        return await lessons.taught(session, caller, definition, extra)


async def _workspace(room: ChatRoom, caller: Caller, definition: Definition, request: TurnRequest) -> tuple[Tool, ...]:
    """Tools over the files of the conversation, where a stored assistant has them."""
    if not (definition.id and definition.toolkits and request.conversation_id):
        return ()
    return await workspace_tools.tools_of(room, caller, definition, request.conversation_id)


def _assembled(
    room: ChatRoom, caller: Caller, definition: Definition, assembly: Assembly, request: TurnRequest
) -> AgentRun:
    """The part of a run that comes from the assistant."""
    keeper = PictureKeeper(room.runtime.files, caller.id)
    return AgentRun(
        model=assembly.model,
        instructions=assembly.instructions,
        prompt="",
        limits=room.limits,
        tools=tuple(map(keeper.keeping, assembly.tools)),
        approval=definition.approval,
        temperature=definition.temperature,
        top_p=definition.top_p,
        fallback=room.catalogue.models().find(assembly.model.fallback, "chat"),
        is_read_along=request.stream,
        chooses_tools=definition.chooses_tools,
        tool_output_tokens=definition.tool_output_tokens,
    )


async def _sub_agents(
    room: ChatRoom, caller: Caller, definition: Definition, request: TurnRequest, parent: AgentRun
) -> tuple[SubAgent, ...]:
    """The assistants this one may hand tasks to; they have no sub-assistants of their own."""
    general = parent if delegates.GENERAL_PURPOSE in definition.builtin_subagents else None
    subs: list[Definition] = []
    if definition.assistant_ids:
        versions = (request.sub_assistants_versions if isinstance(request, ChatRequest) else None) or {}
        async with room.database.session() as session:
            subs = await delegates.usable(session, caller, definition)
        subs = [await _version(room, sub, versions[sub.id]) if sub.id in versions else sub for sub in subs]
    runs = [(sub, await _sub_run(room, caller, sub, request, single_use=definition.single_use)) for sub in subs]
    return delegates.sub_agents(runs, general)


async def _sub_run(
    room: ChatRoom, caller: Caller, sub: Definition, request: TurnRequest, *, single_use: bool
) -> AgentRun:
    """A sub-assistant with its own model, prompt, skills and tools, in the workspace of the conversation."""
    if sub.card is not None:
        return replace(_remote_run(room, sub.card, request), guarded=Guarded.by(sub.guards))
    sub = replace(await _taught(room, caller, sub), single_use=single_use)
    assembly = await _assembly(room, caller, sub, Wishes(passages=request.top_k))
    run = _assembled(room, caller, sub, assembly, request)
    tools = run.tools + await _workspace(room, caller, sub, request)
    return replace(run, tools=tools, guarded=Guarded.by(sub.guards))


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
    has_viewer = viewer_among(room.catalogue.models().chat) is not None
    return await reader.attach(fresh, earlier, model, has_viewer=has_viewer)


class AssistantError(CodeMieError):
    """An assistant cannot be put together, for example because its data source is gone."""

    title = "Assistant Error"


def _new_turn(caller: Caller, definition: Definition, conversation_id: str, request: ChatRequest) -> NewTurn:
    text = request.text or ""
    return NewTurn(
        conversation_id=conversation_id,
        user_id=caller.id,
        user_name=caller.name,
        name=naming.shortened(text),
        project=definition.project,
        assistant_id=definition.id,
        history_index=request.history_index,
        message=text,
        message_raw=request.content_raw or escape(text),
        file_names=file_names(request),
        interactive_response=request.interactive_response.model_dump() if request.interactive_response else None,
    )


def file_names(request: TurnRequest) -> list[str]:
    """The request's files, the old singular form included."""
    if isinstance(request, ChatRequest) and request.file_name:
        return [request.file_name]
    return list(request.file_names or ())
