"""A zero-latency OpenAI-compatible endpoint, as its own process: the floor that chat figures are compared with.

`python benchmarks/stub.py --port 0` prints `http://127.0.0.1:<port>/v1` and serves until it is killed.
POST /v1/chat/completions answers 64 tokens, whole or streamed; POST /v1/embeddings one vector per input.
All answers are built once; a request costs one scan of its bytes.
"""

import argparse
import asyncio
import json
from typing import Any, cast

TOKENS = ["The", *[f" word{number}" for number in range(2, 64)], "."]
USAGE = {"prompt_tokens": 16, "completion_tokens": len(TOKENS), "total_tokens": 16 + len(TOKENS)}
_ABOUT = {"id": "chatcmpl-stub", "created": 1_700_000_000, "model": "stub"}


def _response(body: bytes, kind: str = "application/json") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind.encode(), len(body), body)


def _whole() -> bytes:
    message = {"role": "assistant", "content": "".join(TOKENS)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({**_ABOUT, "object": "chat.completion", "choices": [choice], "usage": USAGE}).encode()


def _event(delta: dict[str, str], **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": more.pop("finish_reason", None)}
    event = {**_ABOUT, "object": "chat.completion.chunk", "choices": [choice], **more}
    return _chunk(b"data: " + json.dumps(event).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _embeddings(body: bytes, dimensions: int) -> bytes:
    given = json.loads(body).get("input", [])
    count = len(given) if isinstance(given, list) else 1
    vector = [round(1 / (place + 1), 6) for place in range(dimensions)]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
    return _response(json.dumps({"object": "list", "data": rows, "model": "stub", "usage": USAGE}).encode())


WHOLE = _response(_whole())
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
FIRST = _event({"role": "assistant", "content": ""})
EVENTS = [_event({"content": token}) for token in TOKENS]
END = (
    _event({}, finish_reason="stop")
    + _chunk(b"data: " + json.dumps({**_ABOUT, "choices": [], "usage": USAGE}).encode() + b"\n\n")
    + _chunk(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)
STREAM = HEAD + FIRST + b"".join(EVENTS) + END
MODELS = _response(json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}).encode())


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection."""

    token_delay = 0.0

    def __init__(self) -> None:
        self._received = b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are no subclass

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._task:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._received) < end + 4 + length:
                return
            body = self._received[end + 4 : end + 4 + length]
            self._received = self._received[end + 4 + length :]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        if b"/embeddings" in head[:200]:
            self._transport.write(_embeddings(body, 384))
        elif head.startswith(b"get "):
            self._transport.write(MODELS)
        elif b'"stream":true' not in body and b'"stream": true' not in body:
            self._transport.write(WHOLE)
        elif self.token_delay:
            self._task = asyncio.get_running_loop().create_task(self._stream_slowly())
        else:
            self._transport.write(STREAM)

    async def _stream_slowly(self) -> None:
        self._transport.write(HEAD + FIRST)
        for event in EVENTS:
            await asyncio.sleep(self.token_delay)
            self._transport.write(event)
        self._transport.write(END)


async def serve(host: str, port: int) -> None:
    """Serve until cancelled; the address is printed once it answers."""
    server = await asyncio.get_running_loop().create_server(Connection, host, port, backlog=2048)
    print(f"http://{host}:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token-delay-ms", type=float, default=0, help="pause before each streamed token")
    arguments = parser.parse_args()
    Connection.token_delay = arguments.token_delay_ms / 1000
    import uvloop

    uvloop.run(serve(arguments.host, arguments.port))


if __name__ == "__main__":
    main()
