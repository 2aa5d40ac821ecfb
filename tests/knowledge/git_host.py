"""A Git host on loopback: real repositories over smart HTTP, a private one, a redirecting one, and a web page."""

import asyncio
import os
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

ADVERTISED = "application/x-git-upload-pack-advertisement"


async def _backend(root: Path, request: web.Request) -> web.Response:
    """Git's own CGI program serves the repositories under `root`."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "PATH_INFO": request.path.removeprefix("/git"),
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "HTTP_GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
    }
    body = await request.read()
    done = await asyncio.to_thread(
        subprocess.run, ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
    )
    output: bytes = done.stdout
    head, _, content = output.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(headers.pop("Status", "200").split()[0])
    return web.Response(status=status, body=content, headers=headers)


@asynccontextmanager
async def git_host(root: Path) -> AsyncGenerator[str]:
    """Serve `root` at `/git/…`; yields the host's base address."""

    async def backend(request: web.Request) -> web.Response:
        return await _backend(root, request)

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
    app.router.add_route("*", "/git/{path:.*}", backend)
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
