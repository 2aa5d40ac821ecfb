"""Routes for plugins of editors."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from codemie.conversations import ide, ide_conversations, replies
from codemie.conversations.chat_endpoints import ANSWERS, chat_room
from codemie.conversations.ide_schemas import (
    IdeChatRequest,
    IdeConfigurationRequest,
    IdeConfigurationResponse,
    VirtualIdeChatRequest,
)
from codemie.conversations.opening import open_turn
from codemie.conversations.schemas import ConversationItem, ConversationObject, CreateConversation
from codemie.identity.authentication import CallerDep
from codemie.identity.caller import Caller
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import Unavailable
from codemie.kernel.http import resources
from codemie.kernel.tools import Tool
from codemie.plugins.client_address import client_uri
from codemie.plugins.tools import PluginTools

router = APIRouter(prefix="/v1/ide", tags=["IDE"])

AssistantId = Annotated[str, Path(max_length=200)]


@router.post("/config")
async def configure(
    request: Request, session: SessionDep, caller: CallerDep, body: IdeConfigurationRequest
) -> IdeConfigurationResponse:
    """Tell which plugin key an editor connects with, and learn where to."""
    opened = resources(request)
    held = opened.integrations
    await ide.configure(session, caller, held.vault, held.withdrawals, body)
    return IdeConfigurationResponse(nats_uri=client_uri(request, opened.settings.plugins))


@router.get("/virtual/conversations/{virtual_assistant_id}")
async def list_virtual_conversations(
    session: SessionDep, caller: CallerDep, virtual_assistant_id: AssistantId
) -> list[ConversationItem]:
    """The caller's conversations with an assistant that an editor defines, newest first."""
    return await ide_conversations.listed(session, caller, virtual_assistant_id)


@router.post("/virtual/conversations")
async def create_virtual_conversation(
    session: SessionDep, caller: CallerDep, body: CreateConversation
) -> ConversationObject:
    """Begin a conversation with an assistant that an editor defines."""
    return await ide_conversations.create(session, caller, body)


@router.post("/inference/virtual", responses=ANSWERS)
async def ask_virtual(body: VirtualIdeChatRequest, request: Request, caller: CallerDep) -> Response:
    """Ask an assistant that the editor defines, with the editor's tools."""
    room = chat_room(request)
    tools = await _tools(request, caller, body)
    turn = await ide_conversations.open_virtual(room, caller, body)
    ide.equip(turn, tools, body)
    return await replies.respond(room, turn, stream=body.stream, errors=None, stops=body.stop_on_disconnect)


@router.post("/inference/{assistant_id}", responses=ANSWERS)
async def ask(assistant_id: AssistantId, body: IdeChatRequest, request: Request, caller: CallerDep) -> Response:
    """Ask a stored assistant, with the editor's tools beside its own."""
    room = chat_room(request)
    tools = await _tools(request, caller, body, assistant_id)
    turn = await open_turn(room, caller, assistant_id, body)
    ide.equip(turn, tools, body)
    return await replies.respond(room, turn, stream=body.stream, errors=None, stops=body.stop_on_disconnect)


async def _tools(
    request: Request, caller: Caller, body: IdeChatRequest, assistant_id: str | None = None
) -> tuple[Tool, ...]:
    opened = resources(request)
    plugins: PluginTools | None = opened.plugins.tools
    if plugins is None and body.tools:
        raise Unavailable("This installation has no plugin engine", help="Set CODEMIE_PLUGINS_BROKER_SECRET.")
    vault = opened.integrations.vault
    return await ide.tools_of(plugins, opened.database, vault, caller, body, assistant_id=assistant_id)
