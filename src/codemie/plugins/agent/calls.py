"""Calls of the platform: each runs once, in its time, what changes things one after the other."""

import asyncio
import contextlib
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from codemie.kernel.errors import CodeMieError, InvalidInput, NotFound
from codemie.kernel.tools import ToolResult
from codemie.plugins.agent.consent import Gate
from codemie.plugins.agent.console import Console
from codemie.plugins.agent.tools import AgentTool, Arguments
from codemie.plugins.wire.extensions import REMEMBERED_CALLS
from codemie.plugins.wire.results import TIMED_OUT

MAX_WAITING = 256
"""More than all replicas of a platform send at once."""
READS_AT_ONCE = 8
STOPPING_SECONDS = 10.0
REMEMBERED_CHARACTERS = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """What the platform asks for.

    Args:
        id: of a platform that knows our agent; the same id is the same call.
        tool: its name.
        query: the arguments, as JSON.
        seconds: how long somebody waits for the answer; None when nobody says.
    """

    id: str | None
    tool: str
    query: str | None
    seconds: float | None


@dataclass(slots=True)
class _Remembered:
    """A call that is running or is over; without a task when its result was let go."""

    task: "asyncio.Task[ToolResult] | None"
    size: int = 0


class Calls:
    """The calls of one agent.

    Args:
        tools: by name.
        gate: lets dangerous ones through, or not.
        tool_seconds: how long a call may take where nobody says.
        console: tells what runs.
    """

    def __init__(self, tools: Mapping[str, AgentTool], gate: Gate, tool_seconds: float, console: Console) -> None:
        self._tools = tools
        self._gate = gate
        self._tool_seconds = tool_seconds
        self._console = console
        self._running: set[asyncio.Task[ToolResult]] = set()
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._remembered_size = 0
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._writes = asyncio.Lock()
        self._is_draining = False

    @property
    def running(self) -> int:
        """How many there are."""
        return len(self._running)

    async def answer(self, call: Call) -> ToolResult:
        """Run a call, or give what came of it when it is repeated. Whatever goes wrong is in the result."""
        if call.id is not None and (known := self._remembered.get(call.id)) is not None:
            if known.task is None:
                return _failed("This call ran already; its result was too large to be kept.")
            return await _result(known.task)
        if self._is_draining:
            return _failed("The agent is stopping. Nothing was done.")
        if len(self._running) >= MAX_WAITING:
            return _failed(f"The agent is busy: {MAX_WAITING} calls are waiting. Nothing was done.")
        task = asyncio.create_task(self._run(call))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if call.id is not None:
            self._remember(call.id, task)
        return await _result(task)

    def cancel(self, call_id: str) -> None:
        """Stop a call; its answer says so. One that is over or not known is no matter."""
        known = self._remembered.get(call_id)
        if known is not None and known.task is not None:
            known.task.cancel()

    async def drain(self, seconds: float) -> None:
        """Take no new calls, let the running ones end, stop those that take longer."""
        self._is_draining = True
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=STOPPING_SECONDS)

    def _remember(self, call_id: str, task: "asyncio.Task[ToolResult]") -> None:
        entry = self._remembered[call_id] = _Remembered(task)

        def weigh(done: "asyncio.Task[ToolResult]") -> None:
            if not done.cancelled():
                result = done.result()
                entry.size = len(result.text) + sum(len(one.content) for one in result.pictures)
                self._remembered_size += entry.size
            self._forget()

        task.add_done_callback(weigh)

    def _forget(self) -> None:
        """Keep within bounds: first old results go, then old ids. A running call stays known."""
        over = [entry for entry in self._remembered.values() if entry.task is None or entry.task.done()]
        for entry in over:
            if self._remembered_size <= REMEMBERED_CHARACTERS:
                break
            self._remembered_size -= entry.size
            entry.task, entry.size = None, 0
        while len(self._remembered) > REMEMBERED_CALLS:
            oldest = next(iter(self._remembered.values()))
            if oldest.task is not None and not oldest.task.done():
                break
            self._remembered_size -= oldest.size
            self._remembered.popitem(last=False)

    async def _run(self, call: Call) -> ToolResult:
        started = time.monotonic()
        shown = call.tool
        try:
            tool, arguments = self._read(call)
            shown = f"{tool.name}: {tool.show(arguments)}"
            limit = min(self._tool_seconds if call.seconds is None else call.seconds, tool.tool.timeout_seconds)
            async with asyncio.timeout(limit):
                result = await self._in_turn(tool, arguments)
        except CodeMieError as error:
            result = _failed(str(error))
        except TimeoutError:
            result = _failed(f"{TIMED_OUT} What it started was stopped; what it did before is done.")
        except asyncio.CancelledError:
            result = _failed("The call was cancelled. What it started was stopped; what it did before is done.")
        except Exception as error:  # noqa: BLE001 - whatever a tool does wrong, the platform must get an answer
            result = _failed(f"An error occurred: {type(error).__name__}: {error}")
        end = "failed" if result.is_error else "ok"
        self._console.say(f"{shown} — {end}, {time.monotonic() - started:.1f} s")
        return ToolResult(self._console.hide(result.text), is_error=result.is_error, pictures=result.pictures)

    async def _in_turn(self, tool: AgentTool, arguments: Arguments) -> ToolResult:
        await self._gate.require(tool, arguments)
        lane = self._reads if tool.tool.effect_of(arguments) == "reads" else self._writes
        async with lane:
            return await tool.tool.call(arguments)

    def _read(self, call: Call) -> tuple[AgentTool, Arguments]:
        tool = self._tools.get(call.tool)
        if tool is None:
            raise NotFound("This agent has no such tool", details=call.tool[:100])
        return tool, read_arguments(call.query, tool.tool.parameters)


def read_arguments(query: str | None, parameters: Mapping[str, Any]) -> Arguments:
    """The arguments: an object, or a text for a tool that has a single one. What is null was not given.

    Raises:
        InvalidInput: they cannot be read.
    """
    value: object = None
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(query or "")
    names = list(parameters.get("properties") or ())
    if isinstance(value, str) and len(names) == 1:
        value = {names[0]: value}
    if not isinstance(value, dict):
        raise InvalidInput("Failed to decode JSON input.")
    return {name: given for name, given in cast("dict[str, Any]", value).items() if given is not None}


def _failed(text: str) -> ToolResult:
    return ToolResult(text, is_error=True)


async def _result(task: "asyncio.Task[ToolResult]") -> ToolResult:
    """What a call came to; that it was stopped before it began is a result, too."""
    await asyncio.wait([task])
    return _failed("The call was cancelled. Nothing was done.") if task.cancelled() else task.result()
