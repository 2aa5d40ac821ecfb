"""Another model answers where the provider of the first one fails: once, and before anything was shown."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from codemie.agents.events import (
    AgentEvent,
    Completed,
    ErrorCode,
    Failed,
    ModelFinished,
    ModelStarted,
    Paused,
    TextDelta,
)
from codemie.agents.request import AgentRun, Start
from codemie.kernel.database import new_id
from codemie.kernel.telemetry import get_logger
from codemie.models.entries import ModelEntry

log = get_logger(__name__)

_PROVIDER_FAILED: frozenset[ErrorCode] = frozenset(
    ("llm_unavailable", "llm_rate_limited", "agent_network_error", "agent_budget_exceeded", "agent_configuration_error")
)
"""What another provider may do better. A request that was refused for what it says is refused there too."""
_SILENCES = ("ModelTimeoutError", "ModelRequestTimeout")
"""Time-outs of the provider; after one of the run there is no time left."""


def stand_in(run: AgentRun) -> ModelEntry | None:
    """The model that may take over; `None` when there is none, or it cannot take what the run has."""
    other = run.fallback
    if other is None or (run.images and not other.multimodal):
        return None
    needs_tools = run.tools or run.sub_agents or run.question
    return None if needs_tools and not other.supports_tools else other


async def backed(run: AgentRun, other: ModelEntry, start: Start) -> AsyncGenerator[AgentEvent, None]:
    """The events of the run, or, where its provider fails at once, of the same run with the other model."""
    failed: Failed | None = None
    held: list[AgentEvent] = []
    is_shown = False
    async with aclosing(start(run)) as events:
        async for event in events:
            if not is_shown and isinstance(event, Failed) and _is_providers(event):
                failed = event
                break
            if not is_shown and isinstance(event, ModelStarted):
                held.append(event)
                continue
            is_shown = True
            for early in held:
                yield early
            held.clear()
            yield event
    if failed is None:
        return
    log.warning("model_fallback", model=run.model.base_name, instead=other.base_name, code=failed.code)
    for told in _note(run.model, other, failed):
        yield told
    async with aclosing(start(replace(run, model=other, fallback=None))) as events:
        async for event in events:
            if isinstance(event, (Completed, Failed, Paused)):
                yield replace(event, spent=(*failed.spent, *event.spent))
            else:
                yield event


def _is_providers(failed: Failed) -> bool:
    if failed.code == "agent_timeout":
        return failed.details.get("type") in _SILENCES or "status" in failed.details
    return failed.code in _PROVIDER_FAILED


def _note(model: ModelEntry, other: ModelEntry, failed: Failed) -> list[AgentEvent]:
    """Tells the person, as a thought."""
    stretch = new_id()
    text = f"{model.label} does not answer ({failed.code}). {other.label} answers instead."
    return [
        ModelStarted(stretch, is_note=True, instead=other.base_name),
        TextDelta(stretch, text),
        ModelFinished(stretch),
    ]
