"""The mock behind `models.direct`: the engine played in real time, with the retries and errors of a real endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

from codemie.models import errors
from codemie.models.calls import Delta
from codemie.models.entries import ModelEntry
from codemie.models.mock.engine import BrokenStream, Finish, MockFault, Pause, Reply, TextDelta, play, respond
from codemie.models.mock.request import ChatRequest, ToolSpec
from codemie.models.mock.rules import RuleBook, rules_file
from codemie.models.retries import retrying
from codemie.models.usage import Usage

YIELD_EVERY = 16
"""Tokens after which other tasks get their turn: the mock waits for nothing, so nothing else would let them."""
_MOST_TOKENS = 200_000


def rules_of(entry: ModelEntry) -> RuleBook:
    """Return the rules the entry's mock follows now."""
    return rules_file(Path(entry.rules) if entry.rules else None).current()


def chat_request(body: Mapping[str, Any]) -> ChatRequest:
    """Return what a chat-completions body asks of the mock."""
    functions = [tool.get("function") or {} for tool in body.get("tools") or ()]
    tools = tuple(ToolSpec(f["name"], f.get("description") or "", f.get("parameters") or {}) for f in functions)
    choice = body.get("tool_choice") or "auto"
    shape = body.get("response_format") or {}
    return ChatRequest(
        model=str(body.get("model") or "mock"),
        messages=body.get("messages") or [],
        tools=tools,
        tool_choice=choice if isinstance(choice, str) else (choice.get("function") or {}).get("name", "auto"),
        response_schema=(shape.get("json_schema") or {}).get("schema") if shape.get("type") == "json_schema" else None,
        json_mode=shape.get("type") == "json_object",
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
    )


async def stream(entry: ModelEntry, body: Mapping[str, Any]) -> AsyncGenerator[Delta | Usage, None]:
    """Yield the mock's answer as `direct.stream_completion` does."""
    reply = await answered(entry, chat_request(body))
    try:
        for number, event in enumerate(play(reply)):
            if isinstance(event, TextDelta):
                yield Delta(event.text)
                if number % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
            elif isinstance(event, Pause):
                await wait(entry, event.seconds)
            elif isinstance(event, Finish):
                yield Usage(event.prompt_tokens, event.completion_tokens)
            if number > _MOST_TOKENS:
                yield Usage(reply.prompt_tokens, number)
                raise errors.OutputTokenLimitExceeded("The answer reached the token limit and was cut.")
    except BrokenStream as error:
        raise errors.ModelUnavailableError("The answer broke off before it was complete.") from error
    refuse_cut(reply)


async def complete(entry: ModelEntry, body: Mapping[str, Any]) -> tuple[str, Usage]:
    """Return the mock's answer as `direct.complete` does."""
    reply = await answered(entry, chat_request(body))
    await wait(entry, reply.delay_seconds)
    if reply.truncate_after_tokens is not None:
        raise errors.ModelUnavailableError("The answer broke off before it was complete.")
    refuse_cut(reply)
    return reply.text, Usage(reply.prompt_tokens, reply.completion_tokens)


async def answered(entry: ModelEntry, request: ChatRequest) -> Reply:
    """Return the mock's reply, after the repeats its rules may provoke.

    Raises:
        ModelError: what a real endpoint's answer to the scripted fault would mean.
    """

    async def attempt() -> Reply:
        try:
            return respond(request, rules_of(entry))
        except MockFault as fault:
            raise error_of(fault) from fault

    return await retrying(attempt, entry.endpoint.max_retries or 0)


async def wait(entry: ModelEntry, seconds: float) -> None:
    """Be silent, no longer than a client of a real endpoint would wait.

    Raises:
        ModelTimeoutError: the row's `timeout_seconds` ends first.
    """
    patience = entry.endpoint.timeout_seconds
    if patience is None or seconds <= patience:
        await asyncio.sleep(seconds)
        return
    await asyncio.sleep(patience)
    raise errors.ModelTimeoutError(f"Model '{entry.base_name}' did not answer within {patience:g} seconds.")


def error_of(fault: MockFault) -> errors.ModelError:
    """Return the error a real endpoint's answer would have become."""
    found = errors.from_response(fault.status, f"{fault.message} ({fault.code})")
    found.retry_after_seconds = fault.retry_after_seconds
    return found


def refuse_cut(reply: Reply) -> None:
    """Raise `OutputTokenLimitExceeded` when the reply was cut at its limit."""
    if reply.finish_reason == "length" or reply.endless:
        raise errors.OutputTokenLimitExceeded("The answer reached the token limit and was cut.")
