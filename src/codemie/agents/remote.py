"""A run that somebody else carries out: an agent on another server is given the question and gives its answer."""

import asyncio
from collections.abc import AsyncGenerator

from codemie.agents.events import AgentEvent, Completed, Failed, ModelFinished, ModelStarted, TextDelta
from codemie.agents.failures import RunTooLong, explain
from codemie.agents.request import AgentRun, Remote
from codemie.kernel.database import new_id
from codemie.kernel.errors import CodeMieError

_UNAPPROVABLE = (
    "The task was not handed over: a person has to approve what is done, and what an agent on another server does "
    "cannot be shown to a person first."
)


async def reply(run: AgentRun, remote: Remote) -> AsyncGenerator[AgentEvent, None]:
    """The answer, in one piece."""
    if run.approval in ("risky", "always"):
        yield Failed("agent_configuration_error", _UNAPPROVABLE)
        return
    stretch = new_id()
    yield ModelStarted(stretch)
    try:
        async with asyncio.timeout(run.limits.run_timeout_seconds):
            text = await remote(run.prompt)
    except TimeoutError:
        yield explain(RunTooLong(run.limits.run_timeout_seconds), ())
        return
    except CodeMieError as error:
        yield Failed("agent_network_error", str(error))
        return
    yield TextDelta(stretch, text)
    yield ModelFinished(stretch, final=True)
    yield Completed(text)
