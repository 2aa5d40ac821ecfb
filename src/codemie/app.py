"""Composes the API process: settings, resources, routes, web UI. It decides nothing.

A room with long-lived objects has a `runtime.py` with `open_runtime(settings, database, messaging)`, an async
context manager; what it yields is `app.state.resources.<room>`. A room's routes are `endpoints.py: router`.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic import SecretStr

from codemie import __version__
from codemie.assistants import category_endpoints as categories
from codemie.assistants import drafting_endpoints as drafting
from codemie.assistants import endpoints as assistants
from codemie.assistants import exchange_endpoints as exchange
from codemie.assistants import marketplace_endpoints as marketplace
from codemie.assistants import personal_endpoints as personal
from codemie.assistants import reindexing_endpoints as reindexing
from codemie.assistants import retirement_endpoints as retirement
from codemie.assistants import setup_endpoints as setup
from codemie.assistants import teaching_endpoints as teaching
from codemie.assistants import trials_endpoints as trials
from codemie.assistants import usage_endpoints as usage
from codemie.assistants import version_endpoints as versions
from codemie.assistants.repository import names_in as assistants_of
from codemie.assistants.runtime import AssistantsRuntime
from codemie.assistants.runtime import open_runtime as open_assistants
from codemie.configuration import endpoints as configuration
from codemie.configuration.runtime import Configuration
from codemie.configuration.runtime import open_runtime as open_configuration
from codemie.conversations import a2a_endpoints as a2a
from codemie.conversations import administration_endpoints as administration
from codemie.conversations import attachment_endpoints as attachments
from codemie.conversations import chat_endpoints as chat
from codemie.conversations import completions_endpoints as completions
from codemie.conversations import endpoints as conversations
from codemie.conversations import export_endpoints as exports
from codemie.conversations import feedback_endpoints as feedback
from codemie.conversations import ide_endpoints as editors
from codemie.conversations import live_endpoints as live
from codemie.conversations import mcp_endpoints as mcp_server
from codemie.conversations import sharing_endpoints as sharing
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.lent_files import LentFiles
from codemie.conversations.runtime import ConversationsRuntime
from codemie.conversations.runtime import open_runtime as open_conversations
from codemie.guardrails import endpoints as guardrails
from codemie.guardrails.assigning import Entities
from codemie.identity import endpoints as identity
from codemie.identity.runtime import Identity
from codemie.identity.runtime import open_runtime as open_identity
from codemie.integrations import endpoints as integrations
from codemie.integrations.moving import when_copied, when_moved
from codemie.integrations.runtime import IntegrationsRuntime
from codemie.integrations.runtime import open_runtime as open_integrations
from codemie.kernel import health
from codemie.kernel.database import Database
from codemie.kernel.error_responses import ERROR_RESPONSES, install_error_handlers
from codemie.kernel.errors import Unavailable
from codemie.kernel.http import Section, settle_access_first
from codemie.kernel.messaging import Messaging
from codemie.kernel.migration import refuse_unmigrated
from codemie.kernel.request_context import RequestContext
from codemie.kernel.row_security import NOBODY, Reach
from codemie.kernel.telemetry import configure_logging, configure_tracing
from codemie.knowledge import callback_endpoints as callbacks
from codemie.knowledge import endpoints as knowledge
from codemie.knowledge import grants_endpoints as grants
from codemie.knowledge.repository import let_go as sources_let_go
from codemie.knowledge.repository import names_in as sources_of
from codemie.knowledge.runtime import Knowledge
from codemie.knowledge.runtime import open_runtime as open_knowledge
from codemie.mcp import auth_endpoints as mcp_auth
from codemie.mcp import endpoints as mcp
from codemie.mcp.runtime import McpRuntime
from codemie.mcp.runtime import open_runtime as open_mcp
from codemie.mcp.serving import McpServing
from codemie.models import endpoints as models
from codemie.models.mock import http as mock
from codemie.models.runtime import ModelsRuntime
from codemie.models.runtime import open_runtime as open_models
from codemie.operations import endpoints as operations
from codemie.operations.client_metrics import ClientMetrics
from codemie.operations.health import SelfExamination
from codemie.operations.runtime import open_client_metrics
from codemie.operations.support_bundles import SupportBundles
from codemie.plugins import keys_endpoints as plugin_keys
from codemie.plugins import rights_repository as plugin_rights
from codemie.plugins import transport_endpoints as plugin_transport
from codemie.plugins.listener import listening
from codemie.plugins.runtime import PluginsRuntime
from codemie.plugins.runtime import open_runtime as open_plugins
from codemie.settings import Settings, load_settings, missing_servers, reread
from codemie.skills import endpoints as skills
from codemie.skills import event_endpoints as skill_events
from codemie.skills.runtime import SkillsRuntime
from codemie.skills.runtime import open_runtime as open_skills
from codemie.speech import endpoints as speech
from codemie.speech.runtime import Speech
from codemie.speech.runtime import open_runtime as open_speech
from codemie.toolkits import endpoints as toolkits
from codemie.toolkits.runtime import ToolkitsRuntime
from codemie.toolkits.runtime import open_runtime as open_toolkits
from codemie.workspaces import endpoints as workspaces
from codemie.workspaces.runtime import Workspaces
from codemie.workspaces.runtime import open_runtime as open_workspaces

# Literal paths before patterns: the order of routers is the order of matching, and its cost; chat is the busiest.
ROUTERS = tuple(
    module.router
    for module in (
        *(chat, completions, a2a),
        *(attachments, sharing, administration, workspaces, live, exports, conversations),
        *(health, identity, configuration, models, mock, speech, editors),
        *(callbacks, knowledge, grants, guardrails),
        *(integrations, plugin_keys, toolkits, feedback, mcp, mcp_auth, mcp_server),
        *(skill_events, skills, categories, marketplace, personal, versions),
        *(drafting, exchange, teaching, trials, retirement, reindexing, setup, usage, assistants),
        *(plugin_transport, operations),
    )
)


@dataclass(frozen=True, slots=True)
class Resources:
    """What the process opened at start and closes at the end."""

    settings: Settings
    database: Database
    messaging: Messaging
    identity: Identity
    configuration: Configuration
    models: ModelsRuntime
    integrations: IntegrationsRuntime
    speech: Speech
    knowledge: Knowledge
    mcp: McpRuntime
    plugins: PluginsRuntime
    skills: SkillsRuntime
    toolkits: ToolkitsRuntime
    assistants: AssistantsRuntime
    workspaces: Workspaces
    conversations: ConversationsRuntime
    mcp_server: McpServing
    client_metrics: ClientMetrics
    self_examination: SelfExamination
    support_bundles: SupportBundles
    guarded_entities: Entities


@asynccontextmanager
async def open_resources(settings: Settings, *, unbound: Reach = NOBODY) -> AsyncGenerator[Resources]:
    """Database, messaging and every room's runtime, for an API or a worker.

    Args:
        settings: of the process.
        unbound: what transactions of the process may touch that are in nobody's name.

    Raises:
        ConfigurationError: no database or message bus is configured.
        Unavailable: one of them does not answer.
    """
    kernel = settings.kernel
    if kernel.database_url is None or kernel.nats_url is None:
        raise missing_servers(settings, "database_url", "nats_url")
    async with AsyncExitStack() as stack:
        database = Database(
            kernel.database_url.get_secret_value(), pool_size=kernel.database_pool_size, unbound=unbound
        )
        stack.push_async_callback(database.close)
        with _placed("PostgreSQL", "CODEMIE_DATABASE_URL", kernel.database_url):
            async with database.session() as session:
                await refuse_unmigrated(session)
        with _placed("NATS", "CODEMIE_NATS_URL", kernel.nats_url):
            messaging = await Messaging.connect(kernel.nats_url.get_secret_value())
        stack.push_async_callback(messaging.close)
        shared = (settings, database, messaging)
        files = AttachmentStore(database, settings.conversations.max_files_bytes)
        rooms = await stack.enter_async_context(open_workspaces(settings, database, LentFiles(files)))
        identity_room = await stack.enter_async_context(open_identity(*shared))
        configured = await stack.enter_async_context(open_configuration(*shared))
        credentials = await stack.enter_async_context(open_integrations(*shared))
        yield Resources(
            *shared,
            identity=identity_room,
            configuration=configured,
            models=await stack.enter_async_context(open_models(*shared)),
            integrations=credentials,
            speech=await stack.enter_async_context(open_speech(*shared)),
            knowledge=await stack.enter_async_context(open_knowledge(*shared, credentials.vault)),
            mcp=await stack.enter_async_context(open_mcp(*shared, configured)),
            plugins=await stack.enter_async_context(open_plugins(*shared, credentials)),
            skills=await stack.enter_async_context(open_skills(*shared)),
            toolkits=await stack.enter_async_context(open_toolkits(*shared)),
            assistants=await stack.enter_async_context(open_assistants(*shared)),
            workspaces=rooms,
            conversations=await stack.enter_async_context(open_conversations(*shared, files, rooms)),
            mcp_server=await stack.enter_async_context(mcp_server.open_serving()),
            client_metrics=open_client_metrics(settings.operations),
            self_examination=SelfExamination(settings, reread),
            support_bundles=SupportBundles(settings.kernel.home),
            guarded_entities={"assistant": assistants_of, "knowledgebase": sources_of},
        )


@contextmanager
def _placed(server: str, variable: str, url: SecretStr) -> Generator[None]:
    """Let who starts the process know which address did not answer; what clients read later names none."""
    try:
        yield
    except Unavailable as error:
        raise Unavailable(
            f"{server} does not answer",
            details=f"It was looked for at {_address(url.get_secret_value())}, which {variable} names",
            help=f"Start it, or correct {variable}",
        ) from error


def _address(url: str) -> str:
    """Where a URL leads, without the credentials in it."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", [parts.path])[0]


