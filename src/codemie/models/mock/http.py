"""The mock as an OpenAI-compatible service of this platform: `<address>/mock/v1`, with a platform token as the key.

Wire format: https://platform.openai.com/docs/api-reference (chat completions, embeddings, models).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from codemie.identity.authentication import CallerDep
from codemie.kernel.errors import InvalidInput
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelEntry
from codemie.models.mock.engine import BrokenStream, CallDelta, Event, Finish, MockFault, Pause, Reply, TextDelta, play
from codemie.models.mock.engine import respond as engine_respond
from codemie.models.mock.front import YIELD_EVERY, chat_request, rules_of
from codemie.models.mock.tokens import count_tokens
from codemie.models.mock.vectors import vectors
from codemie.models.runtime import CatalogueDep

router = APIRouter(prefix="/mock/v1", tags=["mock model"])
_MOST_MESSAGES = 2_000
_MOST_INPUTS = 2_048
_MOST_ENDLESS = 20_000
_DIMENSIONS = 384


@router.get("/models")
async def list_mock_models(caller: CallerDep, catalogue: CatalogueDep) -> dict[str, Any]:  # noqa: ARG001
    """The mock models of the catalogue."""
    names = [row.base_name for row in (*catalogue.chat_models(), *catalogue.embedding_models()) if row.is_mock]
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "codemie"} for name in names]}


@router.post("/chat/completions", response_model=None)
async def complete_chat(request: Request, caller: CallerDep, catalogue: CatalogueDep) -> Response:  # noqa: ARG001
    """A chat completion, whole or streamed, from the mock's rules."""
    body = await _object(request)
    _check(body)
    entry = _entry(catalogue, body.get("model"))
    asked = chat_request(body | {"model": entry.base_name})
    try:
        reply = engine_respond(asked, rules_of(entry))
    except MockFault as fault:
        return _refusal(fault)
    about = {"id": f"chatcmpl-{_digest(reply)}", "created": int(time.time()), "model": entry.base_name}
    if body.get("stream"):
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        return StreamingResponse(_streamed(about, reply, with_usage=with_usage), media_type="text/event-stream")
    await asyncio.sleep(reply.delay_seconds)
    return JSONResponse(_whole(about, reply))


@router.post("/embeddings", response_model=None)
async def embed_texts(request: Request, caller: CallerDep, catalogue: CatalogueDep) -> Response:  # noqa: ARG001
    """Vectors of the given texts."""
    body = await _object(request)
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if (
        not isinstance(texts, list)
        or not texts
        or len(texts) > _MOST_INPUTS
        or not all(isinstance(t, str) for t in texts)
    ):
        raise InvalidInput("Invalid input", details=f"'input' must be a text, or a list of 1 to {_MOST_INPUTS} texts.")
    entry = catalogue.models().find(str(body.get("model")), "embedding")
    asked = body.get("dimensions")
    length = asked if isinstance(asked, int) and 1 <= asked <= 4096 else (entry.dimensions if entry else None)
    rows = vectors(cast("list[str]", texts), length or _DIMENSIONS)
    data = [{"object": "embedding", "index": i, "embedding": _encoded(row, body)} for i, row in enumerate(rows)]
    used = sum(count_tokens(text) for text in cast("list[str]", texts))
    usage = {"prompt_tokens": used, "total_tokens": used}
    return JSONResponse({"object": "list", "data": data, "model": body.get("model"), "usage": usage})


