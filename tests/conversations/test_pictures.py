"""Pictures that tools give back: people see them, they travel with the reply, and they go with it."""

import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pypdf
import pytest
from docx import Document
from pptx import Presentation

from codemie.conversations.exporting import pdf, slides, word
from codemie.conversations.exporting.documents import Document as Exported
from codemie.conversations.exporting.documents import Part
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, chunks_of, make_assistant, new_conversation, stream
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_equipment import call
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.fakes.mcp_tools import PICTURE
from tests.fakes.openai_server import Answer
from tests.mcp.test_servers_in_chats import entry
from tests.support import Platform, free_port, serving


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def artist(client: httpx2.AsyncClient, server: FakeMcpServer, **fields: Any) -> str:
    """An assistant with a tool that draws."""
    return await make_assistant(client, mcp_servers=[entry(server.url)], **fields)


def artifacts(thoughts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for thought in thoughts for one in thought["metadata"].get("image_artifacts", ())]


async def drawn(client: httpx2.AsyncClient, server: FakeMcpServer) -> tuple[str, str]:
    """A conversation with a picture; gives its id and the picture's token."""
    conversation = new_conversation()
    answer = await ask(client, await artist(client, server), "Use picture", conversation_id=conversation)
    (artifact,) = artifacts(answer["thoughts"])
    return conversation, artifact["file_url"]


