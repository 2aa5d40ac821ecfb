"""The short way to a model: one completion without tools over aiohttp, or from the mock in this process.

For OpenAI-compatible endpoints. It leaves out everything an agent loop needs, because a token should cost microseconds.
Wire format: https://platform.openai.com/docs/api-reference/chat (Azure's differs in the address and the key's header).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any, cast

import aiohttp
from pydantic_core import from_json

from codemie.kernel.proxies import proxy_for
from codemie.models import calls, errors
from codemie.models.calls import Call, Completion, Delta
from codemie.models.entries import ModelEntry
from codemie.models.errors import ModelError
from codemie.models.mock.tokens import count_tokens
from codemie.models.pacing import pace
from codemie.models.retries import retrying
from codemie.models.sse import EventReader, EventTooLarge
from codemie.models.transport import transport
from codemie.models.usage import Usage

_PROVIDERS = frozenset(("mock", "openai", "azure_openai"))
_MOST_TOKENS = 200_000
"""Pieces of text taken from a model that states no limit; a model that never ends is stopped there."""
_MOST_BYTES = 64 * 2**20
"""The longest answer that is read at once."""
_DRAIN_SECONDS = 1.0
_EMPTY: dict[str, Any] = {}


def supports(entry: ModelEntry) -> bool:
    """Whether this way leads to the model."""
    return entry.provider in _PROVIDERS


def stream_completion(
    entry: ModelEntry,
    messages: Sequence[dict[str, Any]],
    *,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
) -> AsyncGenerator[Delta | Usage, None]:
    """Yield the answer piece by piece, then what it used.

    Args:
        entry: a model that `supports` accepts.
        messages: OpenAI chat messages.
        temperature: sent when the model takes it; so are the next two.
        top_p: nucleus sampling, 0 to 1.
        max_tokens: limit of the answer, at most the model's own.

    Raises:
        ModelError: see `models.errors`; after the pieces that had already come, where some had.
    """
    call = calls.completion(
        entry, messages, temperature=temperature, top_p=top_p, max_tokens=max_tokens, stream=entry.features.streaming
    )
    if entry.is_mock:
        from codemie.models.mock.front import stream

        return stream(entry, call.body)
    return _stream(entry, call) if entry.features.streaming else _at_once(entry, call)


async def complete(
    entry: ModelEntry,
    messages: Sequence[dict[str, Any]],
    *,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
) -> Completion:
    """Return the whole answer; arguments and errors as for `stream_completion`, at a fraction of its cost."""
    call = calls.completion(entry, messages, temperature=temperature, top_p=top_p, max_tokens=max_tokens)
    if entry.is_mock:
        from codemie.models.mock.front import complete as from_mock

        return Completion(*await from_mock(entry, call.body))
    answer = await retrying(lambda: _read(entry, call), entry.endpoint.max_retries or 0)
    choice = _first_choice(answer)
    text = _said(choice)
    _refuse_cut(choice.get("finish_reason"))
    return Completion(text, _usage(answer.get("usage"), call, text))


async def post_json(entry: ModelEntry, call: Call) -> dict[str, Any]:
    """Send `call` and return the JSON object it answers, with the entry's retries.

    Raises:
        ModelError: the endpoint refused, failed or did not answer JSON.
    """
    return await retrying(lambda: _read(entry, call), entry.endpoint.max_retries or 0)


async def _at_once(entry: ModelEntry, call: Call) -> AsyncGenerator[Delta | Usage, None]:
    answer = await post_json(entry, call)
    choice = _first_choice(answer)
    text = _said(choice)
    if text:
        yield Delta(text)
    yield _usage(answer.get("usage"), call, text)
    _refuse_cut(choice.get("finish_reason"))


async def _stream(entry: ModelEntry, call: Call) -> AsyncGenerator[Delta | Usage, None]:
    response = await retrying(lambda: _open(entry, call), entry.endpoint.max_retries or 0)
    reader = EventReader()
    heard = _Heard(call.max_tokens or _MOST_TOKENS)
    try:
        with pace.stream():
            async for chunk in response.content.iter_any():
                events = reader.feed(chunk)
                for left, data in zip(range(len(events) - 1, -1, -1), events, strict=True):
                    if text := heard.take(data):
                        yield Delta(text, left > 0)
                if heard.is_over:
                    break
                if heard.pieces:
                    await pace.rest(response)
        await _drain(response)
    except (aiohttp.ClientError, TimeoutError, EventTooLarge) as error:
        raise _network_error(entry, error) from error
    finally:
        if not response.content.at_eof():
            response.close()
    if heard.reason is None:
        raise errors.ModelUnavailableError("The answer broke off before it was complete.")
    yield _usage(heard.usage, call, "".join(heard.pieces) if heard.usage is None else "")
    _refuse_cut(heard.reason)


class _Heard:
    """What a stream has said so far."""

    __slots__ = ("most", "pieces", "reason", "usage")

    def __init__(self, most: int) -> None:
        self.most = most
        self.pieces: list[str] = []
        self.reason: str | None = None
        self.usage: Any = None

    @property
    def is_over(self) -> bool:
        """Whether the answer is complete, usage included, or longer than it may be."""
        if len(self.pieces) > self.most:
            self.reason = "length"
            return True
        return self.reason is not None and self.usage is not None

    def take(self, data: bytes) -> str | None:
        """Note one event; return its text, if it has any.

        Raises:
            ModelError: the event is an error, or nothing that anybody understands.
        """
        if data == b"[DONE]":
            self.reason = self.reason or "stop"
            return None
        event = _event(data)
        self.usage = event.get("usage") or self.usage
        choices = event.get("choices")
        if not choices:
            return None
        try:
            choice = choices[0]
            self.reason = choice.get("finish_reason") or self.reason
            text = (choice.get("delta") or _EMPTY).get("content")
        except (AttributeError, KeyError, TypeError) as error:
            raise errors.UnknownModelError("The endpoint streamed a choice nobody understands.") from error
        if not isinstance(text, str) or not text:
            return None
        self.pieces.append(text)
        return text


async def _open(entry: ModelEntry, call: Call) -> aiohttp.ClientResponse:
    endpoint = entry.endpoint
    timeout = aiohttp.ClientTimeout(
        total=None,
        connect=endpoint.connect_timeout_seconds,
        sock_connect=endpoint.connect_timeout_seconds,
        sock_read=endpoint.timeout_seconds,
    )
    try:
        response = await transport().session.post(
            call.url, data=call.encoded, headers=call.headers, timeout=timeout, proxy=proxy_for(call.url)
        )
        if response.status == 200:
            return response
        async with response:
            body = (await response.content.read(100_000)).decode(errors="replace")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _network_error(entry, error) from error
    raise errors.from_response(response.status, body, response.headers)


async def _read(entry: ModelEntry, call: Call) -> dict[str, Any]:
    response = await _open(entry, call)
    try:
        async with response:
            answer: Any = json.loads(await _body(response))
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _network_error(entry, error) from error
    except ValueError as error:
        raise errors.UnknownModelError("The endpoint did not answer with JSON.") from error
    if not isinstance(answer, dict):
        raise errors.UnknownModelError("The endpoint answered with JSON that is no object.")
    return cast("dict[str, Any]", answer)


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise errors.UnknownModelError(f"The endpoint answered with more than {_MOST_BYTES // 2**20} MB.")
    return bytes(body)


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read past the last event, so the connection can serve again; a server that does not end is left."""
    if not response.content.at_eof():
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await response.content.read(10_000)
        except TimeoutError:
            response.close()


