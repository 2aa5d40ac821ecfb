"""What `serve`, `worker` and `migrate` do: one role of the platform in this process."""

import asyncio
import contextlib
import json
import logging
from typing import TYPE_CHECKING

from codemie.cli import allocator, collector, ports, watchdog
from codemie.kernel.errors import CodeMieError, ConfigurationError

if TYPE_CHECKING:
    import socket

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from codemie.settings import Settings

_DRAIN_SECONDS = 5


def serve() -> None:
    """Serve HTTP until SIGTERM or SIGINT; open requests get a few seconds to end.

    Raises:
        Refused: the port is taken.
        ConfigurationError: a setting is wrong or missing.
        Unavailable: a server it needs does not answer.
    """
    watchdog.follow_supervisor()
    allocator.keep_few_arenas()
    collector.not_yet()
    import uvicorn

    from codemie.app import create_app, send_agents_away
    from codemie.settings import load_settings

    kernel = load_settings()[0].kernel
    ports.refuse_taken(kernel.host, kernel.port)
    served = create_app()
    api = _Start(served)

    class Server(uvicorn.Server):
        """Takes leave of agents before connections are closed."""

        async def shutdown(self, sockets: "list[socket.socket] | None" = None) -> None:
            await send_agents_away(served)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        api,
        host=kernel.host,
        port=kernel.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Whoever sends a header could claim any address: the rooms that care read it themselves.
        proxy_headers=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        lifespan="on",
        # Agents send what they have as it is; a compressor for each would take more memory than they do.
        ws_per_message_deflate=False,
    )
    server = Server(config)
    # uvicorn reports a failed start by leaving the process, without a word.
    with contextlib.suppress(SystemExit):
        server.run()
    if api.failure:
        raise api.failure
    if not server.started:
        raise ConfigurationError("The API did not start", help="The lines above say why")


def work() -> None:
    """Take durable work until SIGTERM or SIGINT."""
    watchdog.follow_supervisor()
    allocator.keep_few_arenas()
    collector.not_yet()
    from codemie.worker import run

    asyncio.run(run(when_ready=collector.from_now_on))


def migrate(*, as_json: bool) -> None:
    """Bring the configured database to this version's schema, make the first administrator, and say what was done.

    Raises:
        ConfigurationError: no database is configured.
    """
    from codemie.kernel.migration import migrate as apply
    from codemie.settings import load_settings, missing_servers

    settings = load_settings()[0]
    url = settings.kernel.database_url
    if url is None:
        raise missing_servers(settings, "database_url")
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


class _Start:
    """The API, and why it did not start: an error that people can mend is told by the command, in one line."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app
        self._server_log = logging.getLogger("uvicorn.error")
        # What uvicorn says about a start is worth reading when there was one.
        self._server_log.setLevel(logging.CRITICAL)
        self.failure: CodeMieError | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def heard(message: "Message") -> None:
            if message["type"] == "lifespan.startup.complete":
                self._server_log.setLevel(logging.NOTSET)
                collector.from_now_on()
            await send(message)

        try:
            await self._app(scope, receive, heard)
        except CodeMieError as error:
            self.failure = error
            raise
        except Exception:
            # Nobody foresaw it: the traceback is all there is.
            self._server_log.setLevel(logging.NOTSET)
            self._server_log.exception("The API did not start")
            raise
