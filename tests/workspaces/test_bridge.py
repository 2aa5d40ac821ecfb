"""Scripts that call the tools of the agent that runs them: what they may, what they may not, and that it is told."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.kernel.tools import NotLent
from codemie.knowledge.tools import tool_name
from codemie.workspaces.bridge import Bridge
from codemie.workspaces.runtime_module import MOST_MESSAGE_BYTES
from codemie.workspaces.tools import TOOLKIT
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_chat_tools import GUIDE, knowing_assistant
from tests.conversations.test_equipment import call
from tests.conversations.test_tool_approval import ASKING, resume
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.fakes.openai_server import Answer
from tests.mcp.test_servers_in_chats import entry
from tests.support import Platform
from tests.workspaces.places import new_workspace, write

pytestmark = pytest.mark.process

SWITCH = "/v1/config/declarations/features:workspaceScriptBridge"
WORKSPACE = {
    "toolkit": TOOLKIT,
    "tools": [{"name": "execute_workspace_script"}, {"name": "list_workspace_files"}],
}
MANY = (2003).to_bytes(4, "big") + b"[" + b"0," * 1000 + b"0]"
TRY = """
from codemie_runtime_sdk import call_tool, call_tools, ToolCallError
def attempt(name, args):
    try:
        return call_tool(name, args)
    except ToolCallError as error:
        return [error.code, error.retryable, error.may_have_run, str(error)]
