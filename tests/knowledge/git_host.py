"""A Git host on loopback: real repositories over smart HTTP, a private one, a redirecting one, and a web page."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from tests.fakes.git_http import backend

ADVERTISED = "application/x-git-upload-pack-advertisement"


@asynccontextmanager
async def git_host(root: Path) -> AsyncGenerator[str]:
    """Serve `root` at `/git/…`; yields the host's base address."""

    async def repository(request: web.Request) -> web.Response:
        return await backend(root, request.path.removeprefix("/git"), request)

    async def private(_: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="git"'})

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    async def moved(request: web.Request) -> web.Response:
        target = request.path.removeprefix("/moved").removesuffix("/info/refs")
        raise web.HTTPMovedPermanently(f"/git{target}/info/refs?{request.query_string}")

    async def inward(_: web.Request) -> web.Response:
        raise web.HTTPFound("https://10.0.0.1/secret/info/refs")

    app = web.Application()
    app.router.add_route("*", "/git/{path:.*}", repository)
    app.router.add_get("/private/{path:.*}", private)
    app.router.add_get("/page/{path:.*}", page)
    app.router.add_get("/moved/{path:.*}", moved)
    app.router.add_get("/inward/{path:.*}", inward)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
