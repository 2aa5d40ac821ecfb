"""What a request wants and this server does not have: the reply tells it, and the model knows."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from codemie.agents.events import AgentEvent, ToolFailure, ToolFinished, ToolStarted
from codemie.agents.request import AgentRun
from codemie.conversations.history import SEARCH_CALL
from codemie.kernel.database import new_id

_LABEL = "Web Search"
_TOLD = (
    "The web was not searched: this server has no key for a search. An administrator can set "
    "toolkits.tavily_api_key, or toolkits.google_search_api_key and toolkits.google_search_engine_id."
)
_NOTE = (
    "The person wants the web to be searched for this answer, but this server has no web search. Where the answer "
    "would need one, say that you could not search the web."
)


async def without_search(run: AgentRun, hear: Callable[[AgentEvent], Awaitable[None]]) -> AgentRun:
    """The run with a model that knows why it has no search; whoever hears is told first, as of a call that failed."""
    call = ToolStarted(new_id(), SEARCH_CALL, _LABEL, {})
    await hear(call)
    await hear(ToolFinished(call.id, SEARCH_CALL, _LABEL, _TOLD, ToolFailure("agent_configuration_error", _TOLD)))
    return replace(run, instructions=f"{run.instructions}\n\n{_NOTE}".lstrip())
