"""The unmodified official agent: it connects, its tools appear, and each form of its answers is understood.

The numbers are those of the acceptance tests of the protocol's description.
"""

import asyncio
import time
from typing import Any

import pytest

from codemie.kernel.tools import ToolResult
from codemie.plugins.failures import AgentSilent, BadArguments
from tests.plugins.official.conftest import Running

DEVELOPMENT = [
    "_generic_git_tool",
    "_get_recursive_file_list",
    "_list_files_in_directory",
    "_read_file_from_file_system",
    "_run_command_line_tool",
    "_write_file_to_file_system",
]


async def test_1_and_9_two_agents_of_one_key_appear_with_their_tools(running: Running) -> None:
    workshop, shed = await running.plugged.session("workshop"), await running.plugged.session("shed")

    assert sorted(workshop.tools) == DEVELOPMENT
    assert sorted(shed.tools) == ["_add", "_big", "_boom", "_nap", "_picture"]
    assert "Plugin ID" not in workshop.tools["_run_command_line_tool"].description
    await running.workshop.says("6 tools connected")
    await running.shed.says("5 tools connected")


async def test_5_answers_of_the_development_tools_are_unwrapped(running: Running) -> None:
    async def call(tool: str, **arguments: Any) -> ToolResult:
        return await running.plugged.call("workshop", tool, **arguments)

    notes = "The blue crane nests in May.\nIt's shy.\n"
    assert await call("_read_file_from_file_system", file_path="notes.txt") == ToolResult(notes)
    assert (await call("_list_files_in_directory", dir_path=".")).text.split("\n") == [".git", "notes.txt"]
    wrote = await call("_write_file_to_file_system", file_path="more.txt", text="a\n'b'\n")
    assert "written" in wrote.text
    assert (running.workshop.folder / "workshop" / "more.txt").read_text() == "a\n'b'\n"
    assert await call("_run_command_line_tool", command='echo "it\'s"; cat more.txt') == ToolResult("it's\na\n'b'\n")
    assert "more.txt" in (await call("_generic_git_tool", git_command="status")).text


async def test_6_what_failed_at_the_agent_is_told_as_such(running: Running) -> None:
    async def shell(**arguments: Any) -> ToolResult:
        return await running.plugged.call("workshop", "_run_command_line_tool", **arguments)

    assert await shell(command="echo bad >&2; exit 3") == ToolResult("bad\n")
    missing = await shell()
    assert (missing.is_error, "missing 1 required" in missing.text) == (True, True)
    with pytest.raises(BadArguments):
        await shell(command=5)


async def test_7_a_tool_that_takes_too_long_there_is_told(running: Running) -> None:
    result = await running.plugged.call("workshop", "_run_command_line_tool", command="sleep 4")

    assert result.is_error
    assert "timed out" in result.text


async def test_8_two_calls_at_once_both_succeed(running: Running) -> None:
    begun = time.monotonic()
    both = await asyncio.gather(
        *(
            running.plugged.call("workshop", "_run_command_line_tool", command=f"sleep 1.7; echo {number}")
            for number in "ab"
        )
    )

    assert [result.text for result in both] == ["a\n", "b\n"]
    assert time.monotonic() - begun > 3.3, "the agent runs one at a time"


async def test_10_answers_of_an_mcp_server_are_converted(running: Running) -> None:
    assert await running.plugged.call("shed", "_add", a=2, b=3) == ToolResult("5")
    picture = await running.plugged.call("shed", "_picture")
    assert [each.media_type for each in picture.pictures] == ["image/png"]
    failed = await running.plugged.call("shed", "_boom")
    assert (failed.is_error, "kaboom" in failed.text) == (True, True)
    shed = await running.plugged.session("shed")
    assert [*shed.left_out] == ["_dotted.name"], "no subject can hold a name with a dot"


async def test_18_an_answer_that_is_too_long_ends_in_a_clear_error(running: Running) -> None:
    result = await running.plugged.call("shed", "_big", size=2_000_000)
    assert len(result.text) == 2_000_000

    with pytest.raises(AgentSilent, match="longer than 8 MB"):
        await running.plugged.call("shed", "_big", size=9_000_000, seconds=10)
