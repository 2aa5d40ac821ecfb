"""Pictures that assistants make: who may, with which model, where they are seen, what they cost, how they fail."""

import io
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation, personal_project, stream, text_of
from tests.conversations.rows import ledger
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_equipment import call, offered
from tests.conversations.test_pictures import artifacts
from tests.fakes.openai_server import PICTURE_USAGE, PIXEL, Answer
from tests.support import Platform

TOOL = "generate_image_tool"
KIT = {"toolkit": "FileSystem", "tools": [{"name": TOOL}]}
DRAW = f"Use {TOOL}: a red fox in the snow"
LINK = re.compile(r"\(sandbox:(/v1/files/[\w=+/]+)\)")


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


@pytest.fixture
async def painter(platform: Platform) -> AsyncIterator[ScriptedModel]:
    """A model that draws, behind an endpoint."""
    async with scripted_model(platform, supports_image_generation=True) as model:
        yield model


async def invoked(client: httpx2.AsyncClient, description: str) -> dict[str, Any]:
    body = {"project": await personal_project(client), "tool_args": {"image_description": description}}
    answer = await client.post(f"/v1/tools/{TOOL}/invoke", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def told(client: httpx2.AsyncClient, assistant: str, painter: ScriptedModel, **fields: Any) -> str:
    """What the tool tells of a picture that the scripted model is to draw; a mock writes the reply around it."""
    answer = await ask(client, assistant, DRAW, image_generation_model=painter.name, **fields)
    (thought,) = (one for one in answer["thoughts"] if one["author_name"] == "Generate Image")
    return str(thought["message"])


async def test_an_assistant_that_makes_pictures_shows_one_and_its_owner_alone_opens_it(
    owner: Any, make_user: MakeUser, database: Database
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(owner, enable_image_generation=True)
    answer = await ask(owner, assistant, DRAW, conversation_id=conversation)
    (artifact,) = artifacts(answer["thoughts"])
    link = LINK.search(answer["generated"])
    assert link is not None
    assert link[1] == f"/v1/files/{artifact['file_url']}"
    opened = await owner.get(link[1])
    assert opened.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(opened.content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (384, 384))
    stranger = await make_user("stranger")
    assert (await stranger.get(link[1])).status_code == 404
    _, reply = (await owner.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert reply["fileNames"] == [artifact["file_url"]]
    assert {row.model for row in await ledger(database, conversation)} == {"mock-chat", "mock-image"}
    await owner.delete(f"/v1/conversations/{conversation}")
    assert (await owner.get(link[1])).status_code == 404


async def test_a_stream_tells_of_the_picture(owner: Any) -> None:
    chunks = await stream(owner, await make_assistant(owner, toolkits=[KIT]), DRAW)
    (artifact,) = artifacts([chunk["thought"] for chunk in chunks if chunk["thought"]])
    assert artifact["file_url"] in text_of(chunks)


@pytest.mark.parametrize(
    ("assistant", "conversation", "request_", "has_tool"),
    [
        ({}, None, {}, False),
        ({"enable_image_generation": True}, None, {}, True),
        ({"enable_image_generation": True}, None, {"enable_image_generation": False}, False),
        ({}, None, {"enable_image_generation": True}, True),
        ({}, True, {}, True),
        ({"enable_image_generation": True}, False, {}, False),
        ({"enable_image_generation": True}, False, {"enable_image_generation": True}, True),
        ({"toolkits": [KIT]}, False, {}, True),
        ({"enable_image_generation": True}, None, {"leave_out": {"tools": [TOOL]}}, False),
    ],
)
async def test_the_request_decides_before_the_conversation_and_that_before_the_assistant(
    owner: Any,
    platform: Platform,
    *,
    assistant: dict[str, Any],
    conversation: bool | None,
    request_: dict[str, Any],
    has_tool: bool,
) -> None:
    async with scripted_model(platform) as model:
        asked = await make_assistant(owner, llm_model_type=model.name, **assistant)
        body = {"initial_assistant_id": asked, "mcp_server_single_usage": False}
        made = (await owner.post("/v1/conversations", json=body)).json()["id"]
        changed = await owner.put(f"/v1/conversations/{made}", json={"enable_image_generation": conversation})
        assert changed.status_code == 200
        await ask(owner, asked, "Hello", conversation_id=made, **request_)
        assert (TOOL in offered(model)) is has_tool


async def test_an_earlier_version_draws_as_it_did(owner: Any, platform: Platform) -> None:
    async with scripted_model(platform) as model:
        assistant = await make_assistant(owner, llm_model_type=model.name, enable_image_generation=True)
        stored = (await owner.get(f"/v1/assistants/id/{assistant}")).json()
        sent = stored | {"enable_image_generation": False, "skip_integration_validation": True}
        assert (await owner.put(f"/v1/assistants/{assistant}", json=sent)).status_code == 200
        await ask(owner, assistant, "Hello")
        assert TOOL not in offered(model)
        await ask(owner, assistant, "Hello", version=1)
        assert TOOL in offered(model)


async def test_the_endpoint_gets_the_description_and_is_paid_for_what_it_counts(
    owner: Any, painter: ScriptedModel, database: Database
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(owner, enable_image_generation=True, image_generation_model=painter.name)
    answer = await ask(owner, assistant, DRAW, conversation_id=conversation)
    (received,) = painter.endpoint.received
    assert received.path == "/v1/images/generations"
    assert received.body["model"] == painter.name
    assert "red fox in the snow" in received.body["prompt"]
    (artifact,) = artifacts(answer["thoughts"])
    assert (await owner.get(f"/v1/files/{artifact['file_url']}")).content == PIXEL
    (row,) = (row for row in await ledger(database, conversation) if row.model == painter.name)
    counted = (PICTURE_USAGE["input_tokens"], PICTURE_USAGE["output_tokens"])
    assert (row.input_tokens, row.output_tokens) == counted
    assert float(row.cost) == pytest.approx(12 * 0.001 + 272 * 0.01)
    assert (row.assistant_id, row.project) == (assistant, await personal_project(owner))


async def test_an_endpoint_that_counts_nothing_is_paid_by_the_picture(
    owner: Any, painter: ScriptedModel, database: Database
) -> None:
    conversation = new_conversation()
    painter.will(Answer(usage=None))
    await told(owner, await make_assistant(owner, enable_image_generation=True), painter, conversation_id=conversation)
    (row,) = (row for row in await ledger(database, conversation) if row.model == painter.name)
    assert row.output_tokens == 1


async def test_azure_draws_at_the_address_of_its_deployment(owner: Any, platform: Platform) -> None:
    azure = {"provider": "azure_openai", "deployment_name": "art", "api_version": "2025-04-01-preview"}
    async with scripted_model(
        platform, supports_image_generation=True, **azure, endpoint={"api_key": "planted"}
    ) as model:
        await told(owner, await make_assistant(owner, enable_image_generation=True), model)
        (received,) = model.endpoint.received
    assert received.path.endswith("/v1/images/generations")
    assert received.headers["api-key"] == "planted"


async def test_a_picture_at_an_address_is_fetched_behind_the_egress_guard(owner: Any, painter: ScriptedModel) -> None:
    assistant = await make_assistant(owner, enable_image_generation=True)
    place = painter.endpoint.url.removesuffix("/v1")
    painter.will(Answer(picture={"url": f"{place}/pictures/fox.png?signature=planted"}))
    answer = await ask(owner, assistant, DRAW, image_generation_model=painter.name)
    (artifact,) = artifacts(answer["thoughts"])
    assert (await owner.get(f"/v1/files/{artifact['file_url']}")).content == PIXEL
    assert painter.endpoint.fetched == ["/pictures/fox.png?signature=planted"]

    painter.will(Answer(picture={"url": "http://169.254.169.254/latest/meta-data"}))
    assert "private, loopback or reserved address" in await told(owner, assistant, painter)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=429, error={"message": "slow down"}, headers={"Retry-After": "7"}), ["slow down", "7 seconds"]),
        (Answer(status=500, error={"message": "broken inside"}), ["broken inside", "later"]),
        (Answer(status=401, error={"message": "bad key"}), ["bad key", "administrator"]),
        (
            Answer(status=400, error={"code": "moderation_blocked", "message": "rejected by the safety system"}),
            ["refused", "safety system", "Describe another"],
        ),
        (Answer(picture={"b64_json": "bm8gcGljdHVyZQ=="}), ["no picture"]),
        (Answer(picture={"b64_json": "%%%"}), ["did not answer with a picture"]),
        (Answer(picture={"revised_prompt": "a fox"}), ["did not answer with a picture"]),
        (Answer(picture={"url": "file:///etc/passwd"}), ["address that is none"]),
    ],
)
async def test_what_goes_wrong_is_told_in_words_and_costs_nothing(
    owner: Any, painter: ScriptedModel, database: Database, answer: Answer, words: list[str]
) -> None:
    conversation = new_conversation()
    painter.will(answer)
    assistant = await make_assistant(owner, enable_image_generation=True)
    said = await told(owner, assistant, painter, conversation_id=conversation)
    assert said.startswith("Error calling tool: ")
    for word in words:
        assert word in said
    assert painter.name not in {row.model for row in await ledger(database, conversation)}


