"""The unmodified official agent as people use it: its tools are chosen, called directly, and called by an assistant."""

import json
from typing import Any

import pytest

from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.plugins.official.conftest import Running
from tests.plugins.official.plugged import plugged_in
from tests.support import Platform


async def test_16_its_tools_can_be_chosen_while_it_is_connected(running: Running, platform: Platform) -> None:
    plugged = running.plugged
    await plugged.session("workshop")
    await plugged.session("shed")
    other = await plugged_in(platform, plugged.client, plugged.project)

    async def chosen(setting_id: str) -> Any:
        return await plugged.client.get("/v1/assistants/plugin_tools", params={"plugin_setting_id": setting_id})

    online, offline = await chosen(plugged.setting_id), await chosen(other.setting_id)

    assert online.status_code == 200, online.text
    names = {tool["name"] for tool in online.json()[0]["tools"]}
    assert {"_read_file_from_file_system", "_run_command_line_tool", "_add", "_picture"} <= names
    assert not [name for name in names if "dotted" in name]
    assert (offline.status_code, offline.json()["error"]["message"]) == (422, "No plugin tools found")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("_read_file_from_file_system", {"file_path": "notes.txt"}, "The blue crane nests in May.\nIt's shy."),
        ("_add", {"a": 20, "b": 22}, "42"),
    ],
)
async def test_an_assistant_calls_a_tool_of_it(
    running: Running, tool: str, arguments: dict[str, Any], told: str
) -> None:
    plugged = running.plugged
    kit = {"toolkit": "Plugin", "tools": [{"name": "Plugin"}], "settings": {"id": plugged.setting_id}}
    assistant = await make_assistant(plugged.client, project=plugged.project, toolkits=[kit])
    asked = f"Use the {tool.lstrip('_')} tool with {json.dumps(arguments)}"

    answer = await ask(plugged.client, assistant, asked, conversation_id=new_conversation())

    assert told in answer["generated"]
