"""The short way: one streamed completion, nothing in between."""

import time
from collections.abc import AsyncGenerator
from typing import Any

from codemie.agents.events import AgentEvent, Completed, ModelFinished, ModelStarted, TextDelta
from codemie.agents.failures import RunTooLong, explain
from codemie.agents.request import AgentRun
from codemie.kernel.database import new_id
from codemie.models import direct
from codemie.models.usage import Usage


async def reply(run: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    """Hand the model's tokens through as they come."""
    stretch = new_id()
    deadline = time.monotonic() + run.limits.run_timeout_seconds
    parts: list[str] = []
    usage = Usage()
    yield ModelStarted(stretch)
    try:
        async for piece in direct.stream_completion(
            run.model, messages(run), temperature=run.temperature, top_p=run.top_p
        ):
            if isinstance(piece, direct.Delta):
                parts.append(piece.text)
                yield TextDelta(stretch, piece.text)
                if time.monotonic() > deadline:
                    raise RunTooLong(run.limits.run_timeout_seconds)
            else:
                usage = piece
    except Exception as error:  # noqa: BLE001 - whatever a provider does wrong is told in the reply
        yield explain(error, usage)
        return
    text = "".join(parts)
    yield ModelFinished(stretch, final=True)
    yield Completed(text, usage)


def messages(run: AgentRun) -> list[dict[str, Any]]:
    """The run as OpenAI chat messages."""
    opening = [{"role": "system", "content": run.instructions}] if run.instructions else []
    return [
        *opening,
        *({"role": turn.role, "content": turn.text} for turn in run.history),
        {"role": "user", "content": run.prompt},
    ]
