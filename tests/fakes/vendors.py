"""External systems as far as a connection test sees them: who may come in, and in which words they refuse."""

import ssl
from base64 import b64decode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

TOKEN = "right-token"
NARROW = "narrow-token"
"""A token that is right, but may do nothing."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


def _status(request: web.Request) -> int:
    """By what was sent: user and secret, from a basic or bearer header, or an API key's."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    sent = b64decode(value).decode().split(":") if kind == "Basic" else [value]
    sent.append(request.headers.get("x-sn-apikey", ""))
    if NARROW in sent:
        return 403
    return 200 if TOKEN in sent else 401


def _plain(body: object, refusal: object, success: int = 200) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        code = _status(request)
        return web.json_response(body if code == 200 else refusal, status=success if code == 200 else code)

    return handle


async def _confluence(request: web.Request) -> web.Response:
    return web.json_response({"type": "known" if _status(request) == 200 else "anonymous"})


async def _git(request: web.Request) -> web.Response:
    code = _status(request) if request.query.get("service") == "git-upload-pack" else 400
    return web.Response(text="001e# service=git-upload-pack\n" if code == 200 else "Access denied", status=code)


async def _azure_devops(request: web.Request) -> web.Response:
    if _status(request) == 401:
        return web.Response(text="<html>Sign In</html>", status=203)
    if request.path.endswith("/connectionData"):
        return web.json_response({"authenticatedUser": {"id": "1", "providerDisplayName": "Me"}})
    if request.match_info["project"] != "Team":
        return web.json_response({"message": "TF200016: The following project does not exist"}, status=404)
    return web.json_response({"name": "Team"})


async def _sonar(request: web.Request) -> web.Response:
    return web.json_response({"valid": _status(request) == 200})


_ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/rest/api/2/myself", _plain({"name": "me"}, {"errorMessages": ["no"]})),
    ("GET", "/wiki/rest/api/user/current", _confluence),
    ("GET", "/team/app.git/info/refs", _git),
    ("GET", "/acme/_apis/connectionData", _azure_devops),
    ("GET", "/acme/_apis/projects/{project}", _azure_devops),
    ("GET", "/api/authentication/validate", _sonar),
    ("GET", "/api/now/table/sys_user", _plain({"result": []}, {"error": {"message": "User is not authenticated"}})),
    ("GET", "/api/v1/demo/launch", _plain({"content": []}, {"error": "unauthorized"})),
    ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", _plain({}, {"kind": "Status"}, 201)),
    ("GET", "/projects", _plain({"values": []}, {"message": "no"})),
]


@asynccontextmanager
async def running(certificate: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """All of them on one free loopback port; gives the address."""
    app = web.Application()
    app.add_routes([web.route(method, path, handler) for method, path, handler in _ROUTES])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate)
    await site.start()
    yield f"{'https' if certificate else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
