"""Runs the tools a model asks for: checked arguments, bounded time and output, failures told to the model as text."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from codemie.agents import untrusted
from codemie.agents.citations import CitationBook
from codemie.agents.events import ToolFailure
from codemie.agents.failures import told_failure, tool_failure
from codemie.agents.request import AgentRun
from codemie.kernel.errors import CodeMieError
from codemie.kernel.json_schema import coerced, schema_problem
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Borrow, Citation, Effect, Picture, Tool, ToolResult

log = get_logger(__name__)

_UNAPPROVABLE = ToolResult(
    "The tool was not called: a person has to approve it, which is possible only in a conversation that is kept.",
    is_error=True,
)


_WAITING: Mapping[str, tuple[Effect, ...]] = {"risky": ("writes", "destroys"), "destructive": ("destroys",)}


class BadArguments(Exception):
    """The model called a tool with arguments its schema does not allow; the message tells it what to repair."""


class NeedsApproval(Exception):
    """The call waits until a person has allowed it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call came to, for the events; `text` is the tool's own words."""

    text: str
    failure: ToolFailure | None = None
    pictures: tuple[Picture, ...] = ()


class ToolRunner:
    """The tools of one run and what their calls came to.

    Args:
        run: whose tools.
        citations: passages an earlier part of the run has shown already.
    """

    def __init__(self, run: AgentRun, citations: Iterable[Citation] = ()) -> None:
        self.tools: Mapping[str, Tool] = {tool.name: tool for tool in reversed(run.tools)}  # the first of a name wins
        self.outcomes: dict[str, Outcome] = {}
        self.citations = CitationBook(citations)
        self._approval = run.approval
        self._can_pause = run.can_pause
        self._wished_tokens = run.tool_output_tokens
        self._usual_tokens = run.limits.tool_output_tokens
        self._places = asyncio.Semaphore(run.limits.parallel_tools)
        self._lent_places = asyncio.Semaphore(run.limits.parallel_tools)

    async def call(
        self, name: str, arguments: object, call_id: str, *, approved: bool = False, lend: Borrow | None = None
    ) -> str:
        """Run one tool and return what the model reads. Failures of the tool are text, too.

        Args:
            name: which of them.
            arguments: as the model wrote them.
            call_id: names the call.
            approved: whether a person has allowed it.
            lend: how it calls others, if it is one that does.

        Raises:
            BadArguments: the arguments do not fit the tool's schema; the model may try again.
            NeedsApproval: a person has to allow the call first.
        """
        tool = self.tools[name]
        checked = check_arguments(tool, arguments)
        if not approved and self.waits(tool, checked):
            if self._can_pause:
                raise NeedsApproval
            result, failure = _UNAPPROVABLE, ToolFailure("tool_authorization", _UNAPPROVABLE.text)
        else:
            async with self._places:
                result, failure = await self._attempt(tool, checked, lend)
        most = self._most(tool)
        text = untrusted.cut(self.citations.renumber(result), most)
        self.outcomes[call_id] = Outcome(text, failure, result.pictures)
        # What a failing tool says is never an instruction.
        if tool.trusted and failure is None:
            return text if result.advice_of is None else untrusted.advise(result.advice_of, text, most)
        return untrusted.fence(name, text, most)

    def fenced(self, source: str, text: str) -> str:
        """Somebody's words as the model reads them: marked as data, and not too long."""
        return untrusted.fence(source, text, self._wished_tokens or self._usual_tokens)

    def _most(self, tool: Tool) -> int:
        """How many tokens the tool's result may have."""
        return self._wished_tokens or tool.output_tokens or self._usual_tokens

    async def lent(self, tool: Tool, checked: dict[str, Any]) -> Outcome:
        """Run one tool for another, which has a place of its own: waiting for one more could wait for itself."""
        async with self._lent_places:
            result, failure = await self._attempt(tool, checked)
        return Outcome(untrusted.cut(self.citations.renumber(result), self._most(tool)), failure, result.pictures)

    def waits(self, tool: Tool, arguments: dict[str, Any]) -> bool:
        """Whether a person has to allow this call of the tool."""
        if tool.asks is not None and tool.asks(arguments):
            return True
        return self._approval == "always" or tool.effect_of(arguments) in _WAITING.get(self._approval, ())

    async def _attempt(
        self, tool: Tool, arguments: dict[str, Any], lend: Borrow | None = None
    ) -> tuple[ToolResult, ToolFailure | None]:
        try:
            async with asyncio.timeout(tool.timeout_seconds):
                if tool.borrows is not None and lend is not None:
                    result = await tool.borrows(arguments, lend)
                else:
                    result = await tool.call(arguments)
        except Exception as error:  # a tool may fail in any way; the model is told and goes on
            failure = tool_failure(error)
            if not isinstance(error, (CodeMieError, TimeoutError)):
                log.warning("tool_failed", tool=tool.name, error=type(error).__name__, exc_info=True)
            return ToolResult(f"The tool failed: {failure.message}", is_error=True), failure
        if result.is_error:
            return result, told_failure(result)
        return result, None


def check_arguments(tool: Tool, arguments: object) -> dict[str, Any]:
    """The arguments as an object that fits the tool's schema.

    Raises:
        BadArguments: they do not.
    """
    if not isinstance(arguments, dict):
        raise BadArguments(f"The arguments of {tool.name} must be a JSON object.")
    checked = coerced(tool.parameters, cast("dict[str, Any]", arguments))
    problem = schema_problem(tool.parameters, checked)
    if problem is not None:
        raise BadArguments(f"The arguments of {tool.name} do not fit its schema: {problem}")
    return checked
