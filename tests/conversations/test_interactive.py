"""Assistants that ask back: what is shown to the person, how the answer goes on, what is refused."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.conversations.attachments import FileToken
from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.rows import messages
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.fakes.openai_server import Answer
from tests.support import Platform, free_port, serving

EVERYTHING = {"action_buttons": True, "choice": True, "short_forms": True}
COLOURS = {
    "type": "multiple_choice",
    "id": "colour",
    "options": [{"value": "r", "label": "Red"}, {"value": "g", "label": "Green"}],
}
BOOKING: list[dict[str, Any]] = [
    {"type": "text", "content": "Which day, and for whom?"},
    {
        "type": "column",
        "children": [
            {"type": "date_picker", "id": "day", "label": "Day", "min": "2026-01-01", "required": True},
            {"type": "text_field", "id": "mail", "label": "Mail", "validation": {"required": True, "email": True}},
            {"type": "text_field", "id": "code", "label": "Code", "validation": {"regex": "[A-Z]{3}"}},
            {"type": "checkbox", "id": "agreed", "label": "Agreed", "validation": {"required": True}},
            {"type": "dropdown", "id": "room", "label": "Room", "options": [{"value": "1", "label": "One"}]},
            COLOURS,
            {"type": "button", "id": "book", "label": "Book"},
        ],
    },
]
VALUES: dict[str, Any] = {
    "day": {"value": "2026-03-04"},
    "mail": {"value": "ada@example.com"},
    "agreed": {"value": True},
    "room": {"value": "1"},
    "colour": {"selected": ["g"]},
}
SUBMITTED = {"id": "book", "values": VALUES}


def asks(surface: list[dict[str, Any]]) -> Answer:
    return Answer(calls=[("request_user_input", json.dumps({"surface": surface}))])


@pytest.fixture
async def model(platform: Platform) -> AsyncGenerator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


@pytest.fixture
async def assistant(client: httpx2.AsyncClient, model: ScriptedModel) -> str:
    return await make_assistant(client, llm_model_type=model.name, interactive_features=EVERYTHING)


def response(kind: str, payload: dict[str, Any], request_id: str = "call_0") -> dict[str, Any]:
    return {"request_id": request_id, "kind": kind, "payload": payload}


async def post(
    client: httpx2.AsyncClient, assistant: str, conversation: str, answer: dict[str, Any], **fields: Any
) -> httpx2.Response:
    body = {"text": "As I said", "conversation_id": conversation, "interactiveResponse": answer, **fields}
    return await client.post(f"/v1/assistants/{assistant}/model", json=body)


async def asked(client: httpx2.AsyncClient, assistant: str, model: ScriptedModel, surface: list[dict[str, Any]]) -> str:
    conversation = new_conversation()
    model.will(asks(surface))
    await ask(client, assistant, "Book a room", conversation_id=conversation)
    return conversation


async def test_the_stream_carries_the_question_and_ends(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = new_conversation()
    model.will(asks(BOOKING))
    *_, question, last = await stream(client, assistant, "Book a room", conversation_id=conversation)
    request = question["interactive_request"]
    assert set(request) == {"request_id", "surface"}
    assert [element["type"] for element in request["surface"]] == ["text", "column"]
    assert request["surface"][1]["children"][-1] == {
        "type": "button",
        "id": "book",
        "label": "Book",
        "style": "primary",
    }
    assert (last["last"], last["execution_error"]) == (True, None)
    assert last["generated"] == "Which day, and for whom?", "clients that show no elements read the question"
    history = (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert [item["interactiveRequest"] for item in history] == [None, request]


async def test_the_answer_goes_on_with_the_run_and_is_kept(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = await asked(client, assistant, model, BOOKING)
    answer = response("submit", SUBMITTED)
    model.will(Answer(tokens=("Booked.",)))
    replied = await post(client, assistant, conversation, answer)
    assert replied.status_code == 200, replied.text
    assert replied.json()["generated"] == "Booked."
    result = model.last[-1]
    assert (result["role"], result["tool_call_id"]) == ("tool", "call_0")
    assert json.loads(result["content"]) == {"kind": "submit", **SUBMITTED, "text": "As I said"}
    history = (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert [item["historyIndex"] for item in history] == [0, 0, 1, 1]
    assert [item["interactiveResponse"] for item in history] == [None, None, answer, None]
    assert [item["message"] for item in history[2:]] == ["As I said", "Booked."]


async def test_an_answered_question_may_lead_to_the_next(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    model.will(asks([{"type": "button", "id": "yes", "label": "Yes"}]), Answer(tokens=("Done.",)))
    first = response("choice", {"selected": ["r"]})
    assert (await post(client, assistant, conversation, first)).json()["generated"] == "Yes"
    second = await post(client, assistant, conversation, response("action", {"id": "yes"}))
    assert second.json()["generated"] == "Done."


async def test_who_writes_instead_of_answering_goes_on_without(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = await asked(client, assistant, model, BOOKING)
    await ask(client, assistant, "Never mind", conversation_id=conversation)
    assert [message["content"] for message in model.last if message["role"] == "assistant"] == [
        "Which day, and for whom?"
    ]
    late = await post(client, assistant, conversation, response("submit", SUBMITTED))
    assert late.status_code == 422


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("action", {"id": "other"}),
        ("choice", {"id": "colour", "selected": ["blue"]}),
        ("choice", {"id": "colour", "selected": ["r", "g"]}),
        ("choice", {"selected": ["r"]}),
        ("form", {"values": VALUES | {"day": {"value": "2025-12-31"}}}),
        ("form", {"values": VALUES | {"day": {"value": "soon"}}}),
        ("form", {"values": VALUES | {"day": {}}}),
        ("form", {"values": VALUES | {"mail": {"value": "nobody"}}}),
        ("form", {"values": VALUES | {"code": {"value": "ABCD"}}}),
        ("form", {"values": VALUES | {"agreed": {"value": False}}}),
        ("form", {"values": VALUES | {"room": {"value": "2"}}}),
        ("form", {"values": VALUES | {"room": "2"}}),
        ("form", {"values": VALUES | {"unasked": {"value": "x"}}}),
        ("submit", {"values": VALUES}),
        ("text_fallback", {}),
        ("text_fallback", {"text": "x" * 70_000}),
        ("guess", {}),
    ],
)
async def test_an_answer_that_does_not_fit_is_refused_and_may_be_given_again(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel, kind: str, payload: dict[str, Any]
) -> None:
    conversation = await asked(client, assistant, model, BOOKING)
    assert (await post(client, assistant, conversation, response(kind, payload))).status_code == 422
    fitting = response("text_fallback", {"text": "The fourth, for Ada"})
    assert (await post(client, assistant, conversation, fitting)).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"save_history": False},
        {"file_names": ["token"] * 21},
        {"output_schema": {"type": "nothing"}},
        {"version": 0},
        {"text": "a\x00b"},
    ],
)
async def test_whatever_else_is_refused_the_question_can_still_be_answered(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel, fields: dict[str, Any]
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    answer = response("choice", {"selected": ["r"]})
    assert (await post(client, assistant, conversation, answer, **fields)).status_code == 422
    assert (await post(client, assistant, conversation, answer)).status_code == 200


async def test_a_missing_file_leaves_the_question_open(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    answer = response("choice", {"selected": ["r"]})
    missing = FileToken("text/plain", (await client.get("/v1/user")).json()["user_id"], "gone.txt").encode()
    assert (await post(client, assistant, conversation, answer, file_names=[missing])).status_code == 404
    assert (await post(client, assistant, conversation, answer, version=99)).status_code == 404
    assert (await post(client, assistant, conversation, answer)).status_code == 200


async def test_a_button_is_no_answer_where_none_was_shown(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    refused = await post(client, assistant, conversation, response("action", {"id": "colour"}))
    assert refused.status_code == 422


async def test_a_question_is_answered_once(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel, database: Database
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    answer = response("choice", {"selected": ["r"]})
    replies = await asyncio.gather(*(post(client, assistant, conversation, answer) for _ in range(4)))
    assert sorted(reply.status_code for reply in replies) == [200, 422, 422, 422]
    assert len(await messages(database, conversation)) == 4


async def test_only_what_was_asked_is_answered(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    wrong = response("choice", {"selected": ["r"]}, request_id="call_9")
    assert (await post(client, assistant, conversation, wrong)).status_code == 422
    right = response("choice", {"selected": ["r"]})
    other = await make_assistant(client)
    assert (await post(client, other, conversation, right)).status_code == 422
    resumed = await client.post(
        f"/v1/assistants/{assistant}/model/tool-call/resume",
        json={"conversation_id": conversation, "action": "allow"},
    )
    assert resumed.status_code == 409


async def test_nobody_else_answers(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel, make_user: MakeUser
) -> None:
    conversation = await asked(client, assistant, model, [COLOURS])
    stranger = await make_user()
    answer = response("choice", {"selected": ["r"]})
    assert (await post(stranger, assistant, conversation, answer)).status_code == 401
    own = await make_assistant(stranger)
    assert (await post(stranger, own, conversation, answer)).status_code == 403


def offered(model: ScriptedModel) -> list[str]:
    return [tool["function"]["name"] for tool in model.endpoint.received[-1].body.get("tools", [])]


async def test_only_assistants_with_a_feature_ask_and_only_where_the_reply_is_kept(
    client: httpx2.AsyncClient, assistant: str, model: ScriptedModel
) -> None:
    await ask(client, assistant, "Hello")
    assert offered(model) == ["request_user_input"]
    (tool,) = model.endpoint.received[-1].body["tools"]
    assert tool["function"]["parameters"]["properties"]["surface"]["items"]["additionalProperties"] is True
    await ask(client, assistant, "Hello", save_history=False)
    assert offered(model) == []
    await ask(client, await make_assistant(client, llm_model_type=model.name), "Hello")
    assert offered(model) == []


RESTRICTED: list[tuple[str, list[str]]] = [
    ("enabled: true", ["button", "multiple_choice", "dropdown", "date_picker", "text_field", "checkbox"]),
    ("enabled: true, catalog: [choice]", ["multiple_choice", "dropdown"]),
    ("enabled: true, catalog: [action_buttons, date_picker]", ["button", "date_picker"]),
    ("enabled: true, catalog: []", []),
    ("enabled: false", []),
]


@pytest.mark.parametrize(("settings", "kinds"), RESTRICTED)
async def test_an_installation_lets_assistants_show_less(
    client: httpx2.AsyncClient,
    assistant: str,
    model: ScriptedModel,
    platform: Platform,
    tmp_path: Path,
    settings: str,
    kinds: list[str],
) -> None:
    file = tmp_path / "customer.yaml"
    file.write_text(f"components: [{{id: 'features:interactiveElements', settings: {{{settings}}}}}]")
    environment = {
        **platform.environment, "CODEMIE_PORT": str(free_port()), "CODEMIE_CUSTOMER_CONFIG": str(file),
    }  # fmt: skip
    async with serving(environment) as strict, strict.client() as person:
        person.headers["Authorization"] = client.headers["Authorization"]
        model.will(asks([{"type": "text_field", "id": "a", "label": "A"}]), Answer(tokens=("Then not.",)))
        answer = await ask(person, assistant, "Hello", conversation_id=new_conversation())
        (tool,) = model.endpoint.received[0].body.get("tools") or [None]
        listed = {row["id"] for row in (await person.get("/v1/config")).json()}
    shown = (
        tool["function"]["parameters"]["properties"]["surface"]["items"]["properties"]["type"]["enum"] if tool else []
    )
    assert shown == (["text", "column", "row", *kinds] if kinds else [])
    assert (answer["generated"] == "A") == ("text_field" in kinds)
    assert ("features:interactiveElements" in listed) == settings.startswith("enabled: true")


NESTED: list[dict[str, Any]] = [COLOURS]
for _ in range(12):
    NESTED = [{"type": "column", "children": NESTED}]


@pytest.mark.parametrize(
    ("features", "surface", "problem"),
    [
        (
            {"choice": True},
            [{"type": "row", "children": [{"type": "button", "id": "a", "label": "A"}]}],
            "not switched on",
        ),
        (EVERYTHING, [{"type": "text", "content": "?"}], "Nothing can be answered"),
        (EVERYTHING, [COLOURS, COLOURS], "Every id may be used once"),
        (EVERYTHING, NESTED, "12 deep"),
        (EVERYTHING, [COLOURS, *[{"type": "text", "content": "x"}] * 100], "100 elements"),
        (EVERYTHING, [COLOURS, {"type": "text", "content": "x" * 70_000}], "65536 bytes"),
        (
            EVERYTHING,
            [{"type": "text_field", "id": "a", "label": "A", "validation": {"regex": "(a)\\1"}}],
            "regular expression",
        ),
    ],
)
async def test_the_model_repairs_what_cannot_be_shown(
    client: httpx2.AsyncClient, model: ScriptedModel, features: Any, surface: list[dict[str, Any]], problem: str
) -> None:
    assistant = await make_assistant(client, llm_model_type=model.name, interactive_features=features)
    model.will(asks(surface), Answer(tokens=("Then not.",)))
    answer = await ask(client, assistant, "Hello", conversation_id=new_conversation())
    assert answer["generated"] == "Then not."
    assert problem in model.last[-1]["content"]
