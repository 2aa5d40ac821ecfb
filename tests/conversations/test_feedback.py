"""Marks on answers, on whole conversations, and what a conversation cost."""

from typing import Any

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.test_sharing import said


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


def opinion(conversation: str, **more: Any) -> dict[str, Any]:
    return {
        "conversationId": conversation,
        "messageIndex": 1,
        "assistant_id": "a",
        "request": "q",
        "response": "",
        "author": "user",
        "mark": "wrong",
        "comments": "No",
        "type": "quality",
        **more,
    }


async def mark_of(client: httpx2.AsyncClient, conversation: str, name: str = "userMark") -> Any:
    return (await client.get(f"/v1/conversations/{conversation}")).json()["history"][1][name]


async def test_a_mark_is_given_replaced_and_taken_back(owner: Any) -> None:
    conversation = await said(owner)
    first = (await owner.post("/v1/feedback", json=opinion(conversation))).json()["id"]
    mark = await mark_of(owner, conversation)
    assert (mark["mark"], mark["comments"], mark["type"], mark["feedback_id"]) == ("wrong", "No", "quality", first)
    again = await owner.post("/v1/feedback", json=opinion(conversation, mark="correct", comments=None))
    mark = await mark_of(owner, conversation)
    assert (mark["mark"], mark["comments"], mark["feedback_id"]) == ("correct", "", again.json()["id"])
    removal = {
        "conversationId": conversation,
        "feedbackId": mark["feedback_id"],
        "messageIndex": 1,
        "assistant_id": "a",
        "author": "user",
    }
    outdated = await owner.request("DELETE", "/v1/feedback", json={**removal, "feedbackId": first})
    assert outdated.status_code == 404
    removed = await owner.request("DELETE", "/v1/feedback", json=removal)
    assert removed.json() == {"message": "Specified feedback entry removed"}
    assert await mark_of(owner, conversation) is None


async def test_the_operators_mark_stands_beside_the_users(owner: Any) -> None:
    conversation = await said(owner)
    for author in ("user", "operator"):
        assert (await owner.post("/v1/feedback", json=opinion(conversation, author=author))).status_code == 200
    assert (await mark_of(owner, conversation))["feedback_id"]
    assert (await mark_of(owner, conversation, "operatorMark"))["feedback_id"]


async def test_a_missing_field_is_named(owner: Any) -> None:
    body = opinion(await said(owner))
    del body["response"]
    answer = await owner.post("/v1/feedback", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["msg"] == "Field required"


async def test_only_answers_of_ones_own_conversations_are_marked(owner: Any, make_user: MakeUser, client: Any) -> None:
    conversation = await said(owner)
    for stranger in (await make_user("stranger"), client):
        assert (await stranger.post("/v1/feedback", json=opinion(conversation))).status_code == 401
        assert (await stranger.get(f"/v1/assistants/metrics/{conversation}")).status_code == 401
    for place in (0, 2):
        assert (await owner.post("/v1/feedback", json=opinion(conversation, messageIndex=place))).status_code == 404
    assert (await owner.post("/v1/feedback", json=opinion("nothing"))).status_code == 404


async def test_administrators_read_what_was_sent_with_the_mark(owner: Any, client: Any) -> None:
    made = (await owner.post("/v1/feedback", json=opinion(await said(owner)))).json()["id"]
    listed = (await client.get("/v1/feedback")).json()
    assert listed[0]["id"] == made
    entry = (await client.get(f"/v1/feedback/{made}")).json()
    assert (entry["request"], entry["mark"], entry["history"]) == ("q", "wrong", None)
    assert (await owner.get("/v1/feedback")).status_code == 403
    assert (await client.get("/v1/feedback/none")).status_code == 404


async def test_a_conversation_is_marked_as_a_whole(owner: Any) -> None:
    conversation = await said(owner)
    for author in ("user", "operator"):
        body = {"author": author, "mark": "partially correct", "comments": "So so"}
        answer = await owner.post(f"/v1/conversations/{conversation}/feedback", json=body)
        assert answer.json()["conversation_id"] == conversation
    shown = (await owner.get(f"/v1/conversations/{conversation}")).json()
    assert shown["final_user_mark"]["mark"] == "partially correct"
    assert shown["final_operator_mark"]["operator"]["name"] == shown["user_name"]
    metrics = (await owner.get(f"/v1/assistants/metrics/{conversation}")).json()
    assert (metrics["final_user_rating"], metrics["final_operator_rating"]) == (1, 1)


async def test_metrics_are_the_sums_of_the_history(owner: Any) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(owner)
    for question in ("One", "Two"):
        await ask(owner, assistant, question, conversation_id=conversation)
    await owner.post("/v1/feedback", json=opinion(conversation, mark="correct"))
    history = (await owner.get(f"/v1/conversations/{conversation}")).json()["history"]
    metrics = (await owner.get(f"/v1/assistants/metrics/{conversation}")).json()
    answers = [item for item in history if item["role"] == "Assistant"]
    assert metrics["total_input_tokens"] == sum(item["inputTokens"] for item in answers) > 0
    assert metrics["total_output_tokens"] == sum(item["outputTokens"] for item in answers) > 0
    assert metrics["total_money_spent"] == pytest.approx(sum(item["moneySpent"] for item in answers))
    assert metrics["number_of_messages"] == 4
    assert metrics["avg_user_rating"] == 2
    assert "final_user_rating" not in metrics


async def test_metrics_of_an_empty_conversation_are_zeros(owner: Any) -> None:
    conversation = (await owner.post("/v1/conversations", json={})).json()["id"]
    metrics = (await owner.get(f"/v1/assistants/metrics/{conversation}")).json()
    assert (metrics["total_input_tokens"], metrics["total_money_spent"]) == (0, 0)