async def test_the_mock_fails_as_its_rules_say(owner: Any) -> None:
    refused = await invoked(owner, "A fox [mock:policy]")
    assert "The picture was refused" in refused["error"]
    assert "The mock refuses this key" in (await invoked(owner, "A fox [mock:401]"))["error"]
    assert "broke off" in (await invoked(owner, "A fox [mock:truncated]"))["error"]


async def test_a_direct_call_keeps_the_same_picture_for_the_same_words(owner: Any) -> None:
    pictures = []
    for words in ("A fox", "A fox", "A badger"):
        link = LINK.search((await invoked(owner, words))["output"])
        assert link is not None
        pictures.append((await owner.get(link[1])).content)
    assert pictures[0] == pictures[1] != pictures[2]


async def test_a_model_that_draws_nothing_cannot_be_asked_for(owner: Any) -> None:
    assistant = await make_assistant(owner)
    body = {"text": "Hello", "image_generation_model": "mock-chat"}
    refused = await owner.post(f"/v1/assistants/{assistant}/model", json=body)
    assert refused.status_code == 400
    assert "mock-image" in refused.json()["error"]["help"]


async def test_a_stored_model_that_is_gone_leaves_the_choice_to_the_catalogue(owner: Any) -> None:
    assistant = await make_assistant(owner, enable_image_generation=True, image_generation_model="gone")
    assert artifacts((await ask(owner, assistant, DRAW))["thoughts"])


async def test_a_helper_that_makes_pictures_makes_them_for_its_parent(owner: Any, platform: Platform) -> None:
    async with scripted_model(platform) as model:
        helper = await make_assistant(owner, name="Artist", enable_image_generation=True)
        parent = await make_assistant(owner, llm_model_type=model.name, assistant_ids=[helper])
        model.will(call("transfer_to_artist", task=DRAW), Answer(tokens=("Done",)))
        answer = await ask(owner, parent, "Let it draw")
        assert TOOL not in offered(model)
    assert artifacts(answer["thoughts"] + [child for one in answer["thoughts"] for child in one["children"]])


async def test_the_catalogue_of_tools_has_it(owner: Any) -> None:
    kits = (await owner.get("/v1/assistants/tools")).json()
    (kit,) = (kit for kit in kits if kit["toolkit"] == "FileSystem")
    assert TOOL in {tool["name"] for tool in kit["tools"]}
    assert [row["base_name"] for row in (await owner.get("/v1/llm_models/image_generation")).json()] == ["mock-image"]
