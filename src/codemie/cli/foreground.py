"""What `serve`, `worker` and `migrate` do: one role of the platform in this process."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from codemie.cli import watchdog
from codemie.kernel.errors import ConfigurationError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from codemie.settings import Settings

_DRAIN_SECONDS = 5


def serve() -> None:
    """Serve HTTP until SIGTERM or SIGINT; open requests get a few seconds to end."""
    watchdog.follow_supervisor()
    import uvicorn

    from codemie.app import create_app
    from codemie.settings import load_settings

    kernel = load_settings()[0].kernel
    config = uvicorn.Config(
        _brief_about_failures(create_app()),
        host=kernel.host,
        port=kernel.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Whoever sends a header could claim any address: the rooms that care read it themselves.
        proxy_headers=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise ConfigurationError("The API did not start", help="The line above says why")


def work() -> None:
    """Take durable work until SIGTERM or SIGINT."""
    watchdog.follow_supervisor()
    from codemie.worker import run

    asyncio.run(run())


def migrate(*, as_json: bool) -> None:
    """Bring the configured database to this version's schema, make the first administrator, and say what was done.

    Raises:
        ConfigurationError: no database is configured.
    """
    from codemie.kernel.migration import migrate as apply
    from codemie.settings import load_settings

    settings = load_settings()[0]
    url = settings.kernel.database_url
    if url is None:
        raise ConfigurationError(
            "No database is configured",
            help="Set CODEMIE_DATABASE_URL; 'codemiectl up' migrates the embedded database by itself",
        )
    applied = apply(url.get_secret_value())
    administrator = asyncio.run(_first_administrator(settings, url.get_secret_value()))
    if as_json:
        print(json.dumps({"applied": applied, "administrator": administrator}), flush=True)
        return
    print(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.", flush=True)
    if administrator:
        print(f"Created the first administrator, {administrator['email']}.", flush=True)
    if administrator and administrator["password"]:
        print(f"Its password, shown this once: {administrator['password']}", flush=True)


async def _first_administrator(settings: "Settings", url: str) -> dict[str, str | None] | None:
    # The password is told only when it was generated: a chosen one is known already.
    from codemie.identity.bootstrap import ensure_first_administrator
    from codemie.kernel.database import Database

    database = Database(url, pool_size=1)
    try:
        made = await ensure_first_administrator(database, settings.identity)
    finally:
        await database.close()
    return made and {"email": made.email, "password": made.password if made.generated else None}


def _brief_about_failures(app: "ASGIApp") -> "ASGIApp":
    # Starlette reports a failed start as a traceback; the operator needs its last line.
    async def wrapped(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return

        async def briefly(message: "Message") -> None:
            if message["type"] == "lifespan.startup.failed":
                message = {**message, "message": _last_line(message.get("message", ""))}
            await send(message)

        await app(scope, receive, briefly)

    return wrapped


def _last_line(traceback: Any) -> str:
    lines = [line for line in str(traceback).splitlines() if line.strip()]
    return lines[-1] if lines else "The API did not start."
