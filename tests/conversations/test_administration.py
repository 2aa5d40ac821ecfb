"""What administrators do with everybody's conversations, and what the worker deletes by itself."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from codemie.conversations import housekeeping
from codemie.conversations.settings import ConversationsSettings
from codemie.conversations.tidying import Tidier
from codemie.kernel.database import Database, utcnow
from tests.conftest import MakeUser
from tests.conversations.test_files import conversation_with, upload
from tests.conversations.test_sharing import said
from tests.identity.administration import events
from tests.support import Platform, until


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def test_several_conversations_are_finished_at_once(owner: Any, client: Any) -> None:
    fresh, before = await said(owner), await said(owner)
    finished = (await owner.post(f"/v1/conversations/{before}/finish")).json()["finishedAt"]
    body = {"conversationIds": [fresh, before, "nothing"]}
    assert (await owner.post("/v1/admin/conversations/finish-bulk", json=body)).status_code == 403
    answer = (await client.post("/v1/admin/conversations/finish-bulk", json=body)).json()
    assert answer["total"] == 3
    first, second, third = answer["results"]
    assert (first["conversationId"], first["alreadyFinished"], first["error"]) == (fresh, False, None)
    assert (second["alreadyFinished"], second["finishedAt"]) == (True, finished)
    assert (third["error"], third["finishedAt"]) == ("not_found", None)
    again = (await client.post("/v1/admin/conversations/finish-bulk", json=body)).json()["results"][0]
    assert (again["alreadyFinished"], again["finishedAt"]) == (True, first["finishedAt"])
    assert (await owner.delete(f"/v1/conversations/{fresh}/history")).status_code == 409


async def test_finishing_takes_between_one_and_five_hundred(client: Any) -> None:
    for ids in ([], ["x"] * 501):
        answer = await client.post("/v1/admin/conversations/finish-bulk", json={"conversationIds": ids})
        assert answer.status_code == 422


async def test_administrators_list_everybodys_conversations(owner: Any, client: Any) -> None:
    first, second = await said(owner, "First"), await said(owner, "Second")
    await owner.post(f"/v1/conversations/{first}/finish")
    assert (await owner.get("/v1/admin/conversations")).status_code == 403
    page = (await client.get("/v1/admin/conversations", params={"perPage": 1000})).json()
    rows = {row["id"]: row for row in page["data"]}
    assert rows[second]["name"] == "Second"
    assert rows[second]["user_id"] == (await owner.get("/v1/user")).json()["user_id"]
    assert page["pagination"]["page"] == 0
    open_ones = (await client.get("/v1/admin/conversations", params={"perPage": 1000, "isFinished": "false"})).json()
    assert {first, second} & {row["id"] for row in open_ones["data"]} == {second}
    later = {"startedAt": (utcnow() + timedelta(days=1)).isoformat()}
    assert (await client.get("/v1/admin/conversations", params=later)).json()["pagination"]["total"] == 0
    nowhere = (await client.get("/v1/admin/conversations", params={"project": "nowhere"})).json()
    assert nowhere == {"data": [], "pagination": {"page": 0, "per_page": 20, "total": 0, "pages": 0}}


async def age(database: Database, conversation: str, days: int) -> None:
    async with database.session() as session:
        await session.execute(
            text("UPDATE conversations SET update_date = now() - make_interval(days => :days) WHERE id = :id"),
            {"days": days, "id": conversation},
        )


def tidier(database: Database, **settings: Any) -> Tidier:
    return Tidier(database, ConversationsSettings(**settings))


async def test_conversations_live_as_long_as_the_retention(owner: Any, client: Any, database: Database) -> None:
    token = await upload(owner)
    old, fresh = await conversation_with(owner, token), await said(owner)
    await age(database, old, 3651)
    assert await tidier(database).forget_conversations() == 0
    assert await tidier(database, retention_days=3652).forget_conversations() == 0
    assert await tidier(database, retention_days=3650).forget_conversations() == 1
    assert (await owner.get(f"/v1/conversations/{old}")).status_code == 404
    assert (await owner.get(f"/v1/files/{token}")).status_code == 404
    assert (await owner.get(f"/v1/conversations/{fresh}")).status_code == 200
    async with database.session() as session:
        told = await session.scalar(
            text(
                "SELECT attributes FROM activity_events WHERE event_type = 'conversation.retention_ended' "
                "AND attributes->'conversations' ? :id"
            ),
            {"id": old},
        )
    assert told["retention_days"] == 3650


async def test_unused_files_and_those_of_people_who_are_gone_are_deleted(
    owner: Any, make_user: MakeUser, database: Database
) -> None:
    sent, unsent = await upload(owner, "sent.txt"), await upload(owner, "unsent.txt")
    await conversation_with(owner, sent)
    leaver: Any = await make_user("leaver")
    left = await upload(leaver, "left.txt")
    await conversation_with(leaver, left)
    async with database.session() as session:
        await session.execute(text("UPDATE attached_files SET update_date = now() - interval '31 days'"))
    assert await tidier(database, unused_file_days=0, deleted_owner_days=0).forget_files() == 0
    await tidier(database).forget_files()
    assert (await owner.get(f"/v1/files/{sent}")).status_code == 200
    assert (await owner.get(f"/v1/files/{unsent}")).status_code == 404
    assert (await leaver.get(f"/v1/files/{left}")).status_code == 200
    async with database.session() as session:
        statement = "UPDATE users SET deleted_at = now() - interval '31 days' WHERE email = :email"
        await session.execute(text(statement), {"email": leaver.email})
    await tidier(database).forget_files()
    async with database.session() as session:
        found = await session.scalar(text("SELECT count(*) FROM attached_files WHERE token = :token"), {"token": left})
    assert found == 0


async def test_workspaces_without_a_conversation_are_deleted(owner: Any, database: Database) -> None:
    kept, lost, fresh = [
        (await owner.post("/v1/workspaces", json={"conversation_id": conversation})).json()["id"]
        for conversation in (await said(owner), f"never-{uuid.uuid4()}", f"new-{uuid.uuid4()}")
    ]
    async with database.session() as session:
        statement = "UPDATE workspaces SET update_date = now() - interval '31 days' WHERE id = any(:ids)"
        await session.execute(text(statement), {"ids": [kept, lost]})
    assert await tidier(database, unused_file_days=0).forget_workspaces() == 0
    assert await tidier(database).forget_workspaces() >= 1
    assert {row["id"] for row in (await owner.get("/v1/workspaces")).json()} == {kept, fresh}


async def test_the_worker_tidies_when_the_appointment_comes(
    owner: Any, platform: Platform, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dbos import DBOS

    old = await said(owner, f"Old {uuid.uuid4()}")
    await age(database, old, 3651)
    monkeypatch.setattr(housekeeping, "_tidiers", [tidier(housekeeping._tidiers[-1].database, retention_days=3650)])
    await asyncio.to_thread(DBOS.trigger_schedule, housekeeping.SCHEDULE)

    async def gone() -> bool:
        return (await owner.get(f"/v1/conversations/{old}")).status_code == 404

    await until(gone, what="the old conversation's end")


async def test_an_administrator_looks_into_a_conversation_and_that_is_written_down(
    owner: Any, client: Any, platform: Platform
) -> None:
    conversation, who = await said(owner, "Private"), (await owner.get("/v1/user")).json()["user_id"]
    path = f"/v1/admin/users/{who}/conversations/{conversation}"

    assert (await owner.get(path)).status_code == 403
    seen = (await client.get(path)).json()
    mark = {"author": "operator", "mark": "wrong", "comments": "Made up"}
    marked = (await client.put(f"{path}/feedback", json=mark)).json()

    assert (seen["id"], seen["user_id"], seen["user_abilities"]) == (conversation, who, [])
    assert seen["history"][0]["role"] == "User"
    given = marked["final_operator_mark"]
    assert (given["mark"], given["comments"], given["operator"]["name"]) == ("wrong", "Made up", "System Administrator")
    assert (await owner.get(f"/v1/conversations/{conversation}")).json()["final_operator_mark"] == given
    told = [(kind, facts["user_id"]) for kind, facts in await events(platform, conversation)]
    assert told == [
        ("conversation.read_by_administrator", who),
        ("conversation.marked_by_administrator", who),
    ]
    assert (await client.get(f"/v1/admin/users/nobody/conversations/{conversation}")).status_code == 404
