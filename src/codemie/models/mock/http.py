"""The mock as an OpenAI-compatible service of this platform: `<address>/mock/v1`, with a platform token as the key.

Wire format: https://platform.openai.com/docs/api-reference (chat completions, embeddings, models).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ValidationError

from codemie.identity.authentication import authenticate
from codemie.kernel.errors import InvalidInput
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelEntry
from codemie.models.mock.bodies import ChatBody, EmbeddingsBody
from codemie.models.mock.engine import BrokenStream, CallDelta, Event, Finish, MockFault, Pause, Reply, TextDelta, play
from codemie.models.mock.engine import respond as engine_respond
from codemie.models.mock.front import YIELD_EVERY, chat_request, rules_of
from codemie.models.mock.tokens import count_tokens
from codemie.models.mock.vectors import vectors
from codemie.models.runtime import CatalogueDep

router = APIRouter(prefix="/mock/v1", tags=["mock model"], dependencies=[Depends(authenticate)])
Shape = TypeVar("Shape", bound=BaseModel)
_MOST_ENDLESS = 20_000
_DIMENSIONS = 384


@router.get("/models")
async def list_mock_models(catalogue: CatalogueDep) -> dict[str, Any]:
    """The mock models of the catalogue."""
    names = [row.base_name for row in (*catalogue.chat_models(), *catalogue.embedding_models()) if row.is_mock]
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "codemie"} for name in names]}


@router.post("/chat/completions", response_model=None)
async def complete_chat(request: Request, catalogue: CatalogueDep) -> Response:
    """A chat completion, whole or streamed, from the mock's rules."""
    body = await _object(request)
    _valid(ChatBody, body)
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
    whole = JSONResponse(_whole(about, reply))
    if reply.truncate_after_tokens is None:
        return whole
    # Half a document is what a connection that breaks off leaves of an answer.
    return Response(bytes(whole.body)[: len(whole.body) // 2], media_type="application/json")


@router.post("/embeddings", response_model=None)
async def embed_texts(request: Request, catalogue: CatalogueDep) -> Response:
    """Vectors of the given texts."""
    asked = _valid(EmbeddingsBody, await _object(request))
    entry = catalogue.models().find(asked.model, "embedding")
    length = asked.dimensions or (entry.dimensions if entry else None) or _DIMENSIONS
    rows = vectors(asked.texts, length)
    as_text = asked.encoding_format == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(row) if as_text else row.tolist()}
        for index, row in enumerate(rows)
    ]
    used = sum(count_tokens(text) for text in asked.texts)
    usage = {"prompt_tokens": used, "total_tokens": used}
    return JSONResponse({"object": "list", "data": data, "model": asked.model, "usage": usage})


async def _object(request: Request) -> dict[str, Any]:
    try:
        body: Any = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise InvalidInput("Invalid JSON", details=f"The body is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise InvalidInput("Invalid body", details="The body must be a JSON object.")
    return cast("dict[str, Any]", body)


def _valid(shape: type[Shape], body: dict[str, Any]) -> Shape:
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        told = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in problems[:10])
        raise InvalidInput("Invalid request", details=told) from None


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


def _encoded(row: npt.NDArray[np.float32]) -> str:
    """Return the form the official client asks for unless told otherwise: little-endian floats in base64."""
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def _digest(reply: Reply) -> str:
    return sha256(f"{reply.text}{reply.tool_calls}".encode()).hexdigest()[:24]
