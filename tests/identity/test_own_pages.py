"""What users see and change about themselves, and what clients read first."""

import httpx2
import pytest
from sqlalchemy import func, select
from tests.conftest import MakeUser
from tests.support import ADMIN_PASSWORD, Platform

from codemie.identity.tables import ActivityEvent, Project

KEYS = {
    "user_id", "name", "username", "email", "projects", "project_limit", "picture", "knowledge_bases", "user_type",
    "applications", "applications_admin", "is_admin", "is_maintainer", "is_auditor",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/user", "/v1/profile", "/code-assistant-api/v1/user"])
async def test_about_me_has_every_key_and_no_forbidden_null(make_user: MakeUser, path: str) -> None:
    user = await make_user("reader", project_limit=3)
    email: str = user.email  # type: ignore[attr-defined]

    about = (await user.get(path)).json()

    assert set(about) == KEYS
    assert (about["name"], about["username"], about["email"]) == (email, email, email)
    assert about["projects"] == [{"name": email, "display_name": None, "is_project_admin": False, "is_default": True}]
    assert (about["applications"], about["applications_admin"]) == ([email], [])
    assert (about["picture"], about["knowledge_bases"], about["user_type"]) == ("", [], "regular")
    assert (about["is_admin"], about["is_maintainer"], about["is_auditor"]) == (False, False, False)
    assert about["project_limit"] == 3


async def test_a_maintainer_is_an_administrator_too(make_user: MakeUser) -> None:
    about = (await (await make_user("chief", is_maintainer=True)).get("/v1/user")).json()
    assert (about["is_admin"], about["is_maintainer"], about["project_limit"]) == (True, True, None)


async def test_view_settings_are_made_on_first_read(make_user: MakeUser) -> None:
    user = await make_user("viewer")
    first = (await user.get("/v1/user/data")).json()
    assert set(first) == {"id", "date", "update_date", "user_id", "sidebar_view", "stt_support"}
    assert (first["sidebar_view"], first["stt_support"]) == ("flat", False)

    changed = await user.put("/v1/user/data", json={"sidebar_view": "folders"})

    assert changed.status_code == 200
    assert set(changed.json()) == set(first) - {"stt_support"}
    again = (await user.get("/v1/user/data")).json()
    assert (again["id"], again["sidebar_view"]) == (first["id"], "folders")
    assert (await user.put("/v1/user/data", json={"sidebar_view": "round"})).status_code == 422
    assert (await user.put("/v1/user/data", json={})).json()["sidebar_view"] == "flat"


async def test_preferences_are_absent_until_saved_and_partly_changed(make_user: MakeUser) -> None:
    user = await make_user("pinner")
    mine = f"/v1/preferences/{(await user.get('/v1/user')).json()['user_id']}"
    assert (await user.get(mine)).status_code == 404
    empty = await user.get(mine, params={"or_empty": True})
    assert (empty.status_code, empty.json()["pinned_assistants"]) == (200, [])

    await user.put(mine, json={"pinned_assistants": ["a"], "favorites": {"skills": ["s"]}})
    answer = await user.put(mine, json={"pinned_assistants": ["b"]})

    expected = {"pinned_assistants": ["b"], "favorites": {"assistants": [], "skills": ["s"], "workflows": []}}
    assert {key: answer.json()[key] for key in expected} == expected
    assert (await user.get(mine)).json() == answer.json()


async def test_preferences_of_others_are_for_administrators(make_user: MakeUser, client: httpx2.AsyncClient) -> None:
    user, other = await make_user("owner"), await make_user("curious")
    theirs = f"/v1/preferences/{(await user.get('/v1/user')).json()['user_id']}"
    assert (await other.get(theirs)).status_code == 403
    assert (await other.get(theirs, params={"or_empty": True})).status_code == 403
    assert (await other.put(theirs, json={})).status_code == 403
    assert (await client.put(theirs, json={})).status_code == 200
    assert (await client.put("/v1/preferences/nobody", json={})).status_code == 404


async def test_changing_the_name_shows_at_once(make_user: MakeUser) -> None:
    user = await make_user("renamed")
    answer = await user.put("/v1/user/profile", json={"name": " New Name ", "picture": "data:image/png;base64,AA=="})
    assert answer.status_code == 200
    assert (answer.json()["name"], answer.json()["picture"]) == ("New Name", "data:image/png;base64,AA==")
    assert (await user.get("/v1/user")).json()["name"] == "New Name"


async def test_a_new_address_closes_the_old_personal_project_and_opens_one(
    platform: Platform, make_user: MakeUser
) -> None:
    user = await make_user("mover")
    old: str = user.email  # type: ignore[attr-defined]
    new = f"moved-{old}"

    about = (await user.put("/v1/user/profile", json={"email": new})).json()

    assert (about["email"], about["applications"]) == (new, [new])
    async with platform.resources.database.session() as session:
        closed = await session.scalar(select(Project.deleted_at).where(Project.name == old))
        events = await session.scalar(
            select(func.count()).where(
                ActivityEvent.event_type == "user.updated", ActivityEvent.entity_id == about["user_id"]
            )
        )
    assert closed is not None
    assert events == 1
    assert await platform.login(new, ADMIN_PASSWORD)


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({}, 400, "No fields to update"),
        ({"email": "ADMIN@codemie.test"}, 409, "Email already registered"),
        ({"email": "admin"}, 400, "Invalid email address"),
        ({"email": "a@b\r\nBcc: c@d"}, 400, "Invalid email address"),
    ],
)
async def test_bad_profile_changes_are_refused(
    make_user: MakeUser, change: dict[str, str], status: int, message: str
) -> None:
    user = await make_user("refused")
    answer = await user.put("/v1/user/profile", json=change)
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, message)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/user"),
        ("GET", "/v1/profile"),
        ("PUT", "/v1/user/profile"),
        ("GET", "/v1/user/data"),
        ("PUT", "/v1/user/data"),
        ("GET", "/v1/preferences/x"),
        ("PUT", "/v1/preferences/x"),
        ("POST", "/v1/local-auth/logout"),
        ("POST", "/v1/local-auth/change-password"),
    ],
)
async def test_strangers_get_401_before_their_body_is_looked_at(
    anonymous: httpx2.AsyncClient, method: str, path: str
) -> None:
    assert (await anonymous.request(method, path, json={"sidebar_view": 7, "name": []})).status_code == 401


async def test_clients_learn_how_to_sign_in_before_they_do(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/v1/config")
    components = {item["id"]: item["settings"] for item in answer.json()}
    assert components["idpProvider"] == {"enabled": True, "availableForExternal": True, "value": "local"}
    assert (components["localAccounts"]["registration"], components["localAccounts"]["mail"]) == (False, False)
    assert all(settings["enabled"] for settings in components.values())
    assert (await anonymous.get("/v1/applications")).json() == []