async def _object(request: Request) -> dict[str, Any]:
    try:
        body: Any = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise InvalidInput("Invalid JSON", details=f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise InvalidInput("Invalid body", details="The body must be a JSON object.")
    return cast("dict[str, Any]", body)


def _check(body: dict[str, Any]) -> None:
    """Refuse what would break further down, with the path of the value.

    Raises:
        InvalidInput: a value of the wrong type.
    """
    messages = body.get("messages")
    if not _objects(messages, most=_MOST_MESSAGES) or not messages:
        raise InvalidInput("Invalid messages", details=f"'messages' must be a list of 1 to {_MOST_MESSAGES} objects.")
    for index, message in enumerate(cast("list[dict[str, Any]]", messages)):
        calls = message.get("tool_calls")
        if calls is not None and not (
            _objects(calls) and all(isinstance(call.get("function"), dict) for call in calls)
        ):
            raise InvalidInput("Invalid messages", details=f"'messages[{index}].tool_calls' must be a list of calls.")
    tools = body.get("tools") or []
    if not _objects(tools) or not all(_is_function(tool) for tool in tools):
        raise InvalidInput("Invalid tools", details="'tools' must be a list of {type: function, function: {name, …}}.")
    for name in ("max_tokens", "max_completion_tokens"):
        if body.get(name) is not None and not (type(body[name]) is int and body[name] > 0):
            raise InvalidInput(f"Invalid {name}", details=f"'{name}' must be a positive whole number.")
    for name in ("response_format", "stream_options"):
        if not isinstance(body.get(name) or {}, dict):
            raise InvalidInput(f"Invalid {name}", details=f"'{name}' must be an object.")
    shape = (body.get("response_format") or {}).get("json_schema") or {}
    if not isinstance(shape, dict) or not isinstance(shape.get("schema") or {}, dict):
        raise InvalidInput("Invalid response_format", details="'response_format.json_schema.schema' must be an object.")
    choice = body.get("tool_choice") or "auto"
    named = isinstance(choice, dict) and isinstance(choice.get("function"), dict)
    if not isinstance(choice, str) and not named:
        raise InvalidInput(
            "Invalid tool_choice", details="'tool_choice' must be auto, none, required or name a function."
        )


def _objects(value: Any, most: int = 10_000) -> bool:
    return isinstance(value, list) and len(value) <= most and all(isinstance(item, dict) for item in value)


def _is_function(tool: dict[str, Any]) -> bool:
    function = tool.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return False
    described = isinstance(function.get("description") or "", str)
    return described and isinstance(function.get("parameters") or {}, dict)


def _entry(catalogue: Catalogue, name: Any) -> ModelEntry:
    """Return the mock model of that name; any other name answers too, as itself."""
    found = catalogue.models().find(str(name), "chat")
    if found is not None and found.is_mock:
        return found
    return ModelEntry(base_name=str(name or "mock")[:200], provider="mock", rules=catalogue.rules)


def _refusal(fault: MockFault) -> JSONResponse:
    kind = (
        "rate_limit_error"
        if fault.status == 429
        else "server_error"
        if fault.status >= 500
        else "invalid_request_error"
    )
    headers = {} if fault.retry_after_seconds is None else {"Retry-After": f"{fault.retry_after_seconds:g}"}
    body = {"error": {"message": fault.message, "type": kind, "code": fault.code, "param": None}}
    return JSONResponse(body, status_code=fault.status, headers=headers)


def _whole(about: dict[str, Any], reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.tool_calls
        ]
    reason = "length" if reply.endless else reply.finish_reason
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    usage = _usage(reply.prompt_tokens, reply.completion_tokens)
    return {**about, "object": "chat.completion", "choices": [choice], "usage": usage}


async def _streamed(about: dict[str, Any], reply: Reply, *, with_usage: bool) -> AsyncIterator[str]:
    head = about | {"object": "chat.completion.chunk"}
    yield _data(head | {"choices": [_choice({"role": "assistant", "content": ""})]})
    try:
        for number, event in enumerate(play(reply)):
            if isinstance(event, Pause):
                await asyncio.sleep(event.seconds)
            elif number % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            for chunk in _chunks(event, with_usage=with_usage):
                yield _data(head | chunk)
            if number > _MOST_ENDLESS:
                yield _data(head | {"choices": [_choice({}, "length")]})
                break
    except BrokenStream:
        return  # a stream that stops without its end is what a broken connection leaves
    yield "data: [DONE]\n\n"


def _chunks(event: Event, *, with_usage: bool) -> Iterator[dict[str, Any]]:
    if isinstance(event, TextDelta):
        yield {"choices": [_choice({"content": event.text})]}
    elif isinstance(event, CallDelta):
        function = {"arguments": event.arguments} | ({"name": event.name} if event.name else {})
        call: dict[str, Any] = {"index": event.index, "function": function}
        yield {
            "choices": [_choice({"tool_calls": [call | ({"id": event.id, "type": "function"} if event.id else {})]})]
        }
    elif isinstance(event, Finish):
        yield {"choices": [_choice({}, event.reason)]}
        if with_usage:
            yield {"choices": [], "usage": _usage(event.prompt_tokens, event.completion_tokens)}


def _choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}


def _data(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _usage(prompt: int, completion: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _encoded(row: Any, body: dict[str, Any]) -> Sequence[float] | str:
    """The official client asks for base64 of little-endian floats unless told otherwise."""
    return (
        base64.b64encode(row.astype("<f4").tobytes()).decode()
        if body.get("encoding_format") == "base64"
        else row.tolist()
    )


def _digest(reply: Reply) -> str:
    from hashlib import sha256

    return sha256(f"{reply.text}{reply.tool_calls}".encode()).hexdigest()[:24]
