"""Code that an agent runs: over the files of its conversation, with files for the person, where it may."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_equipment import call, offered
from tests.conversations.test_pictures import artifacts
from tests.fakes.openai_server import PIXEL, Answer
from tests.support import Platform
from tests.workspaces.places import files_of

TOOL = "code_executor"
KIT = {"toolkit": "FileSystem", "tools": [{"name": TOOL}]}
FEATURE = "/v1/config/declarations/features:dynamicCodeInterpreter"


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


@pytest.fixture
async def switched_on(make_user: MakeUser) -> AsyncIterator[None]:
    """Requests may ask for the tool."""
    administrator = await make_user("administrator", is_admin=True)
    saved = await administrator.put(FEATURE, json={"settings": {"enabled": True}})
    assert saved.status_code == 200, saved.text
    yield
    await administrator.delete(FEATURE)


@pytest.fixture
async def model(platform: Platform) -> AsyncIterator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


@dataclass
class Coder:
    """An assistant that runs code in one conversation."""

    client: httpx2.AsyncClient
    model: ScriptedModel
    assistant: str
    conversation: str = field(default_factory=new_conversation)

    async def answer(self, code: str, *exports: str) -> tuple[str, list[dict[str, Any]]]:
        """What the tool told, and the reply's thoughts."""
        sent = {"code": code} | ({"export_files": list(exports)} if exports else {})
        self.model.will(call(TOOL, **sent), Answer())
        answer = await ask(self.client, self.assistant, "Calculate", conversation_id=self.conversation)
        (thought,) = (one for one in answer["thoughts"] if one["author_name"] == "Code Executor")
        return thought["message"], answer["thoughts"]

    async def run(self, code: str, *exports: str) -> dict[str, Any]:
        """The tool's report."""
        told, _ = await self.answer(code, *exports)
        report: dict[str, Any] = json.loads(told)
        return report


@pytest.fixture
async def coder(owner: Any, model: ScriptedModel) -> Coder:
    return Coder(owner, model, await make_assistant(owner, llm_model_type=model.name, toolkits=[KIT]))


async def test_code_is_run_and_its_files_are_there_for_the_next(coder: Coder) -> None:
    first = await coder.run("open('n.txt', 'w').write('41'); print(6 * 7)")
    assert first == {"message": "The code executed", "output": "42\n", "new_or_changed_files": ["n.txt"]}
    second = await coder.run("print(int(open('n.txt').read()) + 1)")
    assert second == {"message": "The code executed", "output": "42\n"}
    workspace = (await coder.client.get(f"/v1/workspaces/conversations/{coder.conversation}")).json()["id"]
    assert await files_of(coder.client, f"/v1/workspaces/{workspace}/files") == ["n.txt"]


async def test_exported_files_are_the_persons_and_pictures_are_shown(coder: Coder, make_user: MakeUser) -> None:
    code = f"open('dot.png', 'wb').write({PIXEL!r}); open('t.csv', 'w').write('a,b'); open('x', 'w').write('')"
    told, thoughts = await coder.answer(code, "dot.png", "t.csv", "absent.txt")
    report = json.loads(told)
    links = {one["path"]: one["link"].removeprefix("sandbox:") for one in report["exported"]}
    assert set(links) == {"dot.png", "t.csv"}
    assert (await coder.client.get(links["t.csv"])).text == "a,b"
    (artifact,) = artifacts(thoughts)
    assert links["dot.png"].endswith(artifact["file_url"])
    assert (await coder.client.get(links["dot.png"])).content == PIXEL
    assert (await (await make_user("stranger")).get(links["t.csv"])).status_code == 404
    assert report["new_or_changed_files"] == ["dot.png", "t.csv"]
    assert any("absent.txt" in warning for warning in report["warnings"])


async def test_code_that_fails_says_how_and_nothing_leads_out(coder: Coder) -> None:
    failed = await coder.run("1 / 0")
    assert "failed with exit status 1" in failed["message"]
    assert "ZeroDivisionError" in failed["output"]
    assert "failed with exit status 1" in (await coder.run("import socket; socket.socket()"))["message"]
    outside, _ = await coder.answer("print(1)", "../../etc/passwd")
    assert outside.startswith("Error calling tool: The code was not run")
    assert "is not a path inside the workspace" in outside


async def test_a_request_gets_the_tool_only_where_the_installation_lets_it(owner: Any, model: ScriptedModel) -> None:
    assistant = await make_assistant(owner, llm_model_type=model.name)
    await ask(owner, assistant, "Hello", enable_code_interpreter=True)
    assert TOOL not in offered(model)


@pytest.mark.usefixtures("switched_on")
async def test_where_it_does_the_request_decides(owner: Any, model: ScriptedModel) -> None:
    assistant = await make_assistant(owner, llm_model_type=model.name)
    await ask(owner, assistant, "Hello", enable_code_interpreter=True)
    assert TOOL in offered(model)
    for fields in ({}, {"enable_code_interpreter": False}):
        await ask(owner, assistant, "Hello", **fields)
        assert TOOL not in offered(model)
    await ask(owner, assistant, "Hello", enable_code_interpreter=True, leave_out={"tools": [TOOL]})
    assert TOOL not in offered(model)


async def test_where_no_scripts_run_the_tool_is_not_offered(
    coder: Coder, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = platform.resources.workspaces
    off = there.settings.model_copy(update={"script_isolation": "off"})
    monkeypatch.setattr(platform.resources.conversations, "workspaces", replace(there, settings=off))
    await ask(coder.client, coder.assistant, "Hello")
    assert TOOL not in offered(coder.model)
