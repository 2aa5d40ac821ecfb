"""An agent that works in the workspace of its conversation."""

from typing import Any

import pytest

from codemie.workspaces.tools import NAMES, TOOLKIT
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.workspaces.places import files_of


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def using(client: Any, *names: str) -> str:
    tools = [{"name": name, "label": name, "settings_config": False} for name in names]
    return await make_assistant(client, toolkits=[{"toolkit": TOOLKIT, "label": "Workspace", "tools": tools}])


async def test_an_agent_writes_a_script_runs_it_and_its_files_are_the_persons(owner: Any) -> None:
    assistant, conversation = await using(owner, *NAMES), new_conversation()
    source = "open('out.txt', 'w').write('made by a script'); print('ran')"
    written = await ask(
        owner,
        assistant,
        f'write_workspace_file {{"file_path": "go.py", "content": "{source}"}}',
        conversation_id=conversation,
    )
    assert [thought["author_name"] for thought in written["thoughts"]] == ["Write Workspace File"]
    ran = await ask(owner, assistant, 'execute_workspace_script {"script_path": "go.py"}', conversation_id=conversation)
    assert "out.txt" in ran["thoughts"][0]["message"]
    workspace = (await owner.get(f"/v1/workspaces/conversations/{conversation}")).json()["id"]
    path = f"/v1/workspaces/{workspace}/files"
    assert await files_of(owner, path) == ["go.py", "out.txt"]
    read = await ask(owner, assistant, 'read_workspace_file {"file_path": "out.txt"}', conversation_id=conversation)
    assert "made by a script" in read["thoughts"][0]["message"]


async def test_an_agent_has_the_tools_its_assistant_names_and_no_others(owner: Any) -> None:
    assistant, conversation = await using(owner, "list_workspace_files"), new_conversation()
    answer = await ask(
        owner, assistant, 'write_workspace_file {"file_path": "a", "content": "b"}', conversation_id=conversation
    )
    assert answer["thoughts"] == []
    listed = await ask(owner, assistant, "list_workspace_files", conversation_id=conversation)
    assert "The workspace is empty." in listed["thoughts"][0]["message"]
