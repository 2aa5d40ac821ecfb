"""Retells pydantic-ai's events as ours."""

from collections.abc import Iterable
from typing import Any, cast

from pydantic_ai.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
)

from codemie.agents.delegation import Delegates
from codemie.agents.events import (
    AgentEvent,
    ModelFinished,
    ModelStarted,
    TextDelta,
    ToolFailure,
    ToolFinished,
    ToolStarted,
)
from codemie.agents.tool_calls import ToolRunner
from codemie.kernel.database import new_id
from codemie.kernel.tools import Picture


class Narrator:
    """Follows one run: which text is being written, which tools have been called in this step.

    Args:
        runner: the tools of the run.
        delegates: its sub-assistants.
        question: the name of the tool that asks the person; what becomes of its calls, the pause tells.

    Attributes:
        told: how each call was announced, by its id.
    """

    def __init__(self, runner: ToolRunner, delegates: Delegates, question: str | None = None) -> None:
        self.told: dict[str, ToolStarted] = {}
        self._runner = runner
        self._delegates = delegates
        self._question = question
        self._stretches: dict[int, str] = {}
        self._calls_tools = False

    def tell(self, event: object) -> Iterable[AgentEvent]:
        """Our events for one of theirs; none for those nobody needs."""
        match event:
            case PartStartEvent():
                return self._part_started(event)
            case PartDeltaEvent(index=index, delta=TextPartDelta() | ThinkingPartDelta() as delta):
                text = delta.content_delta
                return [TextDelta(self._stretches[index], text)] if text and index in self._stretches else []
            case PartEndEvent(index=index) if index in self._stretches:
                final = isinstance(event.part, TextPart) and event.next_part_kind is None and not self._calls_tools
                return [ModelFinished(self._stretches.pop(index), final=final)]
            case FunctionToolCallEvent(part=part):
                return [] if part.tool_name == self._question else [self._tool_started(part)]
            case FunctionToolResultEvent(part=part):
                return [] if part.tool_name == self._question else [self._tool_finished(event)]
            case _:
                return []

    def _part_started(self, event: PartStartEvent) -> list[AgentEvent]:
        if event.index == 0:
            self._stretches.clear()
            self._calls_tools = False
        if isinstance(event.part, ToolCallPart):
            self._calls_tools = True
        if not isinstance(event.part, TextPart | ThinkingPart):
            return []
        stretch = self._stretches[event.index] = new_id()
        opening: list[AgentEvent] = [ModelStarted(stretch)]
        if event.part.content:
            opening.append(TextDelta(stretch, event.part.content))
        return opening

    def _tool_started(self, part: ToolCallPart) -> ToolStarted:
        call_id, name = part.tool_call_id, part.tool_name
        is_agent = name in self._delegates.agents
        label, place = self._label(name, call_id), self._place(name)
        started = ToolStarted(call_id, name, label, _arguments(part), is_agent=is_agent, place=place)
        self.told[call_id] = started
        return started

    def _tool_finished(self, event: FunctionToolResultEvent) -> ToolFinished:
        part, call_id = event.part, event.tool_call_id
        denied = part.outcome == "denied"
        outcome = self._runner.outcomes.pop(call_id, None) or self._delegates.outcomes.pop(call_id, None)
        pictures: tuple[Picture, ...] = ()
        if outcome is not None:
            text, failure, pictures = outcome.text, outcome.failure, outcome.pictures
        else:  # the call never reached the tool: not allowed, answered by a person, unknown name, unfit arguments
            text = str(part.content)
            wrong = part.outcome in ("failed", "retried")
            failure = ToolFailure("tool_validation", text[:500]) if wrong else None
        label = self._label(part.tool_name, call_id)
        is_agent = part.tool_name in self._delegates.agents
        return ToolFinished(
            call_id,
            part.tool_name,
            label,
            text,
            failure,
            is_denied=denied,
            is_agent=is_agent,
            pictures=pictures,
            place=self._place(part.tool_name),
        )

    def _label(self, name: str, call_id: str) -> str:
        if name in self._delegates.agents:
            return self._delegates.label(name, call_id)
        tool = self._runner.tools.get(name)
        return tool.display_name if tool else name.replace("_", " ").title()

    def _place(self, name: str) -> str | None:
        tool = self._runner.tools.get(name)
        return tool.place if tool and name not in self._delegates.agents else None


def _arguments(part: ToolCallPart) -> dict[str, Any]:
    """What the model sent, as an object; text that is no JSON object stays readable under `raw`."""
    if isinstance(part.args, dict):
        return part.args
    try:
        return part.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError):
        return {"raw": cast("object", part.args)}
