"""How agents reach the broker over the HTTPS port, where nothing else is open."""

import asyncio
import contextlib

from fastapi import APIRouter, Response, WebSocket
from starlette.websockets import WebSocketDisconnect

from codemie.kernel.errors import TooManyRequests, Unavailable
from codemie.plugins.client_address import WEBSOCKET_PATH
from codemie.plugins.runtime import PluginsRuntime

_COME_AGAIN = 1012

router = APIRouter(tags=["Plugins"])


class _WebSocketSide:
    """An agent behind a WebSocket."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> bytes:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            return b""
        return message.get("bytes") or (message.get("text") or "").encode()

    async def send(self, data: bytes) -> None:
        try:
            await self._socket.send_bytes(data)
        except WebSocketDisconnect as error:
            raise ConnectionResetError from error


@router.websocket(WEBSOCKET_PATH)
async def agents(socket: WebSocket) -> None:
    """Open to everybody: the broker asks for a plugin key. Pages of browsers have no business here."""
    resources = socket.app.state.resources
    plugins: PluginsRuntime = resources.plugins
    if plugins.bridge is None:
        await _deny(socket, 503, "This installation has no plugin engine.")
        return
    if "origin" in socket.headers:
        await _deny(socket, 403, "Browsers are not let in.")
        return
    address = resources.identity.addresses.of(socket)
    try:
        plugins.bridged.spend(address)
        async with plugins.bridge.crossing() as crossing:
            await socket.accept()
            await plugins.bridge.carry(
                _WebSocketSide(socket), crossing, address, spend=lambda: plugins.bridged.spend(address)
            )
    except TooManyRequests as error:
        await _deny(socket, 429, error.message)
        return
    except Unavailable as error:
        await _deny(socket, 503, error.message)
    else:
        await _hang_up(socket)


async def _hang_up(socket: WebSocket) -> None:
    # The agent hangs up when it has read the farewell; whoever does not is closed.
    try:
        async with asyncio.timeout(1):
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
    except (TimeoutError, RuntimeError):
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await socket.close(_COME_AGAIN)


async def _deny(socket: WebSocket, status: int, text: str) -> None:
    await socket.send_denial_response(Response(text, status, media_type="text/plain"))
