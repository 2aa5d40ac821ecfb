"""From a request to an answer, and from an answer to stream events. Pure: no clock, no network, no randomness."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from hashlib import sha256
from itertools import chain, cycle
from typing import Any, TypeAlias

from codemie.models.mock import defaults
from codemie.models.mock.defaults import Answer, Call
from codemie.models.mock.request import ChatRequest
from codemie.models.mock.rules import Action, CallTemplate, Fault, RuleBook, expand
from codemie.models.mock.tokens import count_tokens, tokens


class MockFault(Exception):
    """The mock was told to answer with an error; the fronts turn it into what a real endpoint would do."""

    def __init__(self, fault: Fault) -> None:
        self.status = fault.status
        self.code = fault.code or _CODES.get(fault.status, "server_error")
        self.message = fault.message
        self.retry_after_seconds = fault.retry_after_seconds
        super().__init__(fault.message)


class BrokenStream(Exception):
    """The connection broke in the middle of the reply, as scripted."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A finished tool call; `arguments` is JSON text, possibly broken on purpose."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole answer to a request and how it is to arrive."""

    text: str
    tool_calls: tuple[ToolCall, ...]
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    delay_seconds: float = 0
    token_delay_seconds: float = 0
    truncate_after_tokens: int | None = None
    endless: bool = False


@dataclass(frozen=True, slots=True)
class TextDelta:
    """One more token of text."""

    text: str


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of tool call `index`; the first piece carries id and name."""

    index: int
    id: str | None
    name: str | None
    arguments: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before the next event."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of the stream."""

    reason: str
    prompt_tokens: int
    completion_tokens: int


Event: TypeAlias = TextDelta | CallDelta | Pause | Finish
_PATTERN = frozenset("*?[")
_CODES = {
    400: "invalid_request_error",
    401: "invalid_api_key",
    403: "permission_denied",
    404: "model_not_found",
    429: "rate_limit_exceeded",
    503: "service_unavailable",
}


def respond(request: ChatRequest, rules: RuleBook) -> Reply:
    """Return the answer to `request`: the first matching rule's, else the default one.

    Raises:
        MockFault: the rule asks for an error.
    """
    matched = rules.match(request)
    if matched is None:
        return _reply(request, defaults.answer(request))
    action, groups = matched
    if action.error:
        raise MockFault(action.error)
    said = _scripted(request, action, groups) if action.answers else defaults.answer(request)
    return replace(
        _reply(request, said),
        delay_seconds=action.delay_seconds,
        token_delay_seconds=action.token_delay_seconds,
        truncate_after_tokens=action.truncate_after_tokens,
        endless=action.endless,
    )


def play(reply: Reply) -> Iterator[Event]:
    """Yield the stream events of `reply`.

    Raises:
        BrokenStream: after the scripted number of tokens.
    """
    if reply.delay_seconds:
        yield Pause(reply.delay_seconds)
    for position, event in enumerate(_deltas(reply)):
        if position == reply.truncate_after_tokens:
            raise BrokenStream("The mock broke the stream, as its rule says.")
        if reply.token_delay_seconds and position:
            yield Pause(reply.token_delay_seconds)
        yield event
    if reply.truncate_after_tokens is not None:
        raise BrokenStream("The mock broke the stream, as its rule says.")
    yield Finish(reply.finish_reason, reply.prompt_tokens, reply.completion_tokens)


def _deltas(reply: Reply) -> Iterator[TextDelta | CallDelta]:
    # A rule's text may end with the space that is needed between its repetitions.
    pieces = cycle([*tokens(reply.text.rstrip() or "on and on"), " "]) if reply.endless else tokens(reply.text)
    if reply.text or reply.endless:
        yield from (TextDelta(piece) for piece in pieces)
    for index, call in enumerate(reply.tool_calls):
        yield CallDelta(index, call.id, call.name, "")
        yield from (CallDelta(index, None, None, piece) for piece in tokens(call.arguments))


def _scripted(request: ChatRequest, action: Action, groups: Mapping[str, str]) -> Answer:
    result = request.results[-1].text if request.results else ""
    values = {"prompt": request.prompt, "model": request.model, "turn": str(request.turn), "result": result, **groups}
    text = expand(action.reply or "", values)
    if action.structured is not None:
        text = json.dumps(_expanded(action.structured, values), ensure_ascii=False)
    calls = [_scripted_call(request, call, values) for call in action.calls]
    broken = action.malformed_tool_call
    names = [tool.name for tool in request.tools if fnmatchcase(tool.name, broken)] if broken else []
    if broken and (names or not _PATTERN.intersection(broken)):
        calls.append(Call(names[-1] if names else broken, '{"broken": '))
    return Answer(text, tuple(calls))


def _scripted_call(request: ChatRequest, call: CallTemplate, values: Mapping[str, str]) -> Call:
    tool = next((tool for tool in request.tools if tool.name == call.name), None)
    if call.arguments is None and tool is not None:
        return defaults.call(tool, request)
    return Call(call.name, json.dumps(_expanded(call.arguments or {}, values), ensure_ascii=False))


def _expanded(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return expand(value, values)
    if isinstance(value, list):
        return [_expanded(item, values) for item in value]
    return {key: _expanded(item, values) for key, item in value.items()} if isinstance(value, dict) else value


def _reply(request: ChatRequest, answer: Answer) -> Reply:
    text, reason = answer.text, "tool_calls" if answer.calls else "stop"
    if request.max_tokens is not None and not answer.calls and count_tokens(text) > request.max_tokens:
        text, reason = "".join(_first(tokens(text), request.max_tokens)), "length"
    calls = tuple(
        ToolCall(_call_id(request, index, call), call.name, call.arguments) for index, call in enumerate(answer.calls)
    )
    spoken = chain([text], *((call.name, call.arguments) for call in calls))
    return Reply(text, calls, reason, request.prompt_tokens, sum(count_tokens(part) for part in spoken))


def _first(pieces: Iterator[str], most: int) -> Iterator[str]:
    yield from (piece for piece, _ in zip(pieces, range(most), strict=False))


def _call_id(request: ChatRequest, index: int, call: Call) -> str:
    seed = f"{request.turn}/{len(request.messages)}/{index}/{call.name}/{call.arguments}"
    return "call_" + sha256(seed.encode()).hexdigest()[:24]
