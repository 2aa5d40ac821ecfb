"""A faithful fake of an OpenAI-compatible endpoint on loopback, with faults that tests script answer by answer."""

import asyncio
import base64
import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""
PICTURE_USAGE: dict[str, Any] = {
    "input_tokens": 12,
    "output_tokens": 272,
    "total_tokens": 284,
    "input_tokens_details": {"text_tokens": 12, "image_tokens": 0},
}
USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14, "prompt_tokens_details": {"cached_tokens": 4}}


@dataclass(frozen=True)
class Answer:
    """How the next request is answered; the default is a good reply of three tokens."""

    tokens: Sequence[str] = ("Hel", "lo", "!")
    status: int = 200
    error: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    finish_reason: str = "stop"
    silent_seconds: float = 0
    token_seconds: float = 0
    break_after: int | None = None
    endless: bool = False
    usage: dict[str, Any] | None = field(default_factory=lambda: USAGE)
    raw_events: Sequence[str] | None = None
    vectors: Sequence[Sequence[float]] | None = None
    picture: dict[str, Any] | None = None
    """What stands in `data` of an answer with a picture; a small PNG in base64 when nothing is said."""
    calls: Sequence[tuple[str, str]] = ()
    """Tools to call: names, and arguments as they are written."""

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The calls as the protocol has them."""
        return [
            {"index": place, "id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": sent}}
            for place, (name, sent) in enumerate(self.calls)
        ]


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    query: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class FakeEndpoint:
    """The server: queue answers, read what it received."""

    url: str = ""
    answers: deque[Answer] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    aborted: int = 0
    fetched: list[str] = field(default_factory=list)
    key: str | None = None
    """The key it takes; any where none is said."""
    models: frozenset[str] | None = None
    """The models it knows; any where none are said."""
    calls_tools: bool = False
    """Whether it calls the first tool it is offered, where nothing else was queued."""
    otherwise: Callable[[dict[str, Any]], Answer | None] = field(default=lambda _body: None)
    """How a request is answered where nothing was queued; None: well."""

    def will(self, *answers: Answer) -> None:
        """Answer the next requests so."""
        self.answers.extend(answers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.received.append(Received(request.path, request.query_string, dict(request.headers), body))
        answer = self.answers.popleft() if self.answers else self._unscripted(self.received[-1])
        await asyncio.sleep(answer.silent_seconds)
        if answer.status != 200:
            return web.json_response(
                {"error": answer.error or {"message": "no"}}, status=answer.status, headers=answer.headers
            )
        if request.path.endswith("/embeddings"):
            return web.json_response(_embeddings(body, answer))
        if request.path.endswith("/images/generations"):
            return web.json_response(_picture(answer))
        return await self._streamed(request, answer) if body.get("stream") else web.json_response(_whole(answer))

    def _unscripted(self, asked: Received) -> Answer:
        body = asked.body
        if self.key is not None and asked.headers.get("Authorization") != f"Bearer {self.key}":
            sent = asked.headers.get("Authorization", "").removeprefix("Bearer ")
            return Answer(
                status=401, error={"message": f"Incorrect API key provided: {sent}", "code": "invalid_api_key"}
            )
        if self.models is not None and body.get("model") not in self.models:
            return Answer(status=404, error={"message": f"The model `{body.get('model')}` does not exist"})
        if answer := self.otherwise(body):
            return answer
        if self.calls_tools and body.get("tools"):
            return Answer(
                calls=[(body["tools"][0]["function"]["name"], '{"word": "pong"}')], finish_reason="tool_calls"
            )
        return Answer()

    async def stored(self, request: web.Request) -> web.Response:
        """A picture at the address that an answer names."""
        self.fetched.append(request.path_qs)
        return web.Response(body=PIXEL, content_type="image/png")

    async def _streamed(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for number, event in enumerate(_events(answer)):
                if number == answer.break_after:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
                await response.write(f"data: {event}\n\n".encode())
                if answer.token_seconds:
                    await asyncio.sleep(answer.token_seconds)
            while answer.endless:
                await response.write(f"data: {json.dumps(_chunk({'content': 'more '}))}\n\n".encode())
        except ConnectionError:
            self.aborted += 1
        return response


def _events(answer: Answer) -> list[str]:
    if answer.raw_events is not None:
        return list(answer.raw_events)
    chunks = [_chunk({"role": "assistant", "content": ""}), *(_chunk({"content": token}) for token in answer.tokens)]
    if answer.calls:
        chunks = [_chunk({"role": "assistant", "tool_calls": answer.tool_calls})]
    if answer.endless:
        return [json.dumps(chunk) for chunk in chunks]
    chunks.append(_chunk({}, answer.finish_reason))
    if answer.usage:
        chunks.append({"choices": [], "usage": answer.usage})
    return [*(json.dumps(chunk) for chunk in chunks), "[DONE]"]


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [choice]}


def _whole(answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": "".join(answer.tokens)}
    if answer.calls:
        message = {"role": "assistant", "content": None, "tool_calls": answer.tool_calls}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [choice],
        "usage": answer.usage,
    }


def _embeddings(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    vectors = answer.vectors or [[float(len(text)), 1.0, 0.0] for text in body["input"]]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return {"object": "list", "data": rows[::-1], "model": "fake", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def _picture(answer: Answer) -> dict[str, Any]:
    """As https://platform.openai.com/docs/api-reference/images/object has it; older models tell no usage."""
    shown = answer.picture or {"b64_json": base64.b64encode(PIXEL).decode()}
    counted = {"usage": PICTURE_USAGE} if answer.usage else {}
    return {"created": 1, "data": [shown], "output_format": "png", **counted}


@asynccontextmanager
async def fake_endpoint() -> AsyncGenerator[FakeEndpoint]:
    """Serve on a free loopback port."""
    fake = FakeEndpoint()
    app = web.Application()
    app.router.add_post("/{path:.*}", fake.handle)
    app.router.add_get("/pictures/{path:.*}", fake.stored)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield fake
    await runner.cleanup()
