"""Each call runs once, in its time, and always comes to a result."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.errors import InvalidInput
from codemie.kernel.tools import Effect, Tool, ToolResult
from codemie.plugins.agent import calls as module
from codemie.plugins.agent.calls import MAX_WAITING, READS_AT_ONCE, Call, Calls, read_arguments
from codemie.plugins.agent.consent import Gate
from codemie.plugins.agent.console import Console
from codemie.plugins.agent.tools import AgentTool, Arguments, schema
from tests.support import until

SCHEMA = schema({"text": "Anything."})


class Work:
    """A tool that waits until the test lets it go on, and counts."""

    def __init__(self, effect: Effect = "reads", seconds: float = 60) -> None:
        self.go = asyncio.Event()
        self.begun = self.at_once = self.most = 0
        self.tool = AgentTool(Tool("_work", "Works.", SCHEMA, self.call, timeout_seconds=seconds, effect=effect), "mcp")

    async def call(self, arguments: Arguments) -> ToolResult:
        self.begun += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.go.wait()
        finally:
            self.at_once -= 1
        return ToolResult(f"did {arguments.get('text')}")

    async def has_begun(self, times: int = 1) -> None:
        async def probe() -> bool:
            return self.begun >= times

        await until(probe, seconds=5, every=0.001, what="the work")


def calls_of(*tools: AgentTool, said: list[str] | None = None, seconds: float = 60) -> Calls:
    console = Console("the-secret-key-of-tests", (said if said is not None else []).append)
    return Calls({one.name: one for one in tools}, Gate(["all"], None, 1), seconds, console)


def call(call_id: str | None = None, seconds: float | None = None, tool: str = "_work", text: str = "it") -> Call:
    return Call(call_id, tool, json.dumps({"text": text}), seconds)


async def test_a_call_that_comes_twice_runs_once_and_is_answered_twice() -> None:
    work = Work()
    calls = calls_of(work.tool)
    first = asyncio.create_task(calls.answer(call("a")))
    await work.has_begun()
    second = asyncio.create_task(calls.answer(call("a")))
    work.go.set()

    assert (await first).text == (await second).text == (await calls.answer(call("a"))).text == "did it"
    assert work.begun == 1
    assert (await calls.answer(call("b"))).text == "did it"
    assert (await calls.answer(call())).text == (await calls.answer(call())).text
    assert work.begun == 4


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_CALLS", 5)
    monkeypatch.setattr(module, "REMEMBERED_CHARACTERS", 20)
    work = Work()
    work.go.set()
    calls = calls_of(work.tool)

    for number in range(8):
        await calls.answer(call(str(number), text="x" * 6))
    again = {number: (await calls.answer(call(str(number)))).text for number in (5, 7)}

    assert again == {5: "This call ran already; its result was too large to be kept.", 7: "did xxxxxx"}
    assert work.begun == 8
    await calls.answer(call("0"))
    assert work.begun == 9, "the oldest ids are forgotten"


async def test_a_cancelled_call_says_so_and_runs_no_more() -> None:
    work = Work()
    calls = calls_of(work.tool)
    running = asyncio.create_task(calls.answer(call("a")))
    await work.has_begun()

    calls.cancel("a")
    calls.cancel("never heard of")

    assert "cancelled" in (await running).text
    assert (await running).is_error
    assert work.at_once == 0


async def test_a_call_that_is_cancelled_before_it_begins_did_nothing() -> None:
    work = Work()
    calls = calls_of(work.tool)
    running = asyncio.create_task(calls.answer(call("a")))
    await asyncio.sleep(0)  # one turn: the call is taken, and its work has not begun

    calls.cancel("a")

    assert (await running).is_error
    assert work.begun == 0


@pytest.mark.parametrize(
    ("own", "asked", "usual"), [(0.05, None, 60), (60, 0.05, 60), (60, None, 0.05), (0.05, 600, 600)]
)
async def test_the_shortest_time_ends_a_call(own: float, asked: float | None, usual: float) -> None:
    work = Work(seconds=own)

    result = await calls_of(work.tool, seconds=usual).answer(call(seconds=asked))

    assert result.is_error
    assert result.text.startswith("Call to the tool timed out.")


async def test_reads_run_beside_each_other_within_bounds() -> None:
    work = Work("reads")
    calls = calls_of(work.tool)
    running = [asyncio.create_task(calls.answer(call())) for _ in range(READS_AT_ONCE * 2)]
    await work.has_begun(READS_AT_ONCE)
    work.go.set()
    await asyncio.gather(*running)

    assert work.most == READS_AT_ONCE


async def test_what_changes_things_runs_one_after_the_other() -> None:
    work = Work("writes")
    calls = calls_of(work.tool)
    running = [asyncio.create_task(calls.answer(call())) for _ in range(3)]
    await work.has_begun()
    work.go.set()
    await asyncio.gather(*running)

    assert (work.most, work.begun) == (1, 3)


async def test_too_many_calls_are_refused_at_once() -> None:
    work = Work()
    calls = calls_of(work.tool)
    running = [asyncio.create_task(calls.answer(call())) for _ in range(MAX_WAITING)]
    await work.has_begun(READS_AT_ONCE)

    assert "busy" in (await calls.answer(call())).text
    work.go.set()
    assert {one.text for one in await asyncio.gather(*running)} == {"did it"}


async def test_draining_takes_nothing_new_and_stops_what_takes_too_long() -> None:
    work = Work()
    calls = calls_of(work.tool)
    running = asyncio.create_task(calls.answer(call("a")))
    await work.has_begun()

    await calls.drain(0.05)

    assert (await running).is_error
    assert "stopping" in (await calls.answer(call("b"))).text
    assert (await calls.answer(call("a"))).text == (await running).text
    assert calls.running == 0


async def test_whatever_a_tool_does_wrong_is_an_answer_without_the_key() -> None:
    said: list[str] = []

    async def fails(arguments: Arguments) -> ToolResult:
        raise RuntimeError("it holds the-secret-key-of-tests")

    calls = calls_of(AgentTool(Tool("_work", "Fails.", SCHEMA, fails), "mcp"), said=said)
    result = await calls.answer(call(text="\x1b[2Jthe-secret-key-of-tests"))

    assert result.is_error
    assert result.text == "An error occurred: RuntimeError: it holds **********"
    assert "the-secret-key-of-tests" not in "".join(said)
    assert "\x1b" not in "".join(said)


async def test_an_unknown_tool_and_unreadable_arguments_are_answers() -> None:
    calls = calls_of(Work().tool)

    assert "no such tool" in (await calls.answer(call(tool="_other"))).text
    assert (await calls.answer(Call(None, "_work", "{not json", None))).text == "Failed to decode JSON input."


def test_arguments_are_read_as_the_official_agent_reads_them() -> None:
    assert read_arguments('{"text": "a", "other": null, "args": []}', SCHEMA) == {"text": "a", "args": []}
    assert read_arguments('"ls"', SCHEMA) == {"text": "ls"}
    for query in (None, "", "null", "3", "[]", "{"):
        with pytest.raises(InvalidInput):
            read_arguments(query, SCHEMA)


@given(st.text() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps))
def test_no_query_breaks_the_reading(query: str) -> None:
    try:
        found: Any = read_arguments(query, SCHEMA)
    except InvalidInput:
        return
    assert isinstance(found, dict)