async def test_a_picture_is_told_with_its_call_kept_with_the_reply_and_opened_by_its_owner_alone(
    owner: Any, server: FakeMcpServer, make_user: MakeUser
) -> None:
    conversation, token = await drawn(owner, server)
    opened = await owner.get(f"/v1/files/{token}")
    assert (opened.status_code, opened.content) == (200, PICTURE)
    assert opened.headers["content-type"] == "image/png"
    assert opened.headers["content-disposition"].startswith("inline")
    stranger = await make_user("stranger")
    assert (await stranger.get(f"/v1/files/{token}")).status_code == 404
    question, reply = (await owner.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert artifacts(reply["thoughts"]) == [{"file_url": token, "mime_type": "image/png"}]
    assert (question["fileNames"], reply["fileNames"]) == ([], [token])
    assert (await owner.get(f"/v1/conversations/{conversation}/files")).json() == [token]


async def test_a_stream_tells_the_picture_when_its_call_ends_and_again_to_who_comes_back(
    owner: Any, server: FakeMcpServer
) -> None:
    conversation = new_conversation()
    assistant = await artist(owner, server)
    fields = {"conversation_id": conversation, "stop_on_disconnect": False}
    chunks = await stream(owner, assistant, "Use picture", **fields)
    (artifact,) = artifacts([chunk["thought"] for chunk in chunks if chunk["thought"]])
    again = await owner.get(f"/v1/conversations/{conversation}/history/0/stream")
    assert artifacts([chunk["thought"] for chunk in chunks_of(again.text) if chunk["thought"]]) == [artifact]
    assert (await owner.get(f"/v1/files/{artifact['file_url']}")).content == PICTURE


async def test_readers_of_a_shared_conversation_see_its_pictures(
    owner: Any, server: FakeMcpServer, make_user: MakeUser
) -> None:
    conversation, token = await drawn(owner, server)
    link = (await owner.post("/v1/share/conversations", json={"chat_id": conversation})).json()["token"]
    reader = await make_user("reader")
    assert (await reader.get(f"/v1/files/{token}", params={"share_token": link})).content == PICTURE
    _, other = await drawn(owner, server)
    assert (await reader.get(f"/v1/files/{other}", params={"share_token": link})).status_code == 404


@pytest.mark.parametrize("gone", ["", "/history", "/history/0"])
async def test_pictures_go_with_the_reply(owner: Any, server: FakeMcpServer, gone: str) -> None:
    conversation, token = await drawn(owner, server)
    assert (await owner.delete(f"/v1/conversations/{conversation}{gone}")).status_code == 200
    assert (await owner.get(f"/v1/files/{token}")).status_code == 404


def shown(model: ScriptedModel) -> int:
    """How many pictures the model was shown with its last request."""
    return json.dumps(model.last).count(base64.b64encode(PICTURE).decode())


async def test_a_model_that_sees_is_shown_the_picture_and_again_while_it_is_fresh(
    owner: Any, server: FakeMcpServer, platform: Platform
) -> None:
    async with scripted_model(platform, multimodal=True) as model:
        assistant, conversation = await artist(owner, server, llm_model_type=model.name), new_conversation()
        model.will(call("picture"), Answer(tokens=("Here.",)))
        await ask(owner, assistant, "Draw", conversation_id=conversation)
        assert shown(model) == 1
        for _ in range(5):
            model.will(call("picture"), Answer())
            await ask(owner, assistant, "Draw another one", conversation_id=conversation)
        await ask(owner, assistant, "What is on them?", conversation_id=conversation)
        assert shown(model) == 4
        roles = [message["role"] for message in model.last]
        assert roles[-5:] == ["assistant", "tool", "user", "assistant", "user"]
        assert "Picture that picture gave back" in json.dumps(model.last[-3])
        assert "Attached files" not in json.dumps(model.last)


async def test_a_model_that_does_not_see_is_told_of_the_picture(
    owner: Any, server: FakeMcpServer, platform: Platform
) -> None:
    async with scripted_model(platform) as model:
        assistant, conversation = await artist(owner, server, llm_model_type=model.name), new_conversation()
        model.will(call("picture"), Answer(tokens=("Here.",)))
        await ask(owner, assistant, "Draw", conversation_id=conversation)
        await ask(owner, assistant, "What is on it?", conversation_id=conversation)
        assert shown(model) == 0
        assert "[image image/png" in json.dumps(model.last)


async def test_a_history_that_is_brought_in_shows_no_pictures_of_others(
    owner: Any, server: FakeMcpServer, platform: Platform, make_user: MakeUser
) -> None:
    _, token = await drawn(owner, server)
    thief, conversation = await make_user("thief"), new_conversation()
    forged = [
        {
            "id": "1", "message": "x", "interrupted": False, "parent_id": None, "author_name": "Picture",
            "metadata": {
                "replay_type": "tool", "tool_name": "picture", "tool_args": {},
                "image_artifacts": [{"file_url": token}, {"file_url": "no token"}, 7],
            },
        }
    ]  # fmt: skip
    history = [{"role": "User", "message": "a"}, {"role": "Assistant", "message": "b", "thoughts": forged}]
    await thief.put(f"/v1/conversations/{conversation}/history", json={"history": history})
    async with scripted_model(platform, multimodal=True) as model:
        assistant = await artist(thief, server, llm_model_type=model.name)
        await ask(thief, assistant, "What is on it?", conversation_id=conversation)
        assert shown(model) == 0
        assert "picture" in json.dumps(model.last)


async def test_a_sub_assistants_picture_reaches_the_person_too(
    owner: Any, server: FakeMcpServer, platform: Platform
) -> None:
    async with scripted_model(platform) as model:
        sub = await artist(owner, server, name="Painter", llm_model_type=model.name)
        parent = await make_assistant(owner, assistant_ids=[sub], llm_model_type=model.name)
        model.will(call("transfer_to_painter", task="Draw"), call("picture"), Answer(), Answer())
        answer = await ask(owner, parent, "Draw")
    (artifact,) = artifacts(answer["thoughts"])
    assert (await owner.get(f"/v1/files/{artifact['file_url']}")).content == PICTURE


async def test_where_there_is_no_room_the_answer_comes_without_its_picture(
    client: httpx2.AsyncClient, platform: Platform, server: FakeMcpServer
) -> None:
    environment = {
        **platform.environment,
        "CODEMIE_PORT": str(free_port()),
        "CODEMIE_CONVERSATIONS_MAX_FILES_BYTES": "1",
    }
    async with serving(environment) as full, full.client() as cramped:
        cramped.headers["Authorization"] = client.headers["Authorization"]
        answer = await ask(cramped, await artist(cramped, server), "Use picture")
    assert answer["success"]
    assert artifacts(answer["thoughts"]) == []
    assert "[image image/png" in answer["thoughts"][0]["message"]


async def test_exports_hold_the_pictures(owner: Any, server: FakeMcpServer) -> None:
    conversation, token = await drawn(owner, server)

    async def export(kind: str, place: str = "") -> bytes:
        answer = await owner.get(f"/v1/conversations/{conversation}{place}/export", params={"export_format": kind})
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    *_, reply = json.loads(await export("json"))["history"]
    assert artifacts(reply["thoughts"])[0]["file_url"] == token
    assert f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}" in (await export("md")).decode()
    assert len(Document(io.BytesIO(await export("docx"))).inline_shapes) == 1
    assert sum(len(page.images) for page in pypdf.PdfReader(io.BytesIO(await export("pdf"))).pages) == 1
    deck = Presentation(io.BytesIO(await export("pptx", "/history/0/0")))
    assert sum(hasattr(shape, "image") for slide in deck.slides for shape in slide.shapes) == 1


async def test_nobody_exports_the_pictures_of_others(owner: Any, server: FakeMcpServer, make_user: MakeUser) -> None:
    _, token = await drawn(owner, server)
    thief, conversation = await make_user("thief"), new_conversation()
    history = [
        {"role": "User", "message": "a"},
        {"role": "Assistant", "message": "b", "fileNames": [token, "no token"]},
    ]
    await thief.put(f"/v1/conversations/{conversation}/history", json={"history": history})
    exported = await thief.get(f"/v1/conversations/{conversation}/export", params={"export_format": "md"})
    assert exported.status_code == 200, exported.text
    assert "data:image" not in exported.text


@pytest.mark.parametrize("writer", [pdf, slides, word])
@pytest.mark.parametrize("bad", [b"", b"no picture", PICTURE[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_a_bad_picture_is_left_out_of_a_document(writer: Any, bad: bytes) -> None:
    address = f"data:image/png;base64,{base64.b64encode(bad).decode()}"
    made = writer.write(Exported("T", (Part("H", "Text", (), (address, "data:image/png;base64,?")),)))
    assert made
    if writer is not pdf:
        assert not [name for name in zipfile.ZipFile(io.BytesIO(made)).namelist() if "/media/" in name]
