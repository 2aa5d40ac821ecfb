"""The audit log: what is told, who reads it, that nobody rewrites it, and how it leaves."""

import csv
import io
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.conftest import MakeUser
from tests.identity.administration import denial, events, fresh, id_of, new_project
from tests.support import Platform

EVENTS, AUDIT = "/v1/admin/activity-events", "/v1/audit/events"
KEYS = {
    "id", "domain", "event_type", "entity_type", "entity_id", "actor_id", "actor_email", "actor_name", "attributes",
    "created_at",
}  # fmt: skip


@pytest.fixture
async def client(make_user: MakeUser) -> httpx2.AsyncClient:
    """A maintainer of these tests' own: other tests count the first administrator's projects."""
    return await make_user("chief", is_maintainer=True)


async def listed(client: httpx2.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get(EVENTS, params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def test_events_name_who_did_it(client: httpx2.AsyncClient) -> None:
    name = await new_project(client)
    answer = (await client.get(EVENTS, params={"entity_id": name})).json()
    assert answer["pagination"] == {"page": 0, "per_page": 50, "total": 1, "pages": 1}
    event = answer["data"][0]
    assert set(event) == KEYS
    assert (event["domain"], event["event_type"], event["entity_type"]) == (
        "project_management", "project.created", "project",
    )  # fmt: skip
    assert (event["actor_id"], event["actor_email"]) == (await id_of(client), client.email)  # type: ignore[attr-defined]


async def test_events_are_filtered_ordered_and_paged(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    user = await make_user("busy")
    who = await id_of(user)
    names = [await new_project(user) for _ in range(3)]
    created = await listed(client, actor_id=who, event_type="project.created")
    assert [event["entity_id"] for event in created] == names[::-1]
    oldest = await listed(client, actor_id=who, event_type="project.created", sort_dir="asc", limit=2, offset=1)
    assert [event["entity_id"] for event in oldest] == names[1:]
    both = await listed(client, actor_id=who, event_type=["project.created", "user.login"], limit=1000)
    assert {event["event_type"] for event in both} == {"project.created", "user.login"}
    assert await listed(client, actor_id=who, domain="user_management", entity_type="project") == []
    middle = created[1]["created_at"]
    late = await listed(client, actor_id=who, event_type="project.created", **{"from": middle})
    early = await listed(client, actor_id=who, event_type="project.created", to=middle)
    assert ([len(late), len(early)]) == [2, 2]
    for wrong in (
        {"limit": 0},
        {"limit": 1001},
        {"sort_dir": "up"},
        {"from": "yesterday"},
        {"to": "0001-01-01T00:00:00+14:00"},
    ):
        assert (await client.get(EVENTS, params=wrong)).status_code == 422


async def test_filter_options_are_what_has_happened(client: httpx2.AsyncClient) -> None:
    await new_project(client)
    options = (await client.get(f"{EVENTS}/filter-options")).json()
    assert {"user_management", "project_management"} <= set(options["domains"])
    entity_types = set(options["mapping"]["project_management"]["entity_types"])
    assert {"project"} <= entity_types <= {"project", "spending"}
    assert "project.created" in options["mapping"]["project_management"]["event_types"]
    assert "user.created" in options["event_types"]


async def test_maintainers_read_it_by_the_protocol_and_auditors_by_our_routes(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    plain, auditor = await make_user("plain"), await make_user("auditor", is_auditor=True)
    administrator = await make_user("administrator", is_admin=True)
    for path in (EVENTS, f"{EVENTS}/filter-options"):
        for person in (plain, auditor, administrator):
            answer = await person.get(path, params={"limit": "x"})
            assert denial(answer) == (403, "This action requires maintainer privileges.")
    for path in (AUDIT, "/v1/audit/filter-options", "/v1/audit/export"):
        assert (await auditor.get(path)).status_code == (await client.get(path)).status_code == 200
        for person in (plain, administrator):
            assert denial(await person.get(path)) == (403, "This action requires maintainer or auditor privileges.")


async def test_sign_ins_are_told_whether_they_succeed_or_not(make_user: MakeUser, platform: Platform) -> None:
    user = await make_user("visitor")
    who, wrong = await id_of(user), {"email": user.email, "password": "not-my-password"}  # type: ignore[attr-defined]
    async with platform.client() as nobody:
        assert (await nobody.post("/v1/local-auth/login", json=wrong)).status_code == 401
        unknown = {"email": f"{fresh()}@codemie.test", "password": "hunter2-hunter2"}
        assert (await nobody.post("/v1/local-auth/login", json=unknown)).status_code == 401
        misplaced = {"email": "my-secret-p@ss", "password": "x"}
        assert (await nobody.post("/v1/local-auth/login", json=misplaced)).status_code == 401
    told = await events(platform, who)
    assert [kind for kind, _ in told] == ["user.created", "user.login", "user.login_failed"]
    assert (told[-1][1]["method"], told[-1][1]["address"]) == ("password", "127.0.0.1")
    unknown_told = str(await events(platform, "unknown"))
    assert unknown["email"] in unknown_told
    assert unknown["password"] not in unknown_told
    assert misplaced["email"] not in unknown_told


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity_events SET actor_id = 'somebody-else'",
        "DELETE FROM activity_events",
        "TRUNCATE activity_events",
    ],
)
async def test_nobody_rewrites_the_log(platform: Platform, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with platform.resources.database.session() as session:
            await session.execute(text(statement))


async def test_the_export_is_the_log_as_csv_and_json(client: httpx2.AsyncClient, platform: Platform) -> None:
    name = await new_project(client)
    await client.patch(f"/v1/projects/{name}", json={"display_name": "x"})
    asked = {"entity_id": name}
    as_csv = await client.get("/v1/audit/export", params=asked)
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(as_csv.text)))
    as_json = (await client.get("/v1/audit/export", params={**asked, "format": "json"})).json()
    assert [row["event_type"] for row in rows] == ["project.created", "project.updated"]
    assert [event["id"] for event in as_json] == [row["id"] for row in rows]
    assert set(rows[0]) == set(as_json[0]) == KEYS
    assert (await client.get("/v1/audit/export", params={"entity_id": "nothing", "format": "json"})).json() == []
    taken = [facts for kind, facts in await events(platform, "activity_events") if facts["conditions"] == asked]
    assert [facts["format"] for facts in taken] == ["csv", "json"]


async def test_no_cell_of_an_export_is_a_formula(client: httpx2.AsyncClient, platform: Platform) -> None:
    name = f"=cmd-{fresh()}"
    assert (await client.post("/v1/admin/application", json={"name": name})).status_code == 200
    rows = list(csv.DictReader(io.StringIO((await client.get("/v1/audit/export", params={"entity_id": name})).text)))
    assert [row["entity_id"] for row in rows] == [f"'{name}"]
