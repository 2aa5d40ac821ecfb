"""Sub-agents: called like tools, several at a time, they tell what they do as events below their call.

Imports pydantic-ai: import late.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from pydantic_ai import CustomEvent

from codemie.agents.citations import CitationBook
from codemie.agents.events import AgentEvent, Completed, Ending, Failed, Paused, Spent, ToolFailure
from codemie.agents.pausing import SubRunPaused
from codemie.agents.request import AgentRun, Resumption, Start, SubAgent
from codemie.agents.tool_calls import Outcome
from codemie.kernel.tools import Tool, ToolResult

PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "task": {
            "type": "string",
            "description": "What to do, with everything needed to do it: the assistant sees nothing else.",
        }
    },
    "required": ["task"],
}

Tell = Callable[["SubEvent"], Awaitable[Any]]


@dataclass
class SubEvent(CustomEvent, name="codemie_sub_event", ui=False):
    """Something a sub-agent did, on its way through the stream of the run that called it."""

    event: AgentEvent


class Delegates:
    """The sub-agents of one run, and what they used.

    Args:
        run: whose sub-agents.
        citations: takes up the passages they cite.
        start: carries out their runs.
    """

    def __init__(self, run: AgentRun, citations: CitationBook, start: Start) -> None:
        self.agents = {agent.name: agent for agent in run.sub_agents}
        self.outcomes: dict[str, Outcome] = {}
        self.spent: list[Spent] = []
        self._run = run
        self._citations = citations
        self._start = start
        self._labels: dict[str, str] = {}
        self._called: Counter[str] = Counter()

    def tools(self) -> Iterable[Tool]:
        """The sub-agents as the model sees them; they are called through `call` only."""
        for agent in self.agents.values():
            yield Tool(agent.name, agent.description, PARAMETERS, _not_by_itself, agent.label)

    def label(self, name: str, call_id: str) -> str:
        """What people read: the agent's name, numbered from its second call on."""
        if call_id not in self._labels:
            self._called[name] += 1
            times = self._called[name]
            shown = self.agents[name].label
            self._labels[call_id] = shown if times == 1 else f"{shown} #{times}"
        return self._labels[call_id]

    async def call(self, name: str, task: str, call_id: str, resume: Resumption | None, tell: Tell) -> str:
        """Hand over the task and return the answer, or in words why there is none.

        Raises:
            SubRunPaused: the sub-agent waits for a person.
        """
        ending = await self._follow(self.agents[name], task, call_id, resume, tell)
        self.spent += ending.spent
        if isinstance(ending, Paused):
            raise SubRunPaused(ending)
        if isinstance(ending, Failed):
            text = f"{self.agents[name].label} failed: {ending.message}"
            self.outcomes[call_id] = Outcome(text, ToolFailure(ending.code, ending.message))
            return text
        text = self._citations.adopt(ending.text, ending.citations)
        self.outcomes[call_id] = Outcome(text)
        return text

    async def _follow(self, agent: SubAgent, task: str, call_id: str, resume: Resumption | None, tell: Tell) -> Ending:
        approval, can_pause = _stricter(agent.run, self._run), self._run.can_pause
        run = replace(
            agent.run, prompt=task, approval=approval, can_pause=can_pause, resume=resume, meter=self._run.meter
        )
        async with aclosing(self._start(run)) as events:
            async for event in events:
                if isinstance(event, (Completed, Failed, Paused)):
                    return _below_all(call_id, event)
                await tell(SubEvent(_below(call_id, event)))
        raise RuntimeError("The run ended without an end.")


def _stricter(own: AgentRun, callers: AgentRun) -> Any:
    """Nobody gets around approvals by handing the work to a sub-agent."""
    order = ("never", "destructive", "risky", "always")
    return max(own.approval, callers.approval, key=order.index)


def _below(call_id: str, event: Any) -> Any:
    """The event under ids of its own: two agents may name their calls alike."""
    parent = call_id if event.parent is None else f"{call_id}/{event.parent}"
    return replace(event, id=f"{call_id}/{event.id}", parent=parent)


def _below_all(call_id: str, ending: Ending) -> Ending:
    if isinstance(ending, Paused):
        return replace(ending, calls=tuple(_below(call_id, call) for call in ending.calls))
    return ending


async def _not_by_itself(_: dict[str, Any]) -> ToolResult:
    return ToolResult("A sub-agent runs only as part of a run.", is_error=True)
