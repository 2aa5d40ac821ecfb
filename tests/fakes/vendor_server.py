"""What fakes of vendors share: a loopback port, answers on demand, rate limits, pages."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Vendor(Protocol):
    """A system with a state of its own."""

    faults: "Faults"

    def app(self) -> web.Application:
        """Its API."""
        ...


@dataclass
class Faults:
    """What happens to the next requests instead of an answer, in order; then everything is as usual."""

    coming: list[Handler] = field(default_factory=list[Handler])
    asked: list[str] = field(default_factory=list[str])
    """Every request, as ``GET /path``."""

    def status(self, status: int, body: Any = None, **headers: str) -> None:
        """An answer with this status; header names with ``_`` for ``-``."""

        async def answer(_: web.Request) -> web.Response:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.json_response(body if body is not None else {"message": "fault"}, status=status, headers=sent)

        self.coming.append(answer)

    def limited(self, seconds: int = 0, times: int = 1) -> None:
        """Too many requests."""
        for _ in range(times):
            self.status(429, {"message": "Too Many Requests"}, Retry_After=str(seconds))

    def huge(self, size: int = 11 * 2**20) -> None:
        """An answer that nobody should read to its end."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=bytes(size), content_type="text/plain")

        self.coming.append(answer)

    def binary(self) -> None:
        """An answer that is no text."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=bytes(range(256)) * 4, content_type="application/octet-stream")

        self.coming.append(answer)

    def page(self, html: str) -> None:
        """An answer with other HTML."""

        async def answer(_: web.Request) -> web.Response:
            return web.Response(text=html, content_type="text/html")

        self.coming.append(answer)

    def broken(self, times: int = 1) -> None:
        """A connection that breaks off."""

        async def answer(request: web.Request) -> web.Response:
            if request.transport is not None:
                request.transport.abort()
            await asyncio.sleep(0)
            return web.Response()

        self.coming.extend([answer] * times)

    def redirect(self, location: str) -> None:
        """Elsewhere."""
        self.status(302, {}, Location=location)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Put it into an application."""
        self.asked.append(f"{request.method} {request.path}")
        if self.coming:
            return await self.coming.pop(0)(request)
        answer: web.StreamResponse = await handler(request)
        return answer


@asynccontextmanager
async def serving(vendor: Vendor, *, port: int = 0) -> AsyncGenerator[str]:
    """The vendor on a loopback port; gives the address."""
    runner = web.AppRunner(vendor.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def page_of(
    items: Sequence[Any], request: web.Request, *, most: int = 100, usual: int = 20
) -> tuple[list[Any], int, int]:
    """The page that is asked for by ``page`` and ``per_page``, its number, and how many pages there are."""
    size = max(1, min(most, int(request.query.get("per_page", usual))))
    number = max(1, int(request.query.get("page", 1)))
    return list(items[(number - 1) * size : number * size]), number, -(-len(items) // size)
