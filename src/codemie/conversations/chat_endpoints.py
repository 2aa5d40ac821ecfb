"""Routes that answer a question."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from codemie.assistants import service as assistants
from codemie.assistants.assembly import Definition, default_values, planning
from codemie.assistants.knowledge_tools import KnowledgeTools
from codemie.assistants.own_tools import OwnTools
from codemie.assistants.prompting import HostilePrompt
from codemie.assistants.skill_tools import SkillTools
from codemie.assistants.tools import AssistantTools
from codemie.conversations import background, replies
from codemie.conversations.chat import ChatRoom
from codemie.conversations.chat_schemas import (
    ChatRequest,
    ChatResponse,
    ResumeRequest,
    TaskResponse,
    VirtualChatRequest,
)
from codemie.conversations.opening import open_turn, open_virtual_turn, resume_turn
from codemie.conversations.streaming import refused
from codemie.conversations.transcript import ErrorDetail
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import DatabaseDep, SessionDep
from codemie.kernel.http import resources
from codemie.mcp.asking import asking
from codemie.toolkits.runtime import workbench

router = APIRouter(tags=["Chat"])

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ChatResponse,
        "description": "The answer; with `stream` a sequence of JSON objects without separators.",
        "content": {"application/x-ndjson": {}},
    }
}
IncludeErrors = Annotated[bool, Query(description="Report failed tool calls.")]
Level = Annotated[ErrorDetail, Query(description="How much is told about each failed tool call.")]


@router.post("/v1/assistants/virtual/model", responses=ANSWERS)
async def ask_virtual(
    body: VirtualChatRequest,
    request: Request,
    caller: CallerDep,
    *,
    include_tool_errors: IncludeErrors = False,
    error_detail_level: Level = "standard",
) -> Response:
    """Ask an assistant that is defined in the request itself; nothing of it is kept."""
    room = chat_room(request)
    try:
        turn = await open_virtual_turn(room, caller, _inline(body, caller.default_project), body)
    except HostilePrompt as error:
        return _refused(error, stream=body.stream)
    return await replies.respond(
        room, turn, stream=body.stream, errors=error_detail_level if include_tool_errors else None
    )


@router.post("/v1/assistants/slug/{slug:path}/model", responses=ANSWERS)
async def ask_by_slug(
    slug: str,
    body: ChatRequest,
    request: Request,
    caller: CallerDep,
    database: DatabaseDep,
    project: str | None = None,
    *,
    include_tool_errors: IncludeErrors = False,
    error_detail_level: Level = "standard",
) -> Response:
    """Ask the assistant of that slug."""
    async with database.session() as session:
        assistant = await assistants.get_by_slug(session, caller, slug, project)
    errors = error_detail_level if include_tool_errors else None
    return await _ask(chat_room(request), caller, assistant.id, body, errors)


@router.post("/v1/assistants/{assistant_id}/model", responses=ANSWERS)
async def ask(
    assistant_id: str,
    body: ChatRequest,
    request: Request,
    caller: CallerDep,
    *,
    include_tool_errors: IncludeErrors = False,
    error_detail_level: Level = "standard",
) -> Response:
    """Ask an assistant: whole answer, stream, or in the background."""
    errors = error_detail_level if include_tool_errors else None
    return await _ask(chat_room(request), caller, assistant_id, body, errors)


@router.post("/v1/assistants/{assistant_id}/model/tool-call/resume", responses=ANSWERS)
async def resume(
    assistant_id: str,
    body: ResumeRequest,
    request: Request,
    caller: CallerDep,
    *,
    include_tool_errors: IncludeErrors = False,
    error_detail_level: Level = "standard",
) -> Response:
    """Allow or deny the tool calls that wait in a conversation; the reply goes on from there."""
    room = chat_room(request)
    turn = await resume_turn(room, caller, assistant_id, body.conversation_id, body.action)
    errors = error_detail_level if include_tool_errors else None
    return await replies.respond(room, turn, stream=body.stream, errors=errors, stops=body.stop_on_disconnect)


@router.get("/v1/tasks/{task_id}")
async def get_task(task_id: str, caller: CallerDep, session: SessionDep) -> TaskResponse:
    """A turn that runs in the background."""
    return await background.get_task(session, caller, task_id)


async def _ask(
    room: ChatRoom, caller: CallerDep, assistant_id: str, body: ChatRequest, errors: ErrorDetail | None
) -> Response:
    try:
        turn = await open_turn(room, caller, assistant_id, body)
    except HostilePrompt as error:
        return _refused(error, stream=body.stream)
    if body.background_task and not body.stream:
        return await background.respond(room, turn)
    return await replies.respond(room, turn, stream=body.stream, errors=errors, stops=body.stop_on_disconnect)


def _refused(error: HostilePrompt, *, stream: bool) -> Response:
    """As the protocol has it: a stream says so in a chunk, everything else is an error."""
    if not stream:
        raise error
    return Response(refused(str(error)), headers={"content-type": "application/x-ndjson"})


def chat_room(request: Request) -> ChatRoom:
    """What a turn needs of this process. Not a dependency: on this path even resolving one is felt."""
    opened = resources(request)
    return ChatRoom(
        runtime=opened.conversations,
        database=opened.database,
        catalogue=opened.models.catalogue,
        context_tools=AssistantTools(
            OwnTools(
                KnowledgeTools(opened.database, opened.knowledge.embedders),
                opened.mcp.client,
                opened.assistants.cipher,
                partial(asking, request),
                opened.database,
                opened.integrations.vault,
            ),
            SkillTools(opened.database),
        ),
        bench=workbench(opened),
        configuration=opened.configuration,
        limits=opened.settings.agents,
        skills=opened.settings.skills,
    )


def _inline(body: VirtualChatRequest, project: str) -> Definition:
    return Definition(
        id="",
        name="Virtual assistant",
        project=project,
        system_prompt=body.system_prompt,
        model=body.llm_model_type,
        temperature=body.temperature,
        top_p=body.top_p,
        tool_output_tokens=body.tools_tokens_size_limit,
        sources=tuple(reference.name for reference in body.context),
        variables=default_values(body.prompt_variables),
        servers=tuple(server.model_dump(mode="json") for server in body.mcp_servers),
        assistant_ids=tuple(body.assistant_ids),
        builtin_subagents=tuple(body.enabled_builtin_subagents),
        toolkits=tuple(toolkit.model_dump(mode="json") for toolkit in body.toolkits),
        chooses_tools=bool(body.smart_tool_selection_enabled),
        plan=planning(body.agent_mode or "general", body.plan_prompt),
    )
