"""Projects over HTTP: who sees them, what may be written, and the words of refusals."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from tests.conftest import MakeUser
from tests.identity.administration import OVERSEERS, SUPERUSERS, denial, events, fresh, id_of, new_project
from tests.support import Platform

from codemie.kernel.database import Database

FACE = {
    "name", "display_name", "description", "project_type", "created_by", "created_at", "cost_center_id",
    "cost_center_name", "chargeback_attribution",
}  # fmt: skip
VIEW = FACE | {"enforce_member_spend_limits"}
ITEM = FACE | {"user_count", "admin_count", "counters", "spending", "budgets", "chargeback_enabled"}
DETAIL = VIEW | {"user_count", "admin_count", "members", "spending", "spending_widget", "chargeback_enabled"}
SWITCH = {"cli_analytics_enabled"}


@pytest.fixture
async def client(make_user: MakeUser) -> httpx2.AsyncClient:
    """A maintainer of these tests' own: other tests count the first administrator's projects."""
    return await make_user("chief", is_maintainer=True)


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]


async def test_a_created_project_is_administered_by_its_creator(make_user: MakeUser, platform: Platform) -> None:
    user = await make_user("founder")
    name = fresh()
    answer = await user.post("/v1/projects", json={"name": name, "display_name": " Team ", "description": "  "})
    created = answer.json()
    assert answer.status_code == 201
    assert set(created) == VIEW | SWITCH
    assert (created["display_name"], created["description"], created["project_type"]) == ("Team", None, "shared")
    detail = (await user.get(f"/v1/projects/{name}")).json()
    assert set(detail) == DETAIL | SWITCH
    assert [(row["user_id"], row["is_project_admin"]) for row in detail["members"]] == [(await id_of(user), True)]
    assert name in (await user.get("/v1/user")).json()["applications_admin"]
    assert [kind for kind, _ in await events(platform, name)] == ["project.created"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"name": ""}, 400, "Project name is required"),
        ({"name": "ab"}, 400, "Project name must have"),
        ({"name": "Upper"}, 400, "Project name must have"),
        ({"name": "-dash"}, 400, "Project name must have"),
        ({"name": "x" * 101}, 400, "Project name must have"),
        ({"name": "admin"}, 400, "Project name 'admin' is reserved"),
        ({"name": "fine-name", "description": "x" * 501}, 400, "Project description must not exceed 500"),
        ({"name": "fine-name", "display_name": "x" * 151}, 400, "Project display name must not exceed 150"),
        ({"name": "codemie"}, 409, "Project 'codemie' already exists"),
        ({"name": "fine-name", "cost_center_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}, 404, "Cost center not found"),
        ({}, 422, "name: Field required"),
    ],
)
async def test_what_no_project_can_be_is_refused(
    client: httpx2.AsyncClient, body: dict[str, Any], status: int, message: str
) -> None:
    code, told = problem(await client.post("/v1/projects", json=body))
    assert code == status
    assert told.startswith(message)


async def test_a_limit_holds_also_for_two_at_once(make_user: MakeUser) -> None:
    user = await make_user("limited", project_limit=1)
    answers = await asyncio.gather(*(user.post("/v1/projects", json={"name": fresh()}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403]


async def test_strangers_see_nothing_members_read_overseers_read_all(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    owner, member, stranger = [await make_user(name) for name in ("owner", "member", "stranger")]
    auditor = await make_user("auditor", is_auditor=True)
    name = await new_project(owner)
    body = {"user_id": await id_of(member), "is_project_admin": False}
    assert (await owner.post(f"/v1/projects/{name}/assignment", json=body)).status_code == 200
    seen = {}
    for who, person in {"owner": owner, "member": member, "stranger": stranger, "auditor": auditor}.items():
        listed = (await person.get("/v1/projects", params={"search": name})).json()["data"]
        detail = await person.get(f"/v1/projects/{name}")
        assert detail.status_code == (200 if listed else 404)
        assert (await person.get(f"/v1/application/{name}")).status_code == (200 if listed else 403)
        seen[who] = [set(row) - ITEM for row in listed]
    assert seen == {"owner": [SWITCH], "member": [set()], "stranger": [], "auditor": [set()]}
    missing = await stranger.get("/v1/projects/never-made")
    assert missing.json() == (await stranger.get(f"/v1/projects/{name}")).json()
    assert missing.json() == {"error": {"message": "Project not found", "details": None, "help": None}}


async def test_a_personal_project_is_its_owners_alone(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    owner, other = await make_user("owner"), await make_user("other")
    path = f"/v1/projects/{owner.email}"  # type: ignore[attr-defined]
    assert (await owner.get(path)).json()["project_type"] == "personal"
    assert (await other.get(path)).status_code == 404
    assert (await client.get(path)).status_code == 200
    body = {"user_id": await id_of(other), "is_project_admin": False}
    text = "Cannot modify membership of a personal project"
    assert problem(await owner.post(f"{path}/assignment", json=body)) == (403, text)
    assert problem(await client.post(f"{path}/assignments", json={"users": [body]})) == (403, text)
    assert (await other.post(f"{path}/assignment", json=body)).status_code == 404
    assert problem(await owner.delete(path)) == (403, "Cannot delete a personal project")
    assert problem(await owner.put(f"{path}/ownership", json=body)) == (403, "Cannot update a personal project")
    assert problem(await client.patch(path, json={"cli_analytics_enabled": True}))[0] == 400


async def test_the_list_has_pages_order_and_counters(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    user = await make_user("lister")
    mark = fresh("mark")
    names = [await new_project(user, f"{mark}-{letter}") for letter in "bca"]
    await client.patch(f"/v1/projects/{names[0]}", json={"display_name": mark})

    async def listed(**query: Any) -> list[str]:
        rows = (await user.get("/v1/projects", params={"search": mark, **query})).json()["data"]
        return [row["name"][-1] for row in rows]

    assert await listed() == ["b", "a", "c"]
    assert await listed(sort_by="name") == ["a", "b", "c"]
    assert await listed(sort_by="name", sort_order="desc") == ["c", "b", "a"]
    assert await listed(sort_by="created_at") == ["b", "c", "a"]
    assert await listed(search="%") == []
    page = (await user.get("/v1/projects", params={"per_page": 10, "search": mark})).json()
    assert page["pagination"] == {"total": 3, "page": 0, "per_page": 10}
    assert set(page["data"][0]["counters"].values()) == {0}
    assert (await user.get("/v1/projects", params={"include_counters": False})).json()["data"][0]["counters"] is None
    assert (await user.get("/v1/projects", params={"per_page": 9})).status_code == 422
    assert (await user.get("/v1/projects", params={"has_assigned_budgets": True})).status_code == 400


async def test_changing_a_project(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    owner = await make_user("owner")
    path = f"/v1/projects/{await new_project(owner, description='first')}"
    sdk = {"description": "second", "clear_description": False, "clear_cost_center": False}
    changed = (await owner.patch(path, json=sdk)).json()
    assert set(changed) == VIEW | SWITCH
    assert changed["description"] == "second"
    assert (await owner.patch(path, json={"description": " "})).json()["description"] is None
    assert (await owner.patch(path, json={"enforce_member_spend_limits": True})).json()["enforce_member_spend_limits"]
    assert (await client.patch(path, json={"cli_analytics_enabled": True})).json()["cli_analytics_enabled"] is True


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 422, "request: Value error, Provide at least one field"),
        ({"cli_analytics_enabled": None}, 422, "Provide at least one field"),
        ({"clear_description": False}, 422, "request: Value error, Provide at least one field"),
        (
            {"description": "x", "clear_description": True},
            422,
            "request: Value error, Provide either description or clear_description",
        ),
        ({"name": "Bad Name"}, 400, "Project name must have"),
        ({"name": "other-name-that-is-free"}, 409, "Project '"),
        ({"chargeback_attribution": "nobody"}, 400, "chargeback_attribution must be"),
        ({"chargeback_attribution": "cost_center"}, 400, "A project without an active cost center"),
        ({"description": "x" * 501}, 400, "Project description must not exceed"),
    ],
)
async def test_changes_that_make_no_sense_are_refused(
    client: httpx2.AsyncClient, body: dict[str, Any], status: int, message: str
) -> None:
    path = f"/v1/projects/{await new_project(client)}"
    code, told = problem(await client.patch(path, json=body))
    assert code == status
    assert told.startswith(message)


async def test_who_may_not_change_learns_that_whatever_the_body(make_user: MakeUser) -> None:
    owner, stranger, auditor = [await make_user("o"), await make_user("s"), await make_user("a", is_auditor=True)]
    name = await new_project(owner)
    for person in (stranger, auditor):
        assert (await person.patch(f"/v1/projects/{name}", json={})).status_code == 403
        assert (await person.patch("/v1/projects/never-made", json={})).status_code == 404
        for method, path in (("DELETE", ""), ("PUT", "/ownership"), ("POST", "/assignment"), ("POST", "/assignments")):
            hidden = await person.request(method, f"/v1/projects/{name}{path}", json=None if method == "DELETE" else {})
            assert problem(hidden) == (404, "Project not found")
    # The switch for analytics is an administrator's, even on one's own project, even as null.
    for value in (None, True):
        refused = await owner.patch(f"/v1/projects/{name}", json={"cli_analytics_enabled": value})
        assert denial(refused) == (403, SUPERUSERS)
    assert denial(await owner.post("/v1/projects", json={"name": fresh(), "cli_analytics_enabled": False})) == (
        403,
        SUPERUSERS,
    )


async def test_only_an_empty_project_is_deleted(make_user: MakeUser, database: Database) -> None:
    owner, member = await make_user("owner"), await make_user("member")
    name = await new_project(owner)
    body = {"user_id": await id_of(member), "is_project_admin": False}
    await owner.post(f"/v1/projects/{name}/assignment", json=body)
    assert (await owner.delete(f"/v1/projects/{name}")).status_code == 409
    await owner.delete(f"/v1/projects/{name}/assignment/{await id_of(member)}")
    async with database.session() as session:
        await session.execute(
            text(
                "INSERT INTO data_sources (id, date, update_date, project_id, name, type, owner_id, created_by) "
                "VALUES (:id, now(), now(), :project, 'x', 'code', 'x', CAST(:person AS jsonb))"
            ),
            {"id": name, "project": name, "person": json.dumps({})},
        )
    refused = await owner.delete(f"/v1/projects/{name}")
    assert denial(refused) == (409, "datasources_count: 1")
    listed = (await owner.get("/v1/projects", params={"search": name})).json()["data"]
    assert listed[0]["counters"]["datasources_count"] == 1
    async with database.session() as session:
        await session.execute(text("DELETE FROM data_sources WHERE id = :id"), {"id": name})
    gone = await owner.delete(f"/v1/projects/{name}")
    assert (gone.status_code, gone.json()["name"]) == (200, name)
    assert (await owner.get(f"/v1/projects/{name}")).status_code == 404
    assert name not in (await owner.get("/v1/user")).json()["applications"]


async def test_ownership_moves(make_user: MakeUser, platform: Platform) -> None:
    owner, heir = await make_user("owner"), await make_user("heir")
    name, heir_id = await new_project(owner), await id_of(heir)
    path = f"/v1/projects/{name}/ownership"
    assert problem(await owner.put(path, json={"user_id": "nobody"})) == (404, "Project not found")
    answer = (await owner.put(path, json={"user_id": heir_id})).json()
    message = f"Ownership of '{name}' transferred to '{heir_id}'"
    assert answer == {"name": name, "created_by": heir_id, "message": message}
    assert (await heir.patch(f"/v1/projects/{name}", json={"description": "mine"})).status_code == 200
    assert (await owner.patch(f"/v1/projects/{name}", json={"description": "still admin"})).status_code == 200
    assert "project.ownership_changed" in [kind for kind, _ in await events(platform, name)]


async def test_old_clients_list_and_create_projects(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    plain, auditor = await make_user("plain"), await make_user("auditor", is_auditor=True)
    name = fresh("Old_Style").replace("-", "_")
    assert (await client.post("/v1/admin/application", json={"name": name})).json() == {"message": name}
    assert (await client.post("/v1/admin/application", json={"name": name.lower()})).status_code == 409
    assert (await client.post("/v1/admin/application", json={"name": " "})).status_code == 400
    found = (await auditor.get("/v1/admin/applications", params={"search": name.upper()})).json()
    assert found == {"applications": [{"name": name, "displayName": None}]}
    assert denial(await plain.get("/v1/admin/applications")) == (403, OVERSEERS)
    for person in (plain, auditor):
        assert denial(await person.post("/v1/admin/application", json=[])) == (403, SUPERUSERS)
    row = (await client.get(f"/v1/application/{name}")).json()
    assert (row["name"], row["created_by"], row["git_repos"]) == (name, None, [])
    assert (await plain.get("/v1/application/never-made")).status_code == 404


async def test_the_default_projects_are_there(client: httpx2.AsyncClient) -> None:
    for name in ("demo", "codemie"):
        assert (await client.get(f"/v1/projects/{name}")).json()["created_by"] is None
