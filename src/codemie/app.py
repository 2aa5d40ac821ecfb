"""Composes the API process: settings, resources, routes, web UI. It decides nothing.

A room with long-lived objects has a `runtime.py` with `open_runtime(settings, database, messaging)`, an async
context manager; what it yields is `app.state.resources.<room>`. A room's routes are `endpoints.py: router`.
"""

import importlib
import importlib.util
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from codemie import __version__
from codemie.kernel import health
from codemie.kernel.database import Database
from codemie.kernel.error_responses import ERROR_RESPONSES, install_error_handlers
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.http import refuse_undeclared_routes
from codemie.kernel.messaging import Messaging
from codemie.kernel.request_context import RequestContext
from codemie.kernel.telemetry import configure_logging, configure_tracing
from codemie.settings import Settings, load_settings

RUNTIMES = ("identity", "models", "knowledge", "assistants", "conversations")
# Literal paths before patterns: the order of routers is the order of matching.
ROUTERS = (
    "identity.endpoints",
    "models.endpoints",
    "models.mock.http",
    "knowledge.endpoints",
    "conversations.chat_endpoints",
    "assistants.endpoints",
    "conversations.attachment_endpoints",
    "conversations.endpoints",
)


@dataclass
class Resources:
    """What the process opened at start and closes at the end."""

    settings: Settings
    database: Database
    messaging: Messaging
    rooms: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, room: str) -> Any:
        """`resources.models` is what the models room's runtime yielded."""
        try:
            return self.__dict__["rooms"][room]
        except KeyError:
            raise AttributeError(room) from None


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncGenerator[Resources]:
    """Database, messaging and every room's runtime, for an API or a worker.

    Raises:
        ConfigurationError: no database or message bus is configured.
        Unavailable: one of them does not answer.
    """
    kernel = settings.kernel
    if kernel.database_url is None or kernel.nats_url is None:
        raise ConfigurationError(
            "No database or message bus is configured",
            details="CODEMIE_DATABASE_URL and CODEMIE_NATS_URL must both be set for 'serve' and 'worker'.",
            help="Run 'codemiectl up' to have both started for you.",
        )
    async with AsyncExitStack() as stack:
        database = Database(kernel.database_url.get_secret_value(), pool_size=kernel.database_pool_size)
        stack.push_async_callback(database.close)
        messaging = await Messaging.connect(kernel.nats_url.get_secret_value())
        stack.push_async_callback(messaging.close)
        opened = Resources(settings, database, messaging)
        for room in RUNTIMES:
            name = f"codemie.{room}.runtime"
            if importlib.util.find_spec(name) is None:
                continue
            runtime = importlib.import_module(name)
            opened.rooms[room] = await stack.enter_async_context(runtime.open_runtime(settings, database, messaging))
        yield opened


def create_app(settings: Settings | None = None) -> RequestContext:
    """The ASGI application, ready for uvicorn (`codemie.app:create_app`, factory).

    Raises:
        ConfigurationError: a setting is wrong or a route declares no access.
    """
    settings = settings or load_settings()[0]
    configure_logging(settings.kernel)
    configure_tracing(settings.kernel, "codemie-api", __version__)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_resources(settings) as opened:
            app.state.resources = opened
            yield

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
    app.include_router(health.router)
    for name in ROUTERS:
        if importlib.util.find_spec(f"codemie.{name.rpartition('.')[0]}") and importlib.util.find_spec(
            f"codemie.{name}"
        ):
            app.include_router(importlib.import_module(f"codemie.{name}").router)
    refuse_undeclared_routes(app)
    if web := web_directory(settings):
        app.frontend("/", directory=web, fallback="index.html")
    return RequestContext(app, prefix=settings.kernel.api_root_path, max_body_bytes=settings.kernel.max_request_bytes)


def web_directory(settings: Settings) -> Path | None:
    """The built web UI: as configured, packaged with us, or built beside the source; None when there is none."""
    here = Path(__file__).parent
    candidates = [settings.kernel.web_dir, here / "web", here.parent.parent / "web" / "dist"]
    return next((path for path in candidates if path and (path / "index.html").is_file()), None)
