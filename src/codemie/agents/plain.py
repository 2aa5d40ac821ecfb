"""The short way: one completion, nothing in between."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from codemie.agents import replay, untrusted
from codemie.agents.events import AgentEvent, Completed, ModelFinished, ModelStarted, Spent, TextDelta
from codemie.agents.failures import RunTooLong, explain
from codemie.agents.metering import estimated
from codemie.agents.request import AgentRun
from codemie.kernel.database import new_id
from codemie.models import direct
from codemie.models.usage import Usage


def reply(run: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    """Hand the model's tokens through as they come, or its whole answer when nobody reads along."""
    return _streamed(run) if run.is_read_along else _whole(run)


async def _whole(run: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    usage: Usage | None = None

    def used() -> tuple[Spent, ...]:
        return (Spent(run.model, estimated(run.read, "") if usage is None else usage),)

    with run.meter.metering(used):
        try:
            async with asyncio.timeout(run.limits.run_timeout_seconds):
                answer = await direct.complete(run.model, messages(run), temperature=run.temperature, top_p=run.top_p)
        except Exception as error:  # noqa: BLE001 - whatever a provider does wrong is told in the reply
            usage = Usage()
            yield explain(error, ())
            return
        usage = answer.usage
        yield Completed(answer.text, used())


async def _streamed(run: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    stretch = new_id()
    deadline = time.monotonic() + run.limits.run_timeout_seconds
    parts: list[str] = []
    usage, is_over = Usage(), False

    def used() -> tuple[Spent, ...]:
        is_known = is_over or usage.output_tokens
        return (Spent(run.model, usage if is_known else estimated(run.read, "".join(parts))),)

    yield ModelStarted(stretch)
    with run.meter.metering(used):
        try:
            async with aclosing(
                direct.stream_completion(run.model, messages(run), temperature=run.temperature, top_p=run.top_p)
            ) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        usage = piece
                        continue
                    parts.append(piece.text)
                    yield TextDelta(stretch, piece.text, piece.more)
                    if time.monotonic() > deadline:
                        raise RunTooLong(run.limits.run_timeout_seconds)
        except Exception as error:  # noqa: BLE001 - whatever a provider does wrong is told in the reply
            is_over = True
            yield explain(error, used())
            return
        is_over = True
        yield ModelFinished(stretch, final=True)
        yield Completed("".join(parts), used())


def messages(run: AgentRun) -> list[dict[str, Any]]:
    """The run as OpenAI chat messages."""
    instructions = untrusted.noted(run.instructions) if replay.has_calls(run.history) else run.instructions
    opening = [{"role": "system", "content": instructions}] if instructions else []
    most = run.limits.tool_output_tokens
    return [
        *opening,
        *({"role": turn.role, "content": replay.noted(turn, most)} for turn in run.history),
        {"role": "user", "content": run.prompt},
    ]
