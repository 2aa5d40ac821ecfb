"""Credentials over HTTP: stored, masked, changed, listed, and kept from those they are not for."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.row_security import Reach
from tests.identity.administration import new_project
from tests.integrations.credentials import People, create, fresh, jira, row, rows, values
from tests.support import Platform

MASK = "**********"


async def test_a_credential_is_masked_and_everything_else_comes_back_unchanged(people: People) -> None:
    made = await create(people.member, "user", jira(people.project))
    assert values(made) == {"url": "https://jira.example.com", "username": "me", "token": MASK, "is_cloud": True}
    assert set(made) == {
        "id", "date", "update_date", "user_id", "created_by", "project_name", "alias", "default", "credential_type",
        "credential_values", "setting_hash", "setting_type", "is_global",
    }  # fmt: skip
    assert (made["setting_type"], made["default"], made["setting_hash"]) == ("user", False, None)
    assert made["created_by"]["id"] == made["user_id"]


async def test_the_database_holds_no_secret_in_the_clear(people: People, database: Database) -> None:
    made = await create(people.manager, "project", jira(people.project, token="planted-in-the-vault"))
    async with database.session() as session:
        stored = (await session.execute(text("SELECT * FROM integrations WHERE id = :id"), {"id": made["id"]})).one()
    assert "planted-in-the-vault" not in str(stored)
    assert b"planted-in-the-vault" not in stored.sealed


async def test_a_mask_sent_back_keeps_the_secret_and_a_blank_clears_it(people: People, database: Database) -> None:
    made = await create(people.member, "user", jira(people.project))
    url = f"/v1/settings/user/{made['id']}"
    before = await sealed(database, made["id"])

    kept = await people.member.put(url, json=jira(people.project, alias=made["alias"] + "-2", token=MASK))
    assert kept.json() == {"message": "Specified credentials updated"}
    assert values(await row(people.member, "user", made["alias"] + "-2"))["token"] == MASK
    assert (await sealed(database, made["id"])) != before, "sealed anew"

    cleared = await people.member.put(url, json=jira(people.project, alias=made["alias"], token=""))
    assert cleared.status_code == 200
    assert values(await row(people.member, "user", made["alias"]))["token"] == ""
    assert await sealed(database, made["id"]) is None


async def sealed(database: Database, setting_id: str) -> Any:
    async with database.session() as session:
        return await session.scalar(text("SELECT sealed FROM integrations WHERE id = :id"), {"id": setting_id})


async def test_only_administrators_of_a_project_change_its_credentials(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    url = f"/v1/settings/project/{made['id']}"
    for client, status in ((people.member, 403), (people.stranger, 404)):
        assert (await client.post("/v1/settings/project", json=jira(people.project))).status_code == 403
        assert (await client.put(url, json=jira(people.project))).status_code == status
        assert (await client.put(url, json={"nonsense": 1})).status_code == status, "authorised before validated"
        assert (await client.delete(url)).status_code == status
    assert await rows(people.member, "project") == []
    assert (await people.admin.put(url, json=jira(people.project, alias=made["alias"]))).status_code == 200
    assert (await people.manager.delete(url)).json() == {"message": "Specified credential removed"}
    assert (await people.manager.delete(url)).status_code == 404


async def test_members_use_what_they_do_not_administer(people: People) -> None:
    shared = await create(people.manager, "project", jira(people.project))
    own = await create(people.member, "user", jira(people.project))
    usable = (await people.member.get("/v1/settings/user/available")).json()
    assert {item["id"] for item in usable} == {shared["id"], own["id"]}
    assert {values(item)["token"] for item in usable} == {MASK}
    assert (await people.stranger.get("/v1/settings/user/available")).json() == []
    everywhere = (await people.member.get("/v1/settings/user/available", params={"scope": "marketplace"})).json()
    assert {item["id"] for item in everywhere} == {shared["id"], own["id"]}


async def test_personal_credentials_are_nobody_elses_not_even_an_administrators(people: People) -> None:
    made = await create(people.member, "user", jira(people.project))
    url = f"/v1/settings/user/{made['id']}"
    for client in (people.manager, people.stranger, people.admin):
        assert (await client.put(url, json=jira(people.project))).status_code == 404
        assert (await client.delete(url)).status_code == 404
        assert made["id"] not in {item["id"] for item in await rows(client, "user", project=people.project)}
    assert (await people.stranger.post("/v1/settings/user", json=jira(people.project))).status_code == 403


async def test_aliases_are_unique_to_their_owner(people: People) -> None:
    alias = fresh()
    await create(people.member, "user", jira(people.project, alias))
    await create(people.manager, "user", jira(people.project, alias))
    await create(people.manager, "project", jira(people.project, alias))
    for client, scope in ((people.member, "user"), (people.manager, "project")):
        answer = await client.post(f"/v1/settings/{scope}", json=jira(people.project, alias))
        assert answer.status_code == 422
        assert answer.json()["error"]["details"] == f"There are more than one settings with the alias named {alias}"


async def test_a_credential_moves_with_its_id_where_its_owner_administers(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    target = await other_project(people)
    url = f"/v1/settings/project/{made['id']}"
    moved = await people.manager.put(url, json=jira(target, alias=made["alias"], token=MASK))
    assert moved.status_code == 200
    assert (await row(people.manager, "project", made["alias"]))["project_name"] == target

    own = await create(people.member, "user", jira(people.project))
    refused = await people.member.put(f"/v1/settings/user/{own['id']}", json=jira(target, alias=own["alias"]))
    assert refused.status_code == 403
    assert (
        f"You do not have sufficient permissions to access the project '{target}'" in refused.json()["error"]["details"]
    )


async def other_project(people: People) -> str:
    return await new_project(people.manager)


async def test_the_type_of_a_credential_stays(people: People) -> None:
    made = await create(people.member, "user", jira(people.project))
    body = {**jira(people.project, alias=made["alias"]), "credential_type": "Confluence"}
    answer = await people.member.put(f"/v1/settings/user/{made['id']}", json=body)
    assert answer.status_code == 400
    assert "Jira, not Confluence" in answer.json()["error"]["details"]


async def test_lists_are_filtered_and_newest_first(people: People) -> None:
    first = await create(people.member, "user", jira(people.project, fresh("alpha"), is_global=True))
    git = {"credential_type": "Git", "credential_values": [{"key": "token", "value": "t"}]}
    second = await create(people.member, "user", {**jira(people.project, fresh("beta")), **git})
    mine = {"project": people.project}
    assert [item["id"] for item in await rows(people.member, "user", **mine)] == [second["id"], first["id"]]
    assert [item["id"] for item in await rows(people.member, "user", type="Git", **mine)] == [second["id"]]
    assert [item["id"] for item in await rows(people.member, "user", type=["Git", "AWS"], **mine)] == [second["id"]]
    assert [item["id"] for item in await rows(people.member, "user", is_global=True, **mine)] == [first["id"]]
    assert [item["id"] for item in await rows(people.member, "user", search="ALPHA", **mine)] == [first["id"]]
    assert len(await rows(people.member, "user", search=people.project)) == 2
    page = (await people.member.get("/v1/settings/user", params={"per_page": 1, "page": 1})).json()
    assert page["pagination"] == {"page": 1, "per_page": 1, "total": 2, "pages": 2}
    bad = await people.member.get("/v1/settings/user", params={"filters": "{"})
    assert bad.status_code == 400


async def test_who_made_the_credentials_of_a_project(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project))
    assert made["created_by"] in (await people.manager.get("/v1/settings/project/users")).json()
    assert (await people.member.get("/v1/settings/project/users")).json() == []


LONG = "".join(f"{number:x}" for number in range(5000))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"credential_type": "Abacus"}, "There is no credential type 'Abacus'"),
        ({"alias": " "}, "alias is empty"),
        ({"alias": "__internal__x"}, "alias begins with one of"),
        ({"credential_values": [{"key": "a", "value": 1}, {"key": "a", "value": 2}]}, "Sent more than once: a"),
        ({"credential_type": "Git", "credential_values": []}, "a token is needed"),
        ({"credential_values": None}, "credential_values"),
        (
            {"credential_type": "Webhook", "credential_values": [{"key": "webhook_id", "value": LONG}]},
            "255 are allowed",
        ),
    ],
)
async def test_bad_bodies_are_refused_with_their_reason(people: People, change: dict[str, Any], complaint: str) -> None:
    answer = await people.member.post("/v1/settings/user", json={**jira(people.project, token="planted"), **change})
    assert answer.status_code == 422, answer.text
    assert complaint in answer.text
    assert "planted" not in answer.text


async def test_values_of_any_shape_and_without_a_value_are_kept(people: People) -> None:
    sent = [{"key": "prompt"}, {"key": "datasources", "value": ["a", 1, None]}, {"key": "on", "value": False}]
    body = {**jira(people.project), "credential_type": "Scheduler", "credential_values": sent}
    made = await create(people.member, "user", body)
    assert values(made) == {"prompt": None, "datasources": ["a", 1, None], "on": False}


async def test_a_webhook_exists_once(people: People) -> None:
    name = fresh("hook")
    hook = {"credential_type": "Webhook", "credential_values": [{"key": "webhook_id", "value": name}]}
    await create(people.member, "user", {**jira(people.project), **hook})
    answer = await people.manager.post("/v1/settings/user", json={**jira(people.project), **hook})
    assert answer.status_code == 422
    assert name in answer.json()["error"]["details"]


async def test_types_of_projects_are_not_for_people(people: People) -> None:
    dial = {"credential_type": "DIAL", "credential_values": []}
    refused = await people.member.post("/v1/settings/user", json={**jira(people.project), **dial})
    assert refused.status_code == 403
    await create(people.manager, "project", {**jira(people.project), **dial})


async def test_credentials_go_with_their_project(people: People, database: Database) -> None:
    project = await other_project(people)
    made = await create(people.manager, "project", jira(project))
    own = await create(people.manager, "user", jira(project))
    assert (await people.manager.delete(f"/v1/projects/{project}")).status_code in {200, 204}
    async with database.session() as session:
        left = await session.scalars(
            text("SELECT id FROM integrations WHERE id = ANY(:ids)"), {"ids": [made["id"], own["id"]]}
        )
        assert list(left) == []


async def test_every_change_is_in_the_audit_log_without_a_value(people: People) -> None:
    made = await create(people.manager, "project", jira(people.project, token="planted-for-the-audit"))
    await people.manager.put(f"/v1/settings/project/{made['id']}", json=jira(people.project, alias=made["alias"]))
    await people.manager.delete(f"/v1/settings/project/{made['id']}")
    events = await people.admin.get("/v1/audit/events", params={"entity_id": made["id"]})
    assert events.status_code == 200, events.text
    kinds = {event["event_type"] for event in events.json()["data"]}
    assert kinds == {"integration.created", "integration.updated", "integration.deleted"}
    assert "planted-for-the-audit" not in events.text


async def test_the_wall_in_the_database_keeps_personal_credentials_from_administrators(
    people: People, platform: Platform
) -> None:
    made = await create(people.member, "user", jira(people.project))
    about = (await people.member.get("/v1/user")).json()
    projects = frozenset({people.project})
    reaches = {
        "owner": Reach("own projects", about["user_id"], projects),
        "member": Reach("own projects", "somebody else", projects),
        "administrator": Reach("all projects", "an administrator", projects),
    }
    seen = set[str]()
    for who, reach in reaches.items():
        with row_security.acting(reach):
            async with platform.resources.database.session() as session:
                if await session.scalar(text("SELECT id FROM integrations WHERE id = :id"), {"id": made["id"]}):
                    seen.add(who)
    assert seen == {"owner"}


async def test_of_two_that_ask_for_one_alias_at_once_one_gets_it(people: People) -> None:
    body = jira(people.project)
    answers = await asyncio.gather(*(people.member.post("/v1/settings/user", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


async def test_an_alias_that_is_taken_is_refused_on_change_too(people: People) -> None:
    first = await create(people.member, "user", jira(people.project))
    second = await create(people.member, "user", jira(people.project))
    answer = await people.member.put(
        f"/v1/settings/user/{second['id']}", json=jira(people.project, alias=first["alias"])
    )
    assert answer.status_code == 422
    assert first["alias"] in answer.json()["error"]["details"]
