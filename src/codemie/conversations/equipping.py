"""From an assistant, a request and a conversation to what an agent carries out: model, instructions, tools, history."""

from collections.abc import Iterable
from dataclasses import replace

from codemie.agents.request import AgentRun, SubAgent
from codemie.agents.untrusted import CHARACTERS_PER_TOKEN
from codemie.assistants import delegates, lessons
from codemie.assistants.assembly import Assembly, Definition, Wishes, assemble
from codemie.assistants.toolkit_tools import Surroundings, tools_of
from codemie.assistants.versioning import as_of
from codemie.conversations import agent_credentials, code, history, wished_tools, workspace_tools
from codemie.conversations.chat import ChatRoom
from codemie.conversations.chat_files import ConversationFiles
from codemie.conversations.chat_schemas import ChatRequest, TurnRequest
from codemie.conversations.file_tools import Attached, FileReader
from codemie.conversations.pictures import PictureKeeper, PictureShelf
from codemie.conversations.recall import Gap, recall
from codemie.conversations.remote_agents import RemoteAgent
from codemie.conversations.tool_notes import ToolNotes
from codemie.conversations.turn_records import Loaded, StoredItem
from codemie.conversations.viewing import viewer_among, viewing
from codemie.guardrails.guard import Guarded
from codemie.identity.caller import Caller
from codemie.kernel.database import new_id
from codemie.kernel.errors import CodeMieError, InvalidInput, NotFound
from codemie.kernel.tools import Tool
from codemie.models.entries import ModelEntry
from codemie.toolkits.credentials import Choice
from codemie.toolkits.file_management import CODE_TOOL
from codemie.toolkits.research import unconfigured


class AssistantError(CodeMieError):
    """An assistant cannot be put together, for example because its data source is gone."""

    title = "Assistant Error"


async def run_of(
    room: ChatRoom,
    caller: Caller,
    definition: Definition,
    wishes: Wishes,
    request: TurnRequest,
    loaded: Loaded,
    guard: Guarded | None,
) -> tuple[AgentRun, Gap | None]:
    """What is to run, and what of the conversation has to be summed up before.

    Args:
        room: the process.
        caller: who asks.
        definition: of the assistant.
        wishes: of the request, instead of the assistant's own choices.
        request: what is asked.
        loaded: the conversation as far as it is loaded.
        guard: the guardrails over it.

    Raises:
        NotFound: an attached file, or a data source of an inline definition, is not there.
        AssistantError: the stored assistant cannot be put together.
        InvalidInput: files for an assistant that takes none, a model nobody knows, or an assistant that cannot answer.
        SignInRequired: MCP servers want the caller to sign in.
    """
    _refuse_unable(definition)
    if definition.card is not None:
        _refuse_files(definition, request)
        return replace(_remote_run(room, caller, definition, request), guarded=guard), None
    definition = await _taught(room, caller, definition, request.skill_ids or ())
    definition = replace(definition, single_use=_single_use(request, loaded))
    definition = wished_tools.extended(room.catalogue.models(), definition, request, loaded)
    definition = await wished_tools.requested(room.configuration, room.bench.reach.settings, definition, request)
    assembly = await _assembly(room, caller, definition, wishes)
    stored = history.current_items(loaded.history)
    attached = await _attached(room, caller, definition, assembly.model, request, stored)
    files = ConversationFiles(room.runtime.files, caller, (*history.file_tokens(stored), *file_names(request)))
    own = _assembled(room, caller, definition, assembly, request)
    run = replace(
        own,
        prompt=(request.text or "") + attached.note,
        images=attached.images,
        tools=(
            *own.tools,
            *attached.tools,
            *await _workspace(room, caller, definition, request),
            *await _toolkits(room, caller, definition, request, files),
        ),
        output_schema=request.output_schema,
        guarded=guard,
    )
    helpers = viewing(room.catalogue.models().chat, attached.unseen, run) if attached.unseen else ()
    run = replace(run, sub_agents=await _sub_agents(room, caller, definition, request, run, files) + helpers)
    shelf = PictureShelf(room.runtime.files, caller.id)
    remembered = await recall(room.database, room.runtime.settings, shelf, run, request, loaded)
    return replace(run, history=remembered.turns), remembered.gap


def _refuse_unable(definition: Definition) -> None:
    if definition.objection is not None:
        raise InvalidInput(
            f"The assistant '{definition.name}' cannot answer",
            details=definition.objection,
            help="Its author can give it another type.",
        )


def _refuse_files(definition: Definition, request: TurnRequest) -> None:
    if file_names(request):
        raise InvalidInput(
            "Files cannot be attached",
            details=f"The assistant '{definition.name}' runs on another server, which takes text only.",
        )


