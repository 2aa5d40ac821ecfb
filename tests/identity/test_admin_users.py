"""User administration over HTTP: who may, what the answers look like, what is refused."""

import json
import uuid
from typing import Any

import httpx2
import pytest
from tests.conftest import MakeUser
from tests.identity.administration import OVERSEERS, SUPERUSERS, denial, events, fresh, id_of
from tests.support import ADMIN_PASSWORD, Platform

ITEM = {
    "id", "username", "email", "name", "user_type", "is_active", "is_admin", "is_maintainer", "is_auditor",
    "auth_source", "last_login_at", "projects", "budget_assignments", "date",
}  # fmt: skip
DETAIL = (ITEM - {"budget_assignments"}) | {
    "picture", "email_verified", "project_limit", "knowledge_bases", "update_date", "deleted_at",
}  # fmt: skip
USERS = "/v1/admin/users"


def wanted(**changes: Any) -> dict[str, Any]:
    name = f"new-{uuid.uuid4().hex[:8]}"
    return {"email": f"{name}@codemie.test", "username": name, "password": ADMIN_PASSWORD} | changes


async def create(client: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post(USERS, json=wanted(**changes))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(client: httpx2.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    if "filters" in query:
        query["filters"] = json.dumps(query["filters"])
    answer = await client.get(USERS, params={"per_page": 1000, **query})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def test_a_created_user_has_every_key(client: httpx2.AsyncClient) -> None:
    user = await create(client, name="Ada")
    assert set(user) == DETAIL
    assert (user["name"], user["auth_source"], user["is_active"], user["project_limit"]) == ("Ada", "local", True, 3)
    assert (await client.get(f"{USERS}/{user['id']}")).json() == user


async def test_the_list_has_pages_and_every_key(client: httpx2.AsyncClient) -> None:
    user = await create(client)
    answer = (await client.get(USERS, params={"search": user["email"].upper()})).json()
    assert answer["pagination"] == {"total": 1, "page": 0, "per_page": 20}
    assert set(answer["data"][0]) == ITEM
    assert answer["data"][0]["projects"] == [
        {"name": user["email"], "display_name": None, "is_project_admin": False, "is_default": True}
    ]


async def test_filters_narrow_the_list(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    mark = uuid.uuid4().hex[:8]
    for name, flags in (("plain", {}), ("chief", {"is_admin": True}), ("auditor", {"is_auditor": True})):
        await make_user(f"{name}-{mark}", **flags)
    lead = await make_user(f"lead-{mark}", user_type="external")
    project = fresh()
    assigned = {"project_name": project, "is_project_admin": True}
    assert (await client.post(f"{USERS}/{await id_of(lead)}/projects", json=assigned)).status_code == 200

    async def names(**filters: Any) -> list[str]:
        return [row["email"].split("-")[0] for row in await listed(client, search=mark, filters=filters)]

    assert await names() == ["auditor", "chief", "lead", "plain"]
    assert await names(platform_role="admin") == ["chief"]
    assert await names(platform_role="platform_admin") == ["lead"]
    assert await names(platform_role="platform_admin", projects=["other"]) == []
    assert await names(platform_role="user") == ["auditor", "plain"]
    assert await names(projects=[project]) == ["lead"]
    assert await names(user_type="external") == ["lead"]
    assert await names(is_auditor=True) == ["auditor"]
    assert await names(is_active=False) == []
    assert await names(budgets=["b"]) == []


@pytest.mark.parametrize("filters", ["{", "[]", '{"platform_role":"king"}', '{"projects":"x"}'])
async def test_filters_that_make_no_sense_are_400(client: httpx2.AsyncClient, filters: str) -> None:
    answer = await client.get(USERS, params={"filters": filters})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid filters")


@pytest.mark.parametrize("role", ["plain", "auditor"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", "/nobody"),
        ("DELETE", "/nobody"),
        ("PUT", "/nobody/password"),
        ("POST", "/nobody/projects"),
        ("PUT", "/nobody/projects/x"),
        ("DELETE", "/nobody/projects/x"),
        ("PUT", "/nobody/projects/x/default"),
        ("DELETE", "/nobody/projects/x/default"),
        ("POST", "/nobody/knowledge-bases"),
        ("DELETE", "/nobody/knowledge-bases/x"),
    ],
)
async def test_writing_needs_an_administrator_whatever_the_body(
    make_user: MakeUser, role: str, method: str, path: str
) -> None:
    user = await make_user(role, is_auditor=role == "auditor")
    body = None if method == "DELETE" else {"project_name": 7, "email": []}
    answer = await user.request(method, USERS + path, json=body)
    assert denial(answer) == (403, SUPERUSERS)


@pytest.mark.parametrize("path", ["", "/nobody", "/nobody/projects", "/nobody/knowledge-bases"])
async def test_reading_needs_somebody_who_oversees(make_user: MakeUser, path: str) -> None:
    plain, auditor = await make_user("plain"), await make_user("auditor", is_auditor=True)
    assert denial(await plain.get(USERS + path)) == (403, OVERSEERS)
    assert (await auditor.get(USERS + path)).status_code == (404 if path else 200)


async def test_a_project_administrator_sees_members_and_of_their_projects_only_the_common_ones(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    lead, member, stranger = [await make_user(name) for name in ("lead", "member", "stranger")]
    common, other = fresh(), fresh()
    for person, project, admin in ((lead, common, True), (member, common, False), (member, other, False)):
        body = {"project_name": project, "is_project_admin": admin}
        assert (await client.post(f"{USERS}/{await id_of(person)}/projects", json=body)).status_code == 200
    rows = await listed(lead, search=member.email)  # type: ignore[attr-defined]
    assert [[project["name"] for project in row["projects"]] for row in rows] == [[common]]
    detail = (await lead.get(f"{USERS}/{await id_of(member)}")).json()
    assert [project["name"] for project in detail["projects"]] == [common]
    unknown = await lead.get(f"{USERS}/nobody")
    hidden = await lead.get(f"{USERS}/{await id_of(stranger)}")
    assert denial(unknown) == denial(hidden) == (403, OVERSEERS)
    asked = await lead.get(USERS, params={"filters": '{"platform_role":"admin"}'})
    assert denial(asked) == (403, OVERSEERS)


async def test_only_maintainers_give_roles(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    administrator = await make_user("administrator", is_admin=True)
    user = await create(administrator)
    path = f"{USERS}/{user['id']}"
    for flag in ("is_admin", "is_maintainer", "is_auditor"):
        refused = await administrator.put(path, json={flag: True})
        assert denial(refused) == (403, "Only maintainers can modify admin or maintainer roles")
    promoted = (await client.put(path, json={"is_maintainer": True})).json()
    assert (promoted["is_admin"], promoted["is_maintainer"], promoted["project_limit"]) == (True, True, None)
    demoted = (await client.put(path, json={"is_admin": False})).json()
    assert (demoted["is_admin"], demoted["is_maintainer"], demoted["project_limit"]) == (False, False, 3)
    assert (await client.put(path, json={"is_auditor": True})).json()["is_auditor"] is True


async def test_a_role_takes_effect_at_once(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    user = await make_user("riser")
    path = f"{USERS}/{await id_of(user)}"
    assert (await user.get(USERS)).status_code == 403
    await client.put(path, json={"is_auditor": True})
    assert (await user.get(USERS)).status_code == 200
    await client.delete(path)
    assert (await user.get(USERS)).status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({}, 400, "No fields to update"),
        ({"full_name": "x"}, 400, "No fields to update"),
        ({"name": None}, 400, "No fields to update"),
        ({"username": "other"}, 400, "Username cannot be changed"),
        ({"user_type": "vip"}, 400, "Invalid user type"),
        ({"project_limit": -1}, 400, "Invalid project limit"),
        ({"project_limit": None}, 400, "Invalid project limit"),
        ({"email": "nonsense"}, 400, "Invalid email address"),
        ({"email": "ADMIN@codemie.test"}, 409, "Email already registered"),
    ],
)
async def test_changes_that_make_no_sense_are_refused(
    client: httpx2.AsyncClient, change: dict[str, Any], status: int, message: str
) -> None:
    user = await create(client)
    answer = await client.put(f"{USERS}/{user['id']}", json=change)
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, message)


async def test_fields_change(client: httpx2.AsyncClient) -> None:
    user = await create(client)
    other = f"moved-{user['email']}"
    change = {"name": "Grace", "user_type": "external", "project_limit": 7, "email": other, "unknown": 1}
    changed = (await client.put(f"{USERS}/{user['id']}", json=change)).json()
    assert {key: changed[key] for key in change if key in changed} == {
        k: v for k, v in change.items() if k != "unknown"
    }
    assert [project["name"] for project in changed["projects"]] == [other]


async def test_deactivation_refuses_sign_in_until_reactivated(client: httpx2.AsyncClient, platform: Platform) -> None:
    user = await create(client)
    path, login = f"{USERS}/{user['id']}", {"email": user["email"], "password": ADMIN_PASSWORD}
    assert set((await client.delete(path)).json()) == {"message"}
    gone = (await client.get(path)).json()
    assert gone["is_active"] is False
    assert gone["deleted_at"]
    async with platform.client() as nobody:
        assert (await nobody.post("/v1/local-auth/login", json=login)).status_code == 401
        back = (await client.put(path, json={"is_active": True})).json()
        assert (back["is_active"], back["deleted_at"]) == (True, None)
        assert (await nobody.post("/v1/local-auth/login", json=login)).status_code == 200
    ignored = (await client.put(path, json={"is_active": False, "name": "Ignored"})).json()
    assert (ignored["is_active"], ignored["name"]) == (False, user["name"])
    kinds = [kind for kind, _ in await events(platform, user["id"])]
    assert [kind for kind in kinds if kind != "user.login"] == [
        "user.created", "user.deactivated", "user.login_failed", "user.updated", "user.deactivated",
    ]  # fmt: skip


async def test_nobody_locks_themselves_out(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    mine = f"{USERS}/{await id_of(client)}"
    own_role = await client.put(mine, json={"is_admin": False})
    assert denial(own_role) == (403, "You cannot revoke your own administrator role")
    assert denial(await client.put(mine, json={"project_limit": 5})) == (
        403,
        "You cannot change your own project limit",
    )
    administrator = await make_user("administrator", is_admin=True)
    chief = await make_user("chief", is_maintainer=True)
    theirs = f"{USERS}/{await id_of(chief)}"
    for refused in (
        await administrator.delete(theirs),
        await administrator.put(f"{theirs}/password", json={"new_password": ADMIN_PASSWORD}),
        await administrator.put(theirs, json={"email": f"taken-{uuid.uuid4().hex[:6]}@codemie.test"}),
    ):
        assert denial(refused) == (403, "Only maintainers can modify admin or maintainer roles")


async def test_a_new_password_ends_sessions(
    client: httpx2.AsyncClient, make_user: MakeUser, platform: Platform
) -> None:
    user = await make_user("forgetful")
    path = f"{USERS}/{await id_of(user)}/password"
    assert (await client.put(path, json={"new_password": "short"})).status_code == 400
    assert (await client.put(path, json={"new_password": "another-long-passphrase"})).status_code == 200
    assert (await user.get("/v1/user")).status_code == 401
    await platform.login(user.email, "another-long-passphrase")  # type: ignore[attr-defined]


async def test_memberships_are_assigned_changed_and_removed(client: httpx2.AsyncClient, platform: Platform) -> None:
    user = await create(client)
    path, name = f"{USERS}/{user['id']}/projects", fresh("auto_made")
    assert set((await client.post(path, json={"project_name": name})).json()) == {"message"}
    assert (await client.post(path, json={"project_name": name.upper()})).status_code == 409
    rows = (await client.get(path)).json()["projects"]
    assert [set(row) for row in rows] == [{"project_name", "is_project_admin", "is_default", "date"}] * 2
    assert [row["project_name"] for row in rows] == sorted([name, user["email"]])
    assert (await client.put(f"{path}/{name}", json={"is_project_admin": True})).status_code == 200
    assert {row["project_name"]: row["is_project_admin"] for row in (await client.get(path)).json()["projects"]}[name]
    assert (await client.delete(f"{path}/{name}")).status_code == 200
    assert (await client.delete(f"{path}/{name}")).status_code == 404
    told = [event for event in await events(platform, user["id"]) if event[0] != "user.created"]
    assert told == [
        ("user.project.assigned", {"project_name": name, "is_project_admin": False}),
        ("user.project.role_updated", {"project_name": name, "is_project_admin": True}),
        ("user.project.removed", {"project_name": name}),
    ]


async def test_a_personal_project_keeps_its_one_member(client: httpx2.AsyncClient) -> None:
    owner, other = await create(client), await create(client)
    text = "Cannot modify membership of a personal project"
    body = {"project_name": owner["email"]}
    for refused in (
        await client.post(f"{USERS}/{other['id']}/projects", json=body),
        await client.delete(f"{USERS}/{owner['id']}/projects/{owner['email']}"),
        await client.put(f"{USERS}/{owner['id']}/projects/{owner['email']}", json={"is_project_admin": True}),
    ):
        assert (refused.status_code, refused.json()["error"]["message"]) == (403, text)


async def test_the_default_project_is_the_personal_one_until_chosen(client: httpx2.AsyncClient) -> None:
    user = await create(client)
    path, name = f"{USERS}/{user['id']}/projects", fresh()
    await client.post(path, json={"project_name": name})

    async def default() -> list[str]:
        return [row["project_name"] for row in (await client.get(path)).json()["projects"] if row["is_default"]]

    assert await default() == [user["email"]]
    for _ in range(2):
        assert (await client.put(f"{path}/{name}/default", json={})).status_code == 200
    assert await default() == [name]
    assert (await client.delete(f"{path}/{user['email']}/default")).status_code == 200
    assert await default() == [name]
    assert (await client.delete(f"{path}/{name}/default")).status_code == 200
    assert await default() == [user["email"]]
    assert (await client.put(f"{path}/unknown/default", json={})).status_code == 404
    assert (await client.put(f"{USERS}/nobody/projects/{name}/default", json={})).status_code == 404


async def test_knowledge_bases_are_noted(client: httpx2.AsyncClient) -> None:
    user = await create(client)
    path = f"{USERS}/{user['id']}/knowledge-bases"
    assert (await client.post(path, json={"kb_name": "handbook"})).status_code == 200
    assert (await client.post(path, json={"kb_name": "handbook"})).status_code == 409
    assert [row["kb_name"] for row in (await client.get(path)).json()["knowledge_bases"]] == ["handbook"]
    assert (await client.get(f"{USERS}/{user['id']}")).json()["knowledge_bases"] == ["handbook"]
    assert (await client.delete(f"{path}/handbook")).status_code == 200
    assert (await client.delete(f"{path}/handbook")).status_code == 404


@pytest.mark.parametrize("user_id", ["nonexistent-user-id-000000", "00000000-0000-4000-8000-000000000000"])
async def test_an_unknown_user_is_404(client: httpx2.AsyncClient, user_id: str) -> None:
    answer = await client.get(f"{USERS}/{user_id}")
    assert answer.json() == {"error": {"message": "User not found", "details": None, "help": None}}
    assert answer.status_code == 404
    assert (await client.put(f"{USERS}/{user_id}", json={"name": "x"})).status_code == 404
