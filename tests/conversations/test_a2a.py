"""Assistants as agents of the Agent2Agent protocol."""

import uuid
from typing import Any

import httpx2

from tests.conftest import MakeUser
from tests.conversations.chatting import make_assistant

SPEAK = {"role": "user", "parts": [{"type": "text", "text": 'Say "ahoy"'}]}


def card_of(assistant: str) -> str:
    return f"/v1/a2a/assistants/{assistant}/.well-known/agent.json"


async def call(client: httpx2.AsyncClient, assistant: str, method: str, **parameters: Any) -> httpx2.Response:
    body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": parameters}
    return await client.post(f"/v1/a2a/assistants/{assistant}", json=body)


async def test_a_card_says_what_the_assistant_can_do(client: httpx2.AsyncClient) -> None:
    assistant = await make_assistant(client, name="Sailor", description="Knows the sea")
    card = (await client.get(card_of(assistant))).json()
    assert (card["name"], card["description"], card["version"]) == ("Sailor", "Knows the sea", "1.0.0")
    assert card["url"].endswith(f"/v1/a2a/assistants/{assistant}")
    assert card["capabilities"] == {"streaming": False, "pushNotifications": False, "stateTransitionHistory": True}
    assert card["authentication"]["schemes"] == ["Bearer"]
    assert [skill["id"] for skill in card["skills"]] == ["conversation"]


async def test_cards_are_for_those_who_may_use_the_assistant(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    assistant = await make_assistant(client)
    refused = await (await make_user()).get(card_of(assistant))
    assert refused.status_code == 403
    assert refused.json()["error"]["details"] == "You don't have permission to access this assistant."
    absent = await client.get(card_of("none"))
    assert absent.status_code == 404
    assert absent.json()["error"]["details"] == "Assistant with id none wasn't found"


async def test_a_task_is_answered_and_found_again(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    assistant, task = await make_assistant(client), str(uuid.uuid4())
    sent = (await call(client, assistant, "tasks/send", id=task, message=SPEAK)).json()
    assert (sent["jsonrpc"], sent["id"]) == ("2.0", 7)
    assert sent["result"]["status"]["state"] == "completed"
    assert sent["result"]["artifacts"][0]["parts"] == [{"type": "text", "text": "ahoy"}]
    found = (await call(client, assistant, "tasks/get", id=task)).json()["result"]
    assert found["status"]["message"] == sent["result"]["status"]["message"]
    assert [message["role"] for message in found["history"]] == ["user", "agent"]
    stranger = await make_user()
    other = await call(stranger, await make_assistant(stranger), "tasks/get", id=task)
    assert (other.status_code, other.json()["error"]["code"]) == (400, -32001)


async def test_a_failed_answer_is_a_failed_task(client: httpx2.AsyncClient) -> None:
    wrong = {"role": "user", "parts": [{"type": "text", "text": "[mock:429]"}]}
    answer = await call(client, await make_assistant(client), "tasks/send", id=str(uuid.uuid4()), message=wrong)
    assert answer.json()["result"]["status"]["state"] == "failed"


async def test_wrong_requests_are_told_in_json_rpc(client: httpx2.AsyncClient) -> None:
    assistant = await make_assistant(client)
    url = f"/v1/a2a/assistants/{assistant}"
    assert (await client.post(url, content=b"{")).json()["error"]["code"] == -32700
    assert (await client.post(url, json=[])).json()["error"]["code"] == -32600
    for method, parameters in (
        ("tasks/sendSubscribe", {"id": "t", "message": SPEAK}),
        ("tasks/send", {"id": "", "message": SPEAK}),
        ("tasks/send", {"id": "t", "message": {"parts": []}}),
    ):
        answer = await call(client, assistant, method, **parameters)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32600)
