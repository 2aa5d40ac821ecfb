"""Our agent as people start it, against a real server, the platform's callout and its engine."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemie.cli.commands import app
from codemie.kernel.errors import CodeMieError
from tests.plugins.agent.grounds import Grounds
from tests.plugins.agent.witnesses import exists, has_number, is_gone
from tests.support import FAKE_MCP_PROGRAM, until

SHELL = ("--allow", "shell")


async def test_tools_appear_and_files_are_read_and_written(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")

    async with grounds.agent(tmp_path, "--label", "repo") as agent:
        session = await grounds.session(agent)

        assert session.label == "repo"
        assert {
            "_read_file_from_file_system",
            "_list_files_in_directory",
            "_get_recursive_file_list",
            "_write_file_to_file_system",
            "_run_command_line_tool",
            "_generic_git_tool",
        } == set(session.tools)
        assert (await grounds.call(agent, "_read_file_from_file_system", file_path="a.txt")).text == "hello\n"
        await grounds.call(agent, "_write_file_to_file_system", file_path="b/c.txt", text="new")
        assert (tmp_path / "b" / "c.txt").read_text() == "new"
        outside = await grounds.call(agent, "_read_file_from_file_system", file_path="/etc/passwd")
        assert outside.is_error
        assert "outside" in outside.text


async def test_what_needs_consent_is_refused_where_nobody_can_be_asked(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, "--allow", "shell:echo*", "--allow", "git:init*") as agent:
        refused = await grounds.call(agent, "_run_command_line_tool", command="touch x")
        allowed = await grounds.call(agent, "_run_command_line_tool", command="echo hi")
        made = await grounds.call(agent, "_generic_git_tool", git_command="init -q")
        pushed = await grounds.call(agent, "_generic_git_tool", git_command="push")

    assert refused.is_error
    assert "--allow shell" in refused.text
    assert not (tmp_path / "x").exists()
    assert (allowed.text, allowed.is_error) == ("hi\n", False)
    assert not made.is_error
    assert pushed.is_error


async def test_the_key_reaches_neither_programs_nor_results(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, *SHELL) as agent:
        (tmp_path / "leak.txt").write_text(f"key={agent.key}")
        variables = await grounds.call(agent, "_run_command_line_tool", command="env")
        leak = await grounds.call(agent, "_read_file_from_file_system", file_path="leak.txt")

    assert "PLUGIN_" not in variables.text
    assert leak.text == "key=**********"


async def test_a_call_that_takes_too_long_is_stopped(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, *SHELL) as agent:
        command = "echo $$ > pid; sleep 300"

        result = await grounds.call(agent, "_run_command_line_tool", command=command, seconds=2)
        assert result.is_error
        assert "timed out" in result.text

        await until(lambda: is_gone(tmp_path / "pid"), what="the end of the command")


async def test_reads_run_beside_a_long_write(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")

    async with grounds.agent(tmp_path, *SHELL) as agent:
        command = "echo > begun; while [ ! -e go ]; do sleep 0.05; done; echo went"
        long = asyncio.create_task(grounds.call(agent, "_run_command_line_tool", command=command))
        await until(lambda: exists(tmp_path / "begun"), what="the command")

        read = await asyncio.wait_for(grounds.call(agent, "_read_file_from_file_system", file_path="a.txt"), 5)
        (tmp_path / "go").touch()

        assert read.text == "a"
        assert (await long).text == "went\n"


async def test_a_large_result_arrives_in_parts(grounds: Grounds, tmp_path: Path) -> None:
    (tmp_path / "large.txt").write_text("x" * 7_000_000)

    async with grounds.agent(tmp_path, NATS_MAX_PAYLOAD="600000") as agent:
        result = await grounds.call(agent, "_read_file_from_file_system", file_path="large.txt")

    assert len(result.text) == 7_000_000


async def test_stopping_lets_running_calls_end(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, *SHELL) as agent:
        command = "echo > begun; while [ ! -e go ]; do sleep 0.05; done; echo went"
        long = asyncio.create_task(grounds.call(agent, "_run_command_line_tool", command=command))
        await until(lambda: exists(tmp_path / "begun"), what="the command")

        agent.process.send_signal(signal.SIGTERM)
        await agent.says("Stopping: 1 calls")
        (tmp_path / "go").touch()

        assert (await long).text == "went\n"
        assert await agent.ended() == 0
        await grounds.is_gone(agent, seconds=2)


async def test_stopping_does_not_wait_for_ever(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, *SHELL, PLUGIN_DRAIN_SECONDS="0.3") as agent:
        long = asyncio.create_task(grounds.call(agent, "_run_command_line_tool", command="echo > begun; sleep 300"))
        await until(lambda: exists(tmp_path / "begun"), what="the command")

        assert await agent.stop(seconds=15) == 0

        result = await long
        assert result.is_error
        assert "cancelled" in result.text


async def test_a_second_signal_stops_at_once(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, *SHELL) as agent:
        command = "echo $$ > pid; sleep 300"
        long = asyncio.create_task(grounds.call(agent, "_run_command_line_tool", command=command))
        await until(lambda: has_number(tmp_path / "pid"), what="the command")

        agent.process.send_signal(signal.SIGINT)
        await agent.says("Stopping")

        assert await agent.stop(signal.SIGINT, seconds=10) == 130
        assert await is_gone(tmp_path / "pid")
        with pytest.raises(CodeMieError):
            await long


async def test_tools_of_mcp_servers_are_offered_too(grounds: Grounds, tmp_path: Path) -> None:
    server = {"command": sys.executable, "args": [str(FAKE_MCP_PROGRAM)], "env": {"GREETING": "hi"}}
    (tmp_path / ".codemie").mkdir()
    (tmp_path / ".codemie" / "config.json").write_text(json.dumps({"mcpServers": {"fake": server, "two": server}}))

    async with grounds.agent(tmp_path, "--mcp", "all", "--allow", "_remember", "--tools", "files") as agent:
        session = await grounds.session(agent)
        summed = await grounds.call(agent, "_add", a=2, b=3)
        kept = await grounds.call(agent, "_remember", text="this")
        refused = await grounds.call(agent, "_two_remember", text="that")
        drawn = await grounds.call(agent, "_picture")
        seen = await grounds.call(agent, "_seen_environment")

    assert {"_add", "_two_add"} <= set(session.tools)
    assert summed.text == "The sum is 5."
    assert kept.text == "Remembered: this"
    assert refused.is_error
    assert refused.text.startswith("Nobody is there")
    assert drawn.is_error or drawn.pictures[0].media_type == "image/png"
    assert "GREETING" in seen.text
    assert "PLUGIN_KEY" not in seen.text


async def test_a_tool_that_an_mcp_server_gets_later_is_offered_at_once(grounds: Grounds, tmp_path: Path) -> None:
    server = {"command": sys.executable, "args": [str(FAKE_MCP_PROGRAM.with_name("mcp_growing.py"))]}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"mcpServers": {"growing": server}}))

    async with grounds.agent(tmp_path, "--mcp", "all", "--allow", "mcp", "--config", str(config)) as agent:
        session = await grounds.session(agent)
        assert "_birds" not in session.tools
        assert (await grounds.call(agent, "_learn", name="birds")).text == "learned"

        async def knows() -> bool:
            return "_birds" in session.tools

        await until(knows, seconds=10, what="the new tool")
        assert (await grounds.call(agent, "_birds")).text == "I know birds"
        assert "_read_file_from_file_system" in session.tools
    assert "have other tools now" in agent.output


async def test_an_mcp_server_that_does_not_start_ends_the_agent(grounds: Grounds, tmp_path: Path) -> None:
    broken = {"command": "sh", "args": ["-c", "echo no licence >&2; exit 1"]}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"mcpServers": {"broken": broken}}))

    async with grounds.agent(tmp_path, "--mcp", "broken", "--config", str(config)) as agent:
        assert await agent.ended() == 4
        assert "no licence" in agent.output
    async with grounds.agent(tmp_path, "--mcp", "missing", "--config", str(config)) as agent:
        assert await agent.ended() == 3


async def test_a_wrong_key_ends_an_agent_that_may_give_up(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, "--give-up-after", "1", key="w" * 32) as agent:
        assert await agent.ended() == 3
        assert "refuses the plugin key" in agent.output


async def test_nobody_there_ends_an_agent_that_may_give_up(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, "--give-up-after", "0.5", uri="nats://127.0.0.1:1") as agent:
        assert await agent.ended() == 4
        assert "cannot be reached" in agent.output


async def test_an_agent_serves_as_long_as_it_shall(grounds: Grounds, tmp_path: Path) -> None:
    async with grounds.agent(tmp_path, "--serve-for", "1.5") as agent:
        await agent.says("Connected")
        assert await agent.ended() == 0


@pytest.mark.parametrize(
    ("key", "code", "said"), [("w" * 32, 3, "refuses the plugin key"), (None, 4, "cannot be reached")]
)
async def test_an_agent_that_is_not_connected_when_its_time_is_over_did_not_do_its_work(
    grounds: Grounds, tmp_path: Path, key: str | None, code: int, said: str
) -> None:
    where = {"key": key} if key else {"uri": "nats://127.0.0.1:1"}
    async with grounds.agent(tmp_path, "--serve-for", "1.5", **where) as agent:
        assert await agent.ended() == code
        assert said in agent.output.splitlines()[-1]


@pytest.mark.parametrize(
    ("options", "variables", "code", "said"),
    [
        (("--tools", "files,nonsense"), {}, 3, "nonsense"),
        (("--no-such-option",), {}, 2, "no-such-option"),
        ((), {"PLUGIN_KEY": "short"}, 3, "cannot be one"),
        ((), {"PLUGIN_KEY": ""}, 3, "no plugin key"),
        ((), {"PLUGIN_ENGINE_URI": ""}, 3, "PLUGIN_ENGINE_URI"),
        ((), {"PLUGIN_ENGINE_URI": "ftp://x"}, 3, "wss://"),
        ((), {"TOOL_EXECUTION_TIMEOUT": "soon"}, 3, "TOOL_EXECUTION_TIMEOUT"),
        ((), {"LEGACY_PROTOCOL": "true"}, 3, "LEGACY_PROTOCOL"),
        ((), {"SSL_CERT_FILE": "/nowhere"}, 3, "SSL_CERT_FILE"),
        ((), {"PLUGIN_PROXY": "socks5://x:1"}, 3, "CONNECT"),
        (("--repo-path", "/nowhere"), {}, 3, "/nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, options: tuple[str, ...], variables: dict[str, str], code: int, said: str
) -> None:
    good = {"HOME": str(tmp_path), "PLUGIN_KEY": "k" * 32, "PLUGIN_ENGINE_URI": "nats://127.0.0.1:1"}

    ended = CliRunner().invoke(app, ["plugin", "run", *options], env={**good, **variables})

    assert ended.exit_code == code
    assert said in ended.stderr
    assert "Traceback" not in ended.output
    assert "k" * 32 not in ended.output
