"""Links to conversations: made, opened, listed, revoked, expired."""

import uuid
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel.database import Database
from tests.conftest import MakeUser

UNKNOWN = {
    "message": "Shared conversation not found",
    "details": "The shared conversation you're trying to access doesn't exist or has been removed.",
}


async def said(client: httpx2.AsyncClient, question: str = "Where is it?", answer: str = "Over there.") -> str:
    conversation = str(uuid.uuid4())
    history = [
        {"role": "User", "message": question, "historyIndex": 0},
        {"role": "Assistant", "message": answer, "historyIndex": 0},
    ]
    stored = await client.put(f"/v1/conversations/{conversation}/history", json={"history": history})
    assert stored.status_code == 201, stored.text
    return conversation


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


@pytest.fixture
async def reader(make_user: MakeUser) -> Any:
    return await make_user("reader")


async def share(client: httpx2.AsyncClient, conversation: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/share/conversations", json={"chat_id": conversation, **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_anybody_signed_in_reads_a_shared_conversation(owner: Any, reader: Any, anonymous: Any) -> None:
    conversation = await said(owner)
    link = await share(owner, conversation)
    assert link["share_id"] == f"share_{conversation}"
    assert (len(link["token"]), link["token"].isalnum(), link["access_count"]) == (12, True, 0)
    for visit in (1, 2):
        opened = (await reader.get(f"/v1/share/conversations/{link['token']}")).json()
        assert opened["access_count"] == visit
    assert opened["conversation"]["id"] == conversation
    assert [item["message"] for item in opened["conversation"]["history"]] == ["Where is it?", "Over there."]
    assert opened["conversation"]["user_abilities"] == []
    assert (await reader.get(f"/v1/conversations/{conversation}")).status_code == 401
    assert (await anonymous.get(f"/v1/share/conversations/{link['token']}")).status_code == 401


async def test_sharing_again_gives_the_same_link(owner: Any) -> None:
    conversation = await said(owner)
    first, again = await share(owner, conversation), await share(owner, conversation)
    assert (first["token"], first["created_at"]) == (again["token"], again["created_at"])


async def test_only_the_owner_shares(owner: Any, reader: Any, client: Any) -> None:
    conversation = await said(owner)
    for stranger in (reader, client):
        refused = await stranger.post("/v1/share/conversations", json={"chat_id": conversation})
        assert refused.status_code == 401
    missing = await owner.post("/v1/share/conversations", json={"chat_id": "nothing"})
    assert missing.status_code == 404


async def test_an_unknown_link_is_not_found(reader: Any) -> None:
    answer = await reader.get("/v1/share/conversations/unknown")
    assert answer.status_code == 404
    assert {key: answer.json()["error"][key] for key in UNKNOWN} == UNKNOWN


async def test_a_revoked_link_opens_nothing_and_is_never_given_again(owner: Any, reader: Any) -> None:
    conversation = await said(owner)
    link = await share(owner, conversation)
    path = f"/v1/share/conversations/{link['token']}"
    assert (await reader.delete(path)).status_code == 404
    assert (await owner.delete(path)).status_code == 200
    assert (await reader.get(path)).status_code == 404
    assert (await owner.delete(path)).status_code == 404
    assert (await share(owner, conversation))["token"] != link["token"]


async def test_a_link_ends_when_it_should(owner: Any, reader: Any, database: Database) -> None:
    conversation = await said(owner)
    link = await share(owner, conversation, expires_in_days=1)
    path = f"/v1/share/conversations/{link['token']}"
    assert link["expires_at"] is not None
    assert (await reader.get(path)).status_code == 200
    async with database.session() as session:
        await session.execute(
            text("UPDATE conversation_shares SET expires_at = now() - interval '1 second' WHERE token = :token"),
            {"token": link["token"]},
        )
    assert (await reader.get(path)).status_code == 404
    assert (await owner.get("/v1/share/conversations")).json()["data"] == []
    assert (await share(owner, conversation))["token"] != link["token"]


async def test_the_owner_sees_what_is_shared(owner: Any, reader: Any) -> None:
    conversations = [await said(owner, question=f"Question {number}") for number in range(3)]
    links = [await share(owner, conversation) for conversation in conversations]
    page = (await owner.get("/v1/share/conversations", params={"per_page": 2})).json()
    assert [entry["token"] for entry in page["data"]] == [links[2]["token"], links[1]["token"]]
    assert page["data"][0]["conversation_name"] == "Question 2"
    assert page["pagination"]["total"] == 3
    assert (await reader.get("/v1/share/conversations")).json()["data"] == []


async def test_a_link_goes_with_its_conversation(owner: Any, reader: Any) -> None:
    conversation = await said(owner)
    link = await share(owner, conversation)
    assert (await owner.delete(f"/v1/conversations/{conversation}")).status_code == 200
    assert (await reader.get(f"/v1/share/conversations/{link['token']}")).status_code == 404
