"""NATS inside WebSocket frames (RFC 6455), as far as a client needs it: binary frames, pings, closing."""

import base64
import hashlib
import os
import struct

from codemie.plugins.diagnosis.dialling import Closed, Link, read_head
from codemie.plugins.diagnosis.target import Target

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MAX_FRAME = 16 * 1024 * 1024
_CLOSE, _PING, _PONG = 8, 9, 10


class NotUpgraded(Exception):
    """The server does not change to WebSocket.

    Args:
        status: of its HTTP answer; 0 when that was no HTTP.
        line: the first line of its answer.
        kind: content type of its answer.
    """

    def __init__(self, status: int, line: str, kind: str) -> None:
        super().__init__(line)
        self.status = status
        self.line = line
        self.kind = kind


class WebSocket:
    """A connection whose bytes travel in frames."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting = bytearray()

    @classmethod
    async def upgraded(cls, link: Link, target: Target) -> "WebSocket":
        """Ask for the change and check the answer.

        Raises:
            NotUpgraded: the server answers something else.
        """
        nonce = base64.b64encode(os.urandom(16)).decode()
        lines = (
            f"GET {target.path} HTTP/1.1",
            f"Host: {target.authority}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {nonce}",
            "Sec-WebSocket-Version: 13",
        )
        await link.write("\r\n".join([*lines, "", ""]).encode())
        status, line, headers = await read_head(link)
        proof = base64.b64encode(hashlib.sha1(f"{nonce}{_MAGIC}".encode(), usedforsecurity=False).digest()).decode()
        if status != 101 or headers.get("sec-websocket-accept") != proof:
            raise NotUpgraded(status, line, headers.get("content-type", ""))
        return cls(link)

    async def read_some(self) -> bytes:
        """The next bytes of NATS.

        Raises:
            Closed: there are none.
        """
        while True:
            opcode, payload = await self._frame()
            if opcode == _CLOSE:
                raise Closed("the other side closed the WebSocket")
            if opcode == _PING:
                await self._send(_PONG, payload)
            elif opcode != _PONG and payload:
                return payload

    async def write(self, data: bytes) -> None:
        """Send bytes as one frame.

        Raises:
            Closed: nobody takes them.
        """
        await self._send(2, data)

    async def _send(self, opcode: int, data: bytes) -> None:
        mask = os.urandom(4)
        if len(data) < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | len(data))
        elif len(data) < 65_536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(data))
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, len(data))
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        await self._link.write(head + mask + masked)

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self._exactly(2)
        size = second & 0x7F
        if size >= 126:
            size = int.from_bytes(await self._exactly(2 if size == 126 else 8), "big")
        if size > _MAX_FRAME or second & 0x80:
            raise Closed("the other side broke the rules of WebSocket")
        return first & 0x0F, await self._exactly(size)

    async def _exactly(self, size: int) -> bytes:
        while len(self._waiting) < size:
            self._waiting += await self._link.read_some()
        taken = bytes(self._waiting[:size])
        del self._waiting[:size]
        return taken
