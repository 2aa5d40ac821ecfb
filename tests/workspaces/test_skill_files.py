"""Files of an assistant's skills in the workspace of a conversation: laid there once, over nothing."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.workspaces.tools import TOOLKIT
from tests.assistants.conftest import Team, create, team
from tests.conversations.chatting import ask, new_conversation
from tests.skills.writing import create as write_skill
from tests.support import Platform, free_port, serving
from tests.workspaces.places import files_of, new_workspace, write
from tests.workspaces.test_bridge import SWITCH

__all__ = ["team"]

BYTES = bytes(range(256))
FILES = [
    {"path": "scripts/run.py", "content": "print('run')"},
    {"path": "data.bin", "content": base64.b64encode(BYTES).decode(), "encoding": "base64"},
    {"path": "SKILL.md", "content": "Instructions"},
]


@pytest.fixture
async def bridge(client: httpx2.AsyncClient) -> AsyncIterator[None]:
    """The switch is on."""
    assert (await client.put(SWITCH, json={"settings": {"enabled": True}})).status_code == 200
    yield
    assert (await client.delete(SWITCH)).status_code == 204


async def skilled(team: Team, *tools: str) -> tuple[str, str]:
    """An assistant with a skill that has files; gives its id and the folder of the skill."""
    skill = await write_skill(team.owner, team.project, companion_files=FILES)
    toolkit = {"toolkit": TOOLKIT, "tools": [{"name": name} for name in tools]}
    assistant = await create(team.owner, team.project, skill_ids=[skill["id"]], toolkits=[toolkit], shared=True)
    return assistant, f"skills/{skill['name']}-{skill['id'][:8]}"


async def files_in(client: Any, conversation: str) -> str:
    """The path of the conversation's files."""
    workspace = (await client.get(f"/v1/workspaces/conversations/{conversation}")).json()["id"]
    return f"/v1/workspaces/{workspace}/files"


@pytest.mark.usefixtures("bridge")
async def test_the_files_are_there_before_the_answer_and_stay_as_people_leave_them(team: Team) -> None:
    assistant, folder = await skilled(team, "execute_workspace_script")
    conversation = new_conversation()
    await ask(team.member, assistant, "Hello", conversation_id=conversation)
    path = await files_in(team.member, conversation)
    script, data = f"{folder}/scripts/run.py", f"{folder}/data.bin"
    assert await files_of(team.member, path) == [data, script]
    downloaded = await team.member.get(f"{path}/download", params={"file_path": data})
    assert downloaded.content == BYTES

    await write(team.member, path, script, "print('mine')")
    assert (await team.member.delete(path, params={"file_path": data})).json()["deleted"] is True
    await ask(team.member, assistant, "Again", conversation_id=conversation)
    assert await files_of(team.member, path) == [script]
    kept = (await team.member.get(f"{path}/content", params={"file_path": script})).json()
    assert (kept["content"], kept["version"]) == ("print('mine')", 2)


@pytest.mark.usefixtures("bridge")
async def test_requests_at_the_same_time_place_each_file_once(team: Team) -> None:
    assistant, folder = await skilled(team, "execute_workspace_script")
    conversation = new_conversation()
    await asyncio.gather(*(ask(team.member, assistant, "Hello", conversation_id=conversation) for _ in range(4)))
    files = (await team.member.get(await files_in(team.member, conversation))).json()
    assert [(file["path"], file["version"]) for file in files] == [
        (f"{folder}/data.bin", 1),
        (f"{folder}/scripts/run.py", 1),
    ]


@pytest.mark.usefixtures("bridge")
async def test_without_scripts_or_an_answer_nothing_is_placed(team: Team) -> None:
    assistant, _ = await skilled(team, "list_workspace_files")
    for conversation in (new_conversation(), new_conversation()):
        path = f"/v1/workspaces/{await new_workspace(team.member, conversation)}/files"
        assert await files_of(team.member, path) == []
        await ask(team.member, assistant, "Hello", conversation_id=conversation)
        assert await files_of(team.member, path) == []


async def test_where_the_switch_is_off_nothing_is_placed(team: Team) -> None:
    assistant, _ = await skilled(team, "execute_workspace_script")
    conversation = new_conversation()
    path = f"/v1/workspaces/{await new_workspace(team.member, conversation)}/files"
    await ask(team.member, assistant, "Hello", conversation_id=conversation)
    assert await files_of(team.member, path) == []


@pytest.mark.usefixtures("bridge")
@pytest.mark.parametrize(
    "limit", [{"CODEMIE_SKILLS_MAX_FILE_BYTES": "100"}, {"CODEMIE_WORKSPACES_MAX_FILE_BYTES": "100"}]
)
async def test_what_does_not_fit_is_left_out_and_the_answer_comes(
    team: Team, platform: Platform, limit: dict[str, str]
) -> None:
    assistant, folder = await skilled(team, "execute_workspace_script")
    conversation = new_conversation()
    environment = {**platform.environment, "CODEMIE_PORT": str(free_port()), **limit}
    async with serving(environment) as small, small.client() as member:
        member.headers["Authorization"] = team.member.headers["Authorization"]
        assert (await ask(member, assistant, "Hello", conversation_id=conversation))["success"]
        assert await files_of(member, await files_in(member, conversation)) == [f"{folder}/scripts/run.py"]
