"""A model and tools turn a request into an answer, as a stream of events.

A request without tools, schema or pictures needs no loop at all: `plain` hands the model's tokens through.
Everything else runs on pydantic-ai in `reasoning`, imported late because importing it takes seconds.
"""

from collections.abc import AsyncGenerator

from codemie.agents import plain, remote, screening
from codemie.agents.events import AgentEvent
from codemie.agents.fallback import backed, stand_in
from codemie.agents.request import AgentRun
from codemie.models import direct


def run(request: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    """The events of one run; the last one is `Completed` or `Failed`, and nothing is raised.

    Closing the generator, or cancelling the task that reads it, stops model and tools at once.
    """
    if request.guarded is not None:
        return screening.guarded(request, request.guarded, _started)
    return _started(request)


def _started(request: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    other = stand_in(request)
    return _run(request) if other is None else backed(request, other, _run)


def _run(request: AgentRun) -> AsyncGenerator[AgentEvent, None]:
    if request.remote is not None:
        return remote.reply(request, request.remote)
    if is_plain(request) and direct.supports(request.model):
        return plain.reply(request)
    from codemie.agents import reasoning

    return reasoning.reason(request, run)


def is_plain(request: AgentRun) -> bool:
    """Whether the answer is one streamed completion and nothing more."""
    return not (
        request.tools
        or request.sub_agents
        or request.question
        or request.output_schema
        or request.images
        or request.resume
    )
