"""A reply on the wire as it grows: JSON objects back to back, each with every key of the protocol.

The chunk of a token is assembled from prepared bytes: at thousands of tokens a second, building and serialising a
dictionary for each would cost more than everything else together.
"""

import asyncio
import json
from json.encoder import encode_basestring_ascii
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from codemie.agents.events import AgentEvent, ModelFinished, ModelStarted, TextDelta, ToolFinished, ToolStarted
from codemie.conversations import thoughts
from codemie.conversations.transcript import Transcript
from codemie.kernel.errors import CodeMieError

MEDIA_TYPE = "application/x-ndjson"
"""Compared literally by the web client: no charset may follow."""

_EMPTY: dict[str, Any] = {
    "time_elapsed": None,
    "generated_chunk": None,
    "generated": None,
    "thought": None,
    "context": None,
    "last": False,
    "debug": None,
    "workflow_execution_id": None,
    "workflow_state": None,
    "execution_error": None,
    "error_details": None,
    "interactive_request": None,
}
_MARK = "\x00message\x00"
_PIECE_BYTES = 65_536


def chunk(**values: Any) -> bytes:
    """One chunk; keys that are not given are null."""
    return encoded({**_EMPTY, **values})


def encoded(value: dict[str, Any]) -> bytes:
    """Compact JSON in which `}{` cannot occur: the web client splits the stream there.

    In JSON of one object the two can only meet inside a string, so replacing them never breaks the structure.
    """
    return json.dumps(value, separators=(",", ":")).replace("}{", "}_{").encode()


class ChunkEncoder:
    """Turns the events of one run into chunks."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._stretch = ""
        self._before = b""
        self._after = b""

    def encode(self, event: AgentEvent) -> bytes:
        """The chunk for an event, or nothing."""
        match event:
            case TextDelta():
                return self._token(event)
            case ModelFinished():
                return chunk(thought=thoughts.model_thought(event.id, "", in_progress=False))
            case ToolStarted():
                return chunk(thought=thoughts.tool_started(event))
            case ToolFinished():
                return chunk(thought=thoughts.tool_finished(event, self._transcript.arguments(event.id)))
            case ModelStarted() | _:
                return b""

    def _token(self, event: TextDelta) -> bytes:
        if event.id != self._stretch:
            self._stretch = event.id
            whole = chunk(thought=thoughts.model_thought(event.id, _MARK, in_progress=True))
            self._before, self._after = whole.split(encode_basestring_ascii(_MARK).encode())
        text = event.text.replace("}{", "}_{") if "}{" in event.text else event.text
        return self._before + encode_basestring_ascii(text).encode() + self._after

    def broken(self, error: CodeMieError) -> bytes:
        """The chunk that ends a stream whose reply could not be kept."""
        return chunk(
            last=True,
            generated="\n\n".join(part for part in (self._transcript.text, str(error)) if part),
            generated_chunk="",
            time_elapsed=round(self._transcript.seconds, 4),
            debug={},
            execution_error="agent_internal_error",
            error_details=error.envelope()["error"],
        )

    def last(self) -> bytes:
        """The chunk that ends the stream."""
        transcript = self._transcript
        failure = transcript.failure
        return chunk(
            last=True,
            generated=transcript.text,
            generated_chunk="",
            time_elapsed=round(transcript.seconds, 4),
            debug={},
            context={"citations": transcript.citations} if transcript.citations else None,
            execution_error=failure.code if failure else None,
            error_details={"message": failure.message, **failure.details} if failure else None,
        )


class Channel:
    """Bytes on their way from a producer to a client that may be slow; holds at most `limit` before it is full."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: list[bytes] = []
        self._size = 0
        self._closed = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Whether the producer should wait for the client."""
        return self._size > self._limit

    def put(self, data: bytes) -> None:
        """Append; what is put before the client reads again leaves in one piece."""
        if data:
            self._waiting.append(data)
            self._size += len(data)
            self._news.set()

    def close(self) -> None:
        """Nothing more will come."""
        self._closed = True
        self._news.set()

    async def room(self) -> None:
        """Return when the client has read what was waiting."""
        while self.is_full and not self._closed:
            self._room.clear()
            await self._room.wait()

    async def take(self) -> bytes:
        """All that is waiting; empty when nothing more will come."""
        while not self._waiting:
            if self._closed:
                return b""
            self._news.clear()
            await self._news.wait()
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._room.set()
        return data


class Outlet:
    """Encodes what it hears and hands it to a client."""

    def __init__(self, transcript: Transcript, buffer_bytes: int) -> None:
        self.encoder = ChunkEncoder(transcript)
        self.channel = Channel(buffer_bytes)

    def hear(self, event: AgentEvent) -> None:
        """Put the event on its way."""
        self.channel.put(self.encoder.encode(event))

    async def ready(self) -> None:
        """Return when the client has caught up."""
        if self.channel.is_full:
            await self.channel.room()


class ChunkStream(Response):
    """Sends a channel's bytes until it closes; a client that leaves or reads no more cancels the producer.

    Args:
        channel: what to send.
        producer: fills and closes the channel; cancelled when the client disconnects.
        patience: seconds the client may take for `_PIECE_BYTES`.
    """

    def __init__(self, channel: Channel, producer: "asyncio.Task[None]", patience: float) -> None:
        self.status_code = 200
        self.background = None
        self.channel = channel
        self.producer = producer
        self.patience = patience
        self.init_headers({"content-type": MEDIA_TYPE, "cache-control": "no-cache", "x-accel-buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send the stream."""
        watcher = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while data := await self.channel.take():
                await self._pass_on(data, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:  # the server's way to say that the client left; a TimeoutError is one, too
            self.producer.cancel()
        finally:
            watcher.cancel()

    async def _pass_on(self, data: bytes, send: Send) -> None:
        """In pieces, so that a slow client that does read is not taken for one that does not."""
        for start in range(0, len(data), _PIECE_BYTES):
            piece = data[start : start + _PIECE_BYTES]
            async with asyncio.timeout(self.patience):
                await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self.producer.cancel()
