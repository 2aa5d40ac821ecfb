"""Building the marketplace's index anew: what was out of date is right again, and nothing else changed."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.assistants import reindexing
from codemie.kernel.database import Database
from tests.assistants.conftest import Team, create, shown
from tests.conftest import MakeUser
from tests.support import until

REINDEX = "/v1/admin/marketplace/reindex"
SPOIL = text(
    "UPDATE assistants SET search_text = '', name_key = 'zzz', unique_users_count = 900, unique_likes_count = 900,"
    " unique_dislikes_count = 900 WHERE id = :id"
)


async def published(team: Team, name: str) -> str:
    made = await create(team.owner, team.project, name=name)
    body = {"categories": ["devops"], "ignore_recommendations": True}
    answer = await team.owner.post(f"/v1/assistants/{made}/marketplace/publish", json=body)
    assert answer.status_code == 200, answer.text
    return made


async def found(client: httpx2.AsyncClient, words: str) -> list[dict[str, Any]]:
    asked = {"filters": f'{{"search": "{words}"}}', "scope": "marketplace"}
    return list((await client.get("/v1/assistants", params=asked)).json()["data"])


async def newest_rebuild(client: httpx2.AsyncClient) -> dict[str, Any] | None:
    asked = {"event_type": "marketplace.reindexed", "limit": 1}
    rows = (await client.get("/v1/audit/events", params=asked)).json()["data"]
    return rows[0] if rows else None


@pytest.mark.parametrize("batch", [1, 200])
async def test_what_was_out_of_date_is_found_again(
    team: Team, client: httpx2.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(reindexing, "BATCH", batch)
    name = f"Lighthouse keeper {batch}"
    made = await published(team, name)
    await team.member.post(f"/v1/assistants/{made}/reactions", json={"reaction": "like"})
    before = await shown(team.owner, made)
    async with database.session() as session:
        await session.execute(SPOIL, {"id": made})
    assert await found(team.stranger, name) == []
    earlier = await newest_rebuild(client)

    answer = await client.post(REINDEX)

    assert (answer.status_code, set(answer.json())) == (202, {"message"})

    async def rebuilt() -> dict[str, Any] | None:
        row = await newest_rebuild(client)
        return row if row != earlier else None

    row = await until(rebuilt, what="the rebuilding of the marketplace")
    assert row["attributes"]["changed"] >= 1
    (listed,) = await found(team.stranger, name)
    assert (listed["id"], listed["unique_users_count"], listed["unique_likes_count"]) == (made, 0, 1)
    assert await shown(team.owner, made) == before


async def test_what_is_right_stays_untouched(team: Team, database: Database) -> None:
    made = await published(team, "Quiet harbour")
    await reindexing.rebuild(database)
    version = text("SELECT xmin::text FROM assistants WHERE id = :id")
    async with database.session() as session:
        before = await session.scalar(version, {"id": made})
    seen, changed = await reindexing.rebuild(database)
    async with database.session() as session:
        locked_only = await session.scalar(version, {"id": made})
    assert seen >= 1
    assert changed == 0
    assert locked_only == before


async def test_only_administrators_may(make_user: MakeUser, anonymous: httpx2.AsyncClient) -> None:
    assert (await (await make_user("plain")).post(REINDEX)).status_code == 403
    assert (await (await make_user("watcher", is_auditor=True)).post(REINDEX)).status_code == 403
    assert (await anonymous.post(REINDEX)).status_code == 401