def _event(data: bytes) -> dict[str, Any]:
    try:
        event = _parsed(data)
    except ValueError as error:
        raise errors.UnknownModelError("The endpoint streamed something that is not JSON.") from error
    if not isinstance(event, dict):
        raise errors.UnknownModelError("The endpoint streamed JSON that is no object.")
    if event.get("error"):
        raise errors.from_response(_streamed_status(event["error"]), data.decode(errors="replace"))
    return cast("dict[str, Any]", event)


def _parsed(data: bytes) -> Any:
    try:
        return from_json(data)  # a third of the time
    except ValueError:  # it refuses half a surrogate pair, which some endpoints stream
        return json.loads(data)


def _streamed_status(error: Any) -> int:
    code = str(cast("dict[str, Any]", error).get("code")) if isinstance(error, dict) else ""
    return int(code) if re.fullmatch(r"[45]\d\d", code) else 500


def _first_choice(answer: dict[str, Any]) -> dict[str, Any]:
    if answer.get("error"):
        raise errors.from_response(_streamed_status(answer["error"]), json.dumps(answer))
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise errors.UnknownModelError("The endpoint answered without a choice.")
    return cast("dict[str, Any]", choices[0])


def _said(choice: dict[str, Any]) -> str:
    message = choice.get("message")
    text = cast("dict[str, Any]", message).get("content") if isinstance(message, dict) else None
    return text if isinstance(text, str) else ""


def _refuse_cut(reason: str | None) -> None:
    if reason == "length":
        raise errors.OutputTokenLimitExceeded("The answer reached the token limit and was cut.")
    if reason == "content_filter":
        raise errors.ContentFilterError("The provider's content filter stopped the answer.")


def _usage(found: Any, call: Call, text: str) -> Usage:
    """Return the usage the endpoint reported, else an estimate."""
    if not isinstance(found, dict):
        return Usage(count_tokens(call.encoded.decode()), count_tokens(text))
    counts = cast("dict[str, Any]", found)
    details = counts.get("prompt_tokens_details")
    cached = _count(details, "cached_tokens") if isinstance(details, dict) else 0
    return Usage(_count(counts, "prompt_tokens"), _count(counts, "completion_tokens"), cached)


def _count(counts: Any, name: str) -> int:
    found = counts.get(name)
    return found if isinstance(found, int) and found > 0 else 0


def _network_error(entry: ModelEntry, error: BaseException) -> ModelError:
    name = entry.base_name
    if isinstance(error, TimeoutError):
        return errors.ModelTimeoutError(
            f"Model '{name}' did not answer within {entry.endpoint.timeout_seconds:g} seconds."
        )
    if isinstance(error, EventTooLarge):
        return errors.UnknownModelError(str(error))
    if isinstance(error, aiohttp.ClientPayloadError):
        return errors.ModelUnavailableError("The answer broke off before it was complete.")
    return errors.ModelConnectionError(f"Model '{name}' cannot be reached: {error or type(error).__name__}.")
