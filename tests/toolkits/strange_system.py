"""A system with the addresses of GitLab that does whatever a test wants of it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

TOKEN = "right-token"


@dataclass
class StrangeSystem:
    """What it was asked, and how it answers next; in order, the last for ever."""

    url: str = ""
    asked: list[web.Request] = field(default_factory=list[web.Request])
    bodies: list[bytes] = field(default_factory=list[bytes])
    answers: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.bodies.append(await request.read())
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "401 Unauthorized"}, status=401)
        if not self.answers:
            return web.json_response({"path": request.path, "query": dict(request.query)})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    def answer(self, status: int = 200, text: str = "{}", kind: str = "application/json", **headers: str) -> None:
        """Say this next."""

        async def say(_: web.Request) -> web.Response:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, body=text.encode(), content_type=kind, headers=sent)

        self.answers.append(say)

    def send_bytes(self, size: int, kind: str) -> None:
        """Say this many bytes next."""

        async def say(_: web.Request) -> web.Response:
            return web.Response(body=bytes(size), content_type=kind)

        self.answers.append(say)

    def break_off(self) -> None:
        """Close the connection instead of an answer."""

        async def cut(request: web.Request) -> web.Response:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
            return web.Response()

        self.answers.append(cut)


@asynccontextmanager
async def running() -> AsyncGenerator[StrangeSystem]:
    """One on a free loopback port."""
    system = StrangeSystem()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", system.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    system.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield system
    await runner.cleanup()