"""


@pytest.fixture
async def bridge(client: httpx2.AsyncClient) -> AsyncIterator[None]:
    """The switch is on."""
    assert (await client.put(SWITCH, json={"settings": {"enabled": True}})).status_code == 200
    yield
    assert (await client.delete(SWITCH)).status_code == 204


@pytest.fixture
async def model(platform: Platform) -> AsyncIterator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


async def searching(client: httpx2.AsyncClient, model: ScriptedModel, **fields: Any) -> tuple[str, str]:
    """An assistant with a workspace and a data source; gives its id and the name of its search tool."""
    assistant, _ = await knowing_assistant(client, GUIDE, llm_model_type=model.name, toolkits=[WORKSPACE], **fields)
    (source,) = (await client.get(f"/v1/assistants/id/{assistant}")).json()["context"]
    return assistant, tool_name(source["name"])


async def run(
    client: httpx2.AsyncClient, model: ScriptedModel, assistant: str, source: str, **fields: Any
) -> dict[str, Any]:
    """Let the assistant run a script; gives its answer."""
    conversation = fields.pop("conversation_id", new_conversation())
    workspace = await new_workspace(client, conversation)
    await write(client, f"/v1/workspaces/{workspace}/files", "go.py", TRY + source)
    model.will(call("execute_workspace_script", script_path="go.py"), Answer())
    return await ask(client, assistant, "Go", conversation_id=conversation, **fields)


def output(answer: dict[str, Any]) -> str:
    """What the script wrote."""
    (thought,) = [one for one in answer["thoughts"] if one["author_name"] == "Execute Workspace Script"]
    return str(json.loads(thought["message"])["output"])


@pytest.mark.usefixtures("bridge")
async def test_a_script_searches_and_its_calls_are_told_below_its_own(
    client: httpx2.AsyncClient, model: ScriptedModel
) -> None:
    assistant, search = await searching(client, model)
    source = (
        f"one = call_tool({search!r}, {{'query': 'turbine'}})\n"
        "print('3000 rpm' in one['result'], one['http'])\n"
        f"both = call_tools([{{'name': {search!r}, 'args': {{'query': 'valve'}}}}, {{'name': 'none', 'args': {{}}}}])\n"
        "print('40 ms' in both[0]['result'], both[1].code, call_tools([]))\n"
    )
    answer = await run(client, model, assistant, source)
    assert output(answer) == "True {'status': 200}\nTrue tool_unavailable []\n"
    *searches, script = answer["thoughts"]
    assert script["author_name"] == "Execute Workspace Script"
    assert [(one["parent_id"], one["metadata"]["tool_name"]) for one in searches] == [(script["id"], search)] * 2
    assert json.loads(searches[0]["input_text"]) == {"query": "turbine"}
    assert "3000 rpm" in searches[0]["message"]


@pytest.mark.usefixtures("bridge")
async def test_what_a_script_may_not_call_is_refused_by_code(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    async with running(FakeMcpServer()) as server:
        assistant, search = await searching(
            client, model, mcp_servers=[entry(server.url)], enabled_builtin_subagents=["GENERAL_PURPOSE_SUBAGENT"]
        )
        tried = [
            (search, {"query": ""}),
            (search, {"unknown": 1}),
            (search, 7),
            ("execute_workspace_script", {"script_path": "go.py"}),
            ("list_workspace_files", {}),
            ("add", {"a": 1, "b": 2}),
            ("transfer_to_general_purpose", {"task": "Go"}),
            ("request_user_input", {}),
            ("nothing", {}),
            (None, {}),
        ]
        source = f"for name, args in {tried!r}:\n    print(*attempt(name, args)[:3])\n"
        source += f"print(attempt({search!r}, {{1j: 1}})[0])"
        answer = await run(client, model, assistant, source)
    codes = [*["bad_arguments"] * 3, "tool_blocked", *["tool_unavailable"] * 5, "bad_arguments"]
    assert output(answer).splitlines() == [*(f"{code} False False" for code in codes), "bad_arguments"]
    assert len(answer["thoughts"]) == 1


async def test_where_the_switch_is_off_a_script_is_told_so(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant, search = await searching(client, model)
    answer = await run(client, model, assistant, f"print(*attempt({search!r}, {{'query': 'x'}}))")
    assert output(answer) == "unavailable False False Tool calls are not available in this run.\n"


@pytest.mark.usefixtures("bridge")
async def test_with_approvals_the_script_waits_as_a_whole(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant, search = await searching(client, model, **ASKING)
    conversation = new_conversation()
    source = f"print('3000 rpm' in call_tool({search!r}, {{'query': 'turbine'}})['result'])"
    paused = await run(client, model, assistant, source, conversation_id=conversation)
    assert [one["interrupted"] for one in paused["thoughts"]] == [True]
    model.endpoint.answers.clear()
    answer = (await resume(client, assistant, conversation, "allow", stream=False)).json()
    assert output(answer) == "True\n"


@pytest.mark.usefixtures("bridge")
async def test_the_walls_stand_where_tools_can_be_called(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant, _ = await searching(client, model)
    source = (
        "import os, socket\n"
        "for tried in (socket.socket, os.fork, lambda: open('/etc/passwd')):\n"
        "    try:\n        tried()\n        print('got out')\n"
        "    except OSError as error:\n        print(type(error).__name__)\n"
        "def is_open(n):\n"
        "    try:\n        os.fstat(n)\n    except OSError:\n        return False\n    return True\n"
        "print([n for n in range(128) if is_open(n)])\n"
    )
    assert output(await run(client, model, assistant, source)) == "PermissionError\n" * 3 + "[0, 1, 2, 3]\n"


@pytest.mark.usefixtures("bridge")
@pytest.mark.parametrize(
    "garbage", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{]", b"\x00\x00\x00\x02{}", b"\x00\x00", MANY]
)
async def test_a_script_that_speaks_something_else_is_heard_no_more(
    client: httpx2.AsyncClient, model: ScriptedModel, garbage: bytes
) -> None:
    assistant, search = await searching(client, model)
    source = f"import os\nos.write(3, {garbage!r})\nprint(attempt({search!r}, {{'query': 'x'}})[0])"
    assert output(await run(client, model, assistant, source)) == "unavailable\n"


@pytest.mark.usefixtures("bridge")
async def test_more_than_fits_is_refused_before_it_is_sent(client: httpx2.AsyncClient, model: ScriptedModel) -> None:
    assistant, search = await searching(client, model)
    source = f"print(attempt({search!r}, {{'query': 'x' * {MOST_MESSAGE_BYTES}}})[0])"
    assert output(await run(client, model, assistant, source)) == "bad_arguments\n"


async def test_the_calls_of_a_script_are_counted() -> None:
    async def borrow(name: str, arguments: object) -> str:
        if name == "slow":
            raise NotLent("tool_timeout", "Too slow.", retryable=True, may_have_run=True)
        return f"{name} {arguments}"

    async with Bridge(borrow, most_calls=3).line() as line:
        asked = json.dumps([{"name": "a", "args": 1}, {"name": "slow"}, {}, {"name": "b"}, {"name": "c"}]).encode()
        os.write(line, len(asked).to_bytes(4, "big") + asked)
        length = int.from_bytes(await asyncio.to_thread(os.read, line, 4), "big")
        first, slow, nameless, second, third = json.loads(await asyncio.to_thread(os.read, line, length))
    assert (first["result"], second["result"]) == ("a 1", "b None")
    assert slow["error"] == {
        "code": "tool_timeout", "message": "Too slow.", "retryable": True, "may_have_run": True,
    }  # fmt: skip
    assert (nameless["error"]["code"], third["error"]["code"]) == ("bad_arguments", "unavailable")


@pytest.mark.usefixtures("bridge")
async def test_a_run_without_a_kept_conversation_has_the_bridge_too(
    client: httpx2.AsyncClient, model: ScriptedModel
) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name, toolkits=[WORKSPACE])
    answer = await run(client, model, assistant, "print(attempt('x', {})[0])", save_history=False)
    assert output(answer) == "tool_unavailable\n"
