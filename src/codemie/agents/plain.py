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
    try:
        async with asyncio.timeout(run.limits.run_timeout_seconds):
            answer = await direct.complete(run.model, messages(run), temperature=run.temperature, top_p=run.top_p)
    except Exception as error:  # noqa: BLE001 - whatever a provider does wrong is told in the reply
        yield explain(error, ())
        return
    yield Completed(answer.text, (Spent(run.model, answer.usage),))


async def _streamed(run: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    stretch = new_id()
    deadline = time.monotonic() + run.limits.run_timeout_seconds
    parts: list[str] = []
    usage = Usage()
    yield ModelStarted(stretch)
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
        yield explain(error, (Spent(run.model, usage),))
        return
    except (GeneratorExit, asyncio.CancelledError):
        run.meter.record(run.model, usage if usage.output_tokens else estimated(run.read, "".join(parts)))
        raise
    yield ModelFinished(stretch, final=True)
    yield Completed("".join(parts), (Spent(run.model, usage),))


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