def _remote_run(room: ChatRoom, caller: Caller, definition: Definition, request: TurnRequest) -> AgentRun:
    """A run on another server; it remembers the conversation itself."""
    session = request.conversation_id or new_id()
    remote = RemoteAgent(
        room.runtime.settings,
        definition.card or {},
        session,
        agent_credentials.of_assistant(room.bench, caller, definition),
    )
    model = room.catalogue.models().default("chat")
    return AgentRun(model, "", request.text or "", room.limits, is_read_along=request.stream, remote=remote)


def _single_use(request: TurnRequest, loaded: Loaded) -> bool:
    asked = request.mcp_server_single_usage
    return loaded.single_usage if asked is None else asked


async def _assembly(room: ChatRoom, caller: Caller, definition: Definition, wishes: Wishes) -> Assembly:
    try:
        return await assemble(definition, wishes, caller, room.catalogue, room.context_tools)
    except NotFound as error:
        if not definition.id:
            raise
        # The protocol answers 500 here: the stored assistant, not the request, is broken.
        raise AssistantError(details=str(error)) from error


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
    room: ChatRoom,
    caller: Caller,
    definition: Definition,
    request: TurnRequest,
    parent: AgentRun,
    files: ConversationFiles,
) -> tuple[SubAgent, ...]:
    """The assistants this one may hand tasks to; they have no sub-assistants of their own."""
    general = parent if delegates.GENERAL_PURPOSE in definition.builtin_subagents else None
    subs: list[Definition] = []
    if definition.assistant_ids:
        versions = (request.sub_assistants_versions if isinstance(request, ChatRequest) else None) or {}
        async with room.database.session() as session:
            subs = await delegates.usable(session, caller, definition)
        subs = [await at_version(room, sub, versions[sub.id]) if sub.id in versions else sub for sub in subs]
    runs = [(sub, await _sub_run(room, caller, sub, request, files, single_use=definition.single_use)) for sub in subs]
    return delegates.sub_agents(runs, general)


async def _sub_run(
    room: ChatRoom,
    caller: Caller,
    sub: Definition,
    request: TurnRequest,
    files: ConversationFiles,
    *,
    single_use: bool,
) -> AgentRun:
    """A sub-assistant with its own model, prompt, skills and tools, in the workspace of the conversation."""
    _refuse_unable(sub)
    if sub.card is not None:
        return replace(_remote_run(room, caller, sub, request), guarded=Guarded.by(sub.guards))
    sub = wished_tools.drawing(replace(await _taught(room, caller, sub), single_use=single_use))
    assembly = await _assembly(room, caller, sub, Wishes(passages=request.top_k))
    run = _assembled(room, caller, sub, assembly, request)
    tools = (
        *run.tools,
        *await _workspace(room, caller, sub, request),
        *await _toolkits(room, caller, sub, request, files),
    )
    return replace(run, tools=tools, guarded=Guarded.by(sub.guards))


async def _toolkits(
    room: ChatRoom, caller: Caller, definition: Definition, request: TurnRequest, files: ConversationFiles
) -> tuple[Tool, ...]:
    run_code = code.runner(room.runtime, caller, definition, request.conversation_id)
    notes = ToolNotes(room.database, request.conversation_id) if request.conversation_id else None
    missing = unconfigured(room.bench.reach.settings) | (frozenset() if run_code else {CODE_TOOL})
    tools = await tools_of(
        room.bench,
        caller,
        wished_tools.without(definition, missing),
        surroundings=Surroundings(files, request.conversation_id or None, run_code, notes),
        requested=_requested(request),
    )
    return tuple(map(PictureKeeper(room.runtime.files, caller.id).keeping, tools))


def _requested(request: TurnRequest) -> dict[str, Choice]:
    """Credentials that the request brings along or names, by tool."""
    config = request.tools_config or ()
    return {item.name: Choice(named=item.integration_id, values=item.tool_creds) for item in config}


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


async def at_version(room: ChatRoom, definition: Definition, number: int) -> Definition:
    """The definition as it was in one of its versions.

    Raises:
        NotFound: there is no such version.
    """
    content = await room.runtime.turns.version(definition.id, number)
    if content is None:
        raise NotFound.of("Assistant version", f"{definition.id}/{number}")
    return as_of(definition, content)


def file_names(request: TurnRequest) -> list[str]:
    """The request's files, the old singular form included."""
    if isinstance(request, ChatRequest) and request.file_name:
        return [request.file_name]
    return list(request.file_names or ())
