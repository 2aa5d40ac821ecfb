"""What command lines report about skills, over HTTP."""

import uuid
from typing import Any

import httpx2

from tests.assistants.conftest import Team


async def report(client: httpx2.AsyncClient, slug: str, command: str = "add", **fields: Any) -> None:
    body = {"session_id": "s", "command": command, "status": "completed", "skill_slug": slug, **fields}
    answer = await client.post("/v1/skills/events", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"id": answer.json()["id"], "success": True, "message": "Skill event recorded"}


async def test_installations_and_removals_are_counted(team: Team) -> None:
    slug = f"slug-{uuid.uuid4().hex[:8]}"
    await report(team.owner, slug, target_agents=["claude"], source="hub")
    await report(team.member, slug, agent="other")
    await report(team.owner, slug, command="remove")
    await report(team.owner, slug, command="list")
    await report(team.owner, slug, status="failed")
    stats = (await team.stranger.get(f"/v1/skills/events/{slug}/stats")).json()
    assert stats == {
        "installs": 2,
        "removals": 1,
        "by_agent": {"codemie-skills": 1, "other": 1},
        "by_source": {"hub": 1, "unknown": 1},
    }
    page = (await team.stranger.get("/v1/skills/events/stats?limit=1000")).json()
    assert {**stats, "skill_slug": slug} in page["data"]
    assert page["pagination"]["per_page"] == 1000


async def test_a_slug_nobody_reported_is_not_found(team: Team) -> None:
    assert (await team.owner.get("/v1/skills/events/never-heard-of/stats")).status_code == 404


async def test_people_see_their_own_events_and_administrators_all(team: Team, client: httpx2.AsyncClient) -> None:
    slug = f"slug-{uuid.uuid4().hex[:8]}"
    await report(team.owner, slug)
    await report(team.member, slug)

    async def seen(person: httpx2.AsyncClient) -> list[str]:
        rows = (await person.get("/v1/skills/events?limit=1000")).json()["data"]
        return sorted(row["user_email"] for row in rows if row["skill_slug"] == slug)

    assert await seen(team.owner) == [team.owner.email]
    assert await seen(client) == sorted([team.owner.email, team.member.email])


async def test_events_are_narrowed_by_time_and_paged(team: Team, client: httpx2.AsyncClient) -> None:
    await report(team.owner, f"slug-{uuid.uuid4().hex[:8]}")
    future = await client.get("/v1/skills/events", params={"from": "2999-01-01T00:00:00"})
    assert future.json()["data"] == []
    past = await client.get("/v1/skills/events/stats", params={"to": "2001-01-01T00:00:00Z"})
    assert past.json()["pagination"] == {"page": 0, "per_page": 100, "total": 0, "pages": 0}
    second = (await client.get("/v1/skills/events?limit=1&offset=1")).json()
    assert second["pagination"]["page"] == 1
    unknown = await team.owner.post("/v1/skills/events", json={"session_id": "s", "command": "eat", "status": "x"})
    assert unknown.status_code == 422
