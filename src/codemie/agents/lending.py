"""A tool calls other tools of its run, as a script does: with the same checks, and told as calls below its own."""

from collections.abc import Awaitable, Callable
from typing import Any

from codemie.agents.events import AgentEvent, ErrorCode, ToolFinished, ToolStarted
from codemie.agents.tool_calls import BadArguments, ToolRunner, check_arguments
from codemie.kernel.tools import NotLent, Tool

_PASSING: frozenset[ErrorCode] = frozenset(
    {"tool_rate_limited", "tool_timeout", "tool_server_error", "tool_network_error"}
)
"""Failures that may be over when the call is tried again."""

Tell = Callable[[AgentEvent], Awaitable[Any]]


class Lender:
    """Lends the tools of one run to one call.

    Args:
        runner: whose tools.
        call_id: the call that borrows.
        tell: hears of what is called.
    """

    def __init__(self, runner: ToolRunner, call_id: str, tell: Tell) -> None:
        self._runner = runner
        self._call_id = call_id
        self._tell = tell
        self._calls = 0

    async def __call__(self, name: str, arguments: object) -> str:
        """What the tool says.

        Raises:
            NotLent: it may not be called so, the arguments do not fit, or it failed.
        """
        tool = self._lendable(name)
        try:
            checked = check_arguments(tool, arguments)
        except BadArguments as error:
            raise NotLent("bad_arguments", str(error)) from error
        asks = tool.asks is not None and tool.asks(checked)
        if asks or (tool.effect_of(checked) != "reads" and self._runner.waits(tool, checked)):
            raise NotLent("tool_unavailable", f"A person has to allow calls of {name}, so no script may call it.")
        self._calls += 1
        call_id = f"{self._call_id}/{self._calls}"
        await self._tell(ToolStarted(call_id, name, tool.display_name, checked, parent=self._call_id, place=tool.place))
        outcome = await self._runner.lent(tool, checked)
        text, failure = outcome.text, outcome.failure
        await self._tell(
            ToolFinished(
                call_id,
                name,
                tool.display_name,
                text,
                failure,
                parent=self._call_id,
                pictures=outcome.pictures,
                place=tool.place,
            )
        )
        if failure is not None:
            raise NotLent(failure.code, failure.message, retryable=failure.code in _PASSING, may_have_run=True)
        return text

    def _lendable(self, name: str) -> Tool:
        tool = self._runner.tools.get(name)
        if tool is not None and tool.borrows is not None:
            raise NotLent("tool_blocked", f"The tool {name} cannot be called from inside itself.")
        if tool is None or not tool.lendable:
            raise NotLent("tool_unavailable", f"There is no tool '{name[:100]}' that a script may call.")
        return tool
