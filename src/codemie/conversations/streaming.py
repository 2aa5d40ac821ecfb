"""A reply on the wire as it grows: JSON objects back to back, each with every key of the protocol.

The chunk of a token is assembled from prepared bytes: at thousands of tokens a second, building and serialising a
dictionary for each would cost more than everything else together.
"""

import asyncio
import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from codemie.agents.events import AgentEvent, ModelFinished, ModelStarted, TextDelta, ToolFinished, ToolStarted
from codemie.conversations import thoughts
from codemie.conversations.transcript import Transcript, told_as
from codemie.kernel.database import new_id
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
        self._frames: dict[str, tuple[bytes, bytes]] = {}

    def encode(self, event: AgentEvent) -> bytes:
        """The chunk for an event, or nothing."""
        match event:
            case TextDelta():
                return self._token(event)
            case ModelFinished():
                return chunk(thought=thoughts.model_thought(event.id, "", in_progress=False, parent=event.parent))
            case ToolStarted():
                return chunk(thought=thoughts.tool_started(event))
            case ToolFinished():
                return chunk(thought=self._transcript.finished(event))
            case ModelStarted() | _:
                return b""

    def _token(self, event: TextDelta) -> bytes:
        before, after = self._frames.get(event.id) or self._frame(event)
        text = event.text.replace("}{", "}_{") if "}{" in event.text else event.text
        return before + encode_basestring_ascii(text).encode() + after

    def _frame(self, event: TextDelta) -> tuple[bytes, bytes]:
        """What stands around every token of a stretch."""
        whole = chunk(thought=thoughts.model_thought(event.id, _MARK, in_progress=True, parent=event.parent))
        before, after = whole.split(encode_basestring_ascii(_MARK).encode())
        self._frames[event.id] = before, after
        return before, after

    def broken(self, error: CodeMieError) -> list[bytes]:
        """The chunk that ends a stream whose reply could not be kept."""
        text = "\n\n".join(part for part in (self._transcript.text, str(error)) if part)
        details = error.envelope()["error"]
        return [last_chunk(text, self._transcript.seconds, [], "agent_internal_error", details)]

    def last(self) -> list[bytes]:
        """The chunks that end the stream: what waits for the person or cut the reply off, then the end."""
        transcript = self._transcript
        paused = transcript.paused
        before: list[bytes] = []
        if paused:
            before = [chunk(thought=thoughts.tool_waiting(call)) for call in paused.calls]
            before += [chunk(interactive_request=paused.question)] if paused.question else []
        if transcript.remark:
            before = [chunk(thought=transcript.remark)]
        return [*before, ending(transcript)]


def ending(transcript: Transcript) -> bytes:
    """The chunk after which nothing comes."""
    failure = transcript.failure
    return last_chunk(
        transcript.text,
        transcript.seconds,
        transcript.citations,
        told_as(failure) if failure else None,
        {"message": failure.message, **failure.details} if failure else None,
    )


def last_chunk(
    text: str,
    seconds: float,
    citations: list[dict[str, Any]],
    error: str | None = None,
    details: dict[str, Any] | None = None,
) -> bytes:
    """The same of a reply that is known by what is stored of it."""
    return chunk(
        last=True,
        generated=text,
        generated_chunk="",
        time_elapsed=round(seconds, 4),
        debug={},
        context={"citations": citations} if citations else None,
        execution_error=error,
        error_details=details,
    )


def refused(message: str) -> bytes:
    """The one chunk of a reply that was not begun, because its prompt is unsafe."""
    thought = thoughts.refusal(new_id(), message)
    return chunk(thought=thought, last=True, generated="", generated_chunk="", time_elapsed=0.0, debug={})


class Outlet:
    """Encodes what it hears and writes it to a client.

    The task that runs the model writes itself: a second task that is woken for each token costs as much as the token.
    So a client that reads slowly makes the model wait; what the server and the network hold for it is the buffer.

    Attributes:
        pieces: how many writes have begun.
        is_writing: whether the last of them waits for the client.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.encoder = ChunkEncoder(transcript)
        self.pieces = 0
        self.is_writing = False
        self._waiting: list[bytes] = []
        self._client: asyncio.Future[Send] = asyncio.get_running_loop().create_future()

    def connect(self, send: Send) -> None:
        """Here is the client."""
        self._client.set_result(send)

    async def hear(self, event: AgentEvent) -> None:
        """Write the event, and return when the client can take more; text with more behind it leaves together."""
        self._waiting.append(self.encoder.encode(event))
        if not (isinstance(event, TextDelta) and event.more):
            await self.write()

    async def end(self, objects: Sequence[bytes]) -> None:
        """Write the last objects."""
        await self.write(b"".join(objects))

    async def write(self, data: bytes = b"") -> None:
        """Write what is waiting, then `data`."""
        data = b"".join((*self._waiting, data))
        self._waiting.clear()
        send = self._client.result() if self._client.done() else await self._client
        for start in range(0, len(data), _PIECE_BYTES):
            self.pieces += 1
            self.is_writing = True
            piece = data[start : start + _PIECE_BYTES]
            try:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            except OSError as error:  # the server's way to say that the client left
                raise asyncio.CancelledError from error
            self.is_writing = False


class ChunkStream(Response):
    """The answer whose body a producer writes; a client that leaves or reads no more cancels the producer.

    Args:
        outlet: where the producer writes.
        producer: cancelled when the client disconnects.
        patience: seconds in which the client has to take at least `_PIECE_BYTES`.
        form: media type of what the producer writes.
    """

    def __init__(self, outlet: Outlet, producer: "asyncio.Task[None]", patience: float, form: str = MEDIA_TYPE) -> None:
        self.status_code = 200
        self.background = None
        self.outlet = outlet
        self.producer = producer
        self.patience = patience
        self.init_headers({"content-type": form, "cache-control": "no-cache", "x-accel-buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send the stream."""
        watcher = asyncio.create_task(self._watch(receive))
        self._expect_progress(None)
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            self.outlet.connect(send)
            await asyncio.wait([self.producer])
            if not self.producer.cancelled():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            self.producer.cancel()
        finally:
            watcher.cancel()
            self._timer.cancel()

    def _expect_progress(self, pieces: int | None) -> None:
        """Look from time to time whether a write stands still: a deadline for each would cost more than the write."""
        if self.outlet.is_writing and self.outlet.pieces == pieces:
            self.producer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self.patience, self._expect_progress, self.outlet.pieces)

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self.producer.cancel()