def create_app(settings: Settings | None = None) -> RequestContext:
    """The ASGI application, ready for uvicorn (`codemie.app:create_app`, factory).

    Raises:
        ConfigurationError: a setting is wrong or a route declares no access.
    """
    settings = settings or load_settings()[0]
    configure_logging(settings.kernel)
    configure_tracing(settings.kernel, "codemie-api", __version__)
    when_moved(sources_let_go)
    when_copied(plugin_rights.copy)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_resources(settings) as opened:
            app.state.resources = opened
            # Takes seconds; in a thread now, so that the first chat with tools does not wait for it.
            warming = asyncio.create_task(asyncio.to_thread(import_module, "codemie.agents.reasoning"))
            plugins = opened.plugins
            async with listening(settings.plugins, plugins.bridge, plugins.bridged):
                yield
            await warming

    app = FastAPI(
        title="CodeMie",
        version=__version__,
        description="Self-hosted enterprise AI platform.",
        lifespan=lifespan,
        max_body_size=settings.kernel.max_request_bytes,
        # Both pages load scripts from elsewhere; the reference in our own documentation does not.
        docs_url=None,
        redoc_url=None,
        responses=ERROR_RESPONSES,
    )
    install_error_handlers(app)
    if origin := settings.kernel.frontend_url:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.rstrip("/")],
            allow_credentials=True,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["Content-Disposition", "X-Request-ID"],
        )
    for router in ROUTERS:
        app.include_router(Section(router))
    settle_access_first(app)
    if web := web_directory(settings):
        app.frontend("/", directory=web, fallback="index.html")
    kernel = settings.kernel
    # The proxy ends TLS: that people come in by it is known from the public address alone.
    by_https = (kernel.frontend_url or "").startswith("https:")
    return RequestContext(
        app,
        prefix=kernel.api_root_path,
        max_body_bytes=kernel.max_request_bytes,
        transport=kernel.strict_transport_security if by_https else "",
    )


async def send_agents_away(api: RequestContext) -> None:
    """Before the server closes its connections: agents that are not told come back only after minutes."""
    opened = getattr(api.app.state, "resources", None) if isinstance(api.app, FastAPI) else None
    resources: Resources | None = opened
    if resources is not None and resources.plugins.bridge is not None:
        await resources.plugins.bridge.farewell()


def web_directory(settings: Settings) -> Path | None:
    """The built web UI: as configured, packaged with us, or built beside the source; None when there is none."""
    here = Path(__file__).parent
    candidates = [settings.kernel.web_dir, here / "web", here.parent.parent / "web" / "dist"]
    return next((path for path in candidates if path and (path / "index.html").is_file()), None)
