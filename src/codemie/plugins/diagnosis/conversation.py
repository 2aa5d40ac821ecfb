"""The client's side of the NATS protocol, line by line, as far as a diagnosis needs it.

Source: the NATS client protocol (https://docs.nats.io/reference/reference-protocols/nats-protocol).
"""

import asyncio
import json
import re
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol, cast

from codemie import __version__
from codemie.plugins.diagnosis.dialling import Closed

_MAX_LINE = 65_536
_MAX_PAYLOAD = 1024 * 1024
CLIENT = f"codemiectl-nats-test/{__version__}"
"""What the server's connection list shows."""


class Channel(Protocol):
    """Bytes there and back: a `Link` or a `WebSocket`."""

    async def read_some(self) -> bytes: ...
    async def write(self, data: bytes) -> None: ...


class NotNats(Exception):
    """What came is no line of the NATS protocol; the text shows how it begins."""


@dataclass(frozen=True)
class Message:
    """One delivered message.

    Attributes:
        has_responder: False where the server itself answers, since nobody listens to what was published.
    """

    subject: str
    sid: str
    reply: str
    payload: bytes
    has_responder: bool = True


@dataclass(frozen=True)
class Refused:
    """A `-ERR` of the server, without its quotes."""

    text: str


@dataclass(frozen=True)
class Pong:
    """The server has handled all that was sent before the last `PING`."""


Event = Message | Refused | Pong


class Conversation:
    """A connection that has said hello.

    Attributes:
        info: the server's `INFO`.
        pinged: monotonic times at which the server asked for a sign of life.
        lists: the subject on which the platform asks for tools; such requests are answered with none.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._buffer = bytearray()
        self._events: deque[Event] = deque(maxlen=1_000)
        self.info: dict[str, Any] = {}
        self.pinged: list[float] = []
        self.lists = ""

    async def greeted(self) -> dict[str, Any]:
        """Wait for the server's `INFO`.

        Raises:
            NotNats: something else comes.
            Closed: nothing comes any more.
        """
        self.info = parsed_info(await self._line())
        return self.info

    async def sign_in(self, key: str | None, name: str = CLIENT) -> str | None:
        """Say `CONNECT` as an agent does, with the key as user and password.

        Args:
            key: None for no credentials at all.
            name: of the connection.

        Returns:
            None when admitted; else what the server said.
        """
        options: dict[str, Any] = {
            "echo": True, "headers": True, "lang": "python3", "name": name, "no_responders": True, "pedantic": False,
            "protocol": 1, "verbose": False, "version": __version__,
        }  # fmt: skip
        if key is not None:
            options |= {"user": key, "pass": key}
        try:
            await self.send(f"CONNECT {json.dumps(options)}", "PING")
            event = await self.event()
        except Closed as closed:
            return str(closed)
        return event.text if isinstance(event, Refused) else None

    async def send(self, *lines: str) -> None:
        """Send lines of the protocol."""
        await self._channel.write("".join(f"{line}\r\n" for line in lines).encode())

    async def publish(self, subject: str, reply: str, payload: str) -> None:
        """Send a message; it must be ASCII."""
        await self.send(f"PUB {subject} {reply} {len(payload)}", payload)

    async def settled(self, *lines: str) -> list[Event]:
        """Send lines, and give what the server says until it has handled them all."""
        await self.send(*lines, "PING")
        heard: list[Event] = []
        while not isinstance(event := await self.event(), Pong):
            heard.append(event)
        return heard

    async def event(self) -> Event:
        """The next thing that the server says; its pings are answered on the way.

        Raises:
            Closed: it says nothing any more.
            NotNats: it breaks the protocol.
        """
        while not self._events:
            await self._hear()
        return self._events.popleft()

    async def _hear(self) -> None:
        words = (await self._line()).split()
        match words[0].upper() if words else "":
            case "PING":
                self.pinged.append(time.monotonic())
                await self.send("PONG")
            case "PONG":
                self._events.append(Pong())
            case "-ERR":
                self._events.append(Refused(" ".join(words[1:]).strip("'")))
            case "MSG" | "HMSG":
                await self._message(words)
            case "INFO" | "+OK" | "":
                pass
            case other:
                raise NotNats(other[:40])

    async def _message(self, words: list[str]) -> None:
        has_headers = words[0].upper() == "HMSG"
        numbers = words[-2:] if has_headers else ["0", words[-1]]
        if len(words) < (5 if has_headers else 4) or not all(number.isdecimal() for number in numbers):
            raise NotNats(" ".join(words)[:40])
        skipped, size = map(int, numbers)
        if size > _MAX_PAYLOAD:
            raise NotNats(f"a message of {size} bytes")
        whole = await self._exactly(size + 2)
        reply = words[3] if len(words) == (6 if has_headers else 5) else ""
        alone = whole[:skipped].startswith(b"NATS/1.0 503")
        message = Message(words[1], words[2], reply, whole[skipped:size], has_responder=not alone)
        if message.subject == self.lists and message.reply:
            # Whoever asks for the tools of this key must not wait for us: we have none.
            await self.send(f"PUB {message.reply} 2", "[]")
        else:
            self._events.append(message)

    async def _line(self) -> str:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > _MAX_LINE:
                raise NotNats(self._buffer[:40].decode("latin-1"))
            self._buffer += await self._channel.read_some()
        line = self._buffer[:end].decode("utf-8", "replace")
        del self._buffer[: end + 2]
        return line

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._buffer += await self._channel.read_some()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def parsed_info(line: str) -> dict[str, Any]:
    """The object in an `INFO` line.

    Raises:
        NotNats: it is none.
    """
    found = re.fullmatch(r"INFO\s+(\{.*\})\s*", line, re.IGNORECASE | re.DOTALL)
    try:
        read: Any = json.loads(found[1]) if found else None
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise NotNats(line[:60])
    return cast("dict[str, Any]", read)


async def heard_within(conversation: Conversation, seconds: float) -> Event | None:
    """The next thing that the server says, or None when it says nothing for so long."""
    try:
        async with asyncio.timeout(seconds):
            return await conversation.event()
    except TimeoutError:
        return None
