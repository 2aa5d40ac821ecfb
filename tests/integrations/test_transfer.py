"""Moving and copying credentials between projects; for administrators."""

from typing import Any

import pytest
from sqlalchemy import text

from codemie.kernel import row_security
from codemie.kernel.database import Database
from tests.identity.administration import new_project
from tests.integrations.credentials import People, create, jira, rows, values
from tests.toolkits.repositories import repository


@pytest.fixture
async def target(people: People) -> str:
    return await new_project(people.manager)


async def send(people: People, target: str, mode: str = "move", **more: Any) -> Any:
    body = {"source_project_name": people.project, "target_project_name": target, "mode": mode, **more}
    return await people.admin.post("/v1/settings/transfer", json=body)


async def test_both_scopes_move_with_their_ids(people: People, target: str) -> None:
    shared = await create(people.manager, "project", jira(people.project))
    own = await create(people.member, "user", jira(people.project))
    answer = (await send(people, target)).json()
    assert answer["transferred_count"] == 2
    assert {item["id"] for item in answer["transferred"]} == {shared["id"], own["id"]}
    assert answer["transferred"][0].keys() == {"id", "alias", "credential_type"}
    assert (answer["skipped_count"], answer["skipped"], answer["mode"]) == (0, [], "move")
    assert [item["id"] for item in await rows(people.manager, "project", project=target)] == [shared["id"]]
    assert await rows(people.manager, "project", project=people.project) == []


async def test_copies_have_ids_and_secrets_of_their_own(people: People, target: str) -> None:
    made = await create(people.manager, "project", jira(people.project))
    hook = {"credential_type": "Webhook", "credential_values": []}
    left = await create(people.manager, "project", {**jira(people.project), **hook})
    answer = (await send(people, target, "copy")).json()
    assert (answer["transferred_count"], answer["skipped_count"]) == (1, 1)
    assert answer["skipped"][0]["id"] == left["id"]
    copy = (await rows(people.manager, "project", project=target))[0]
    assert copy["id"] == answer["transferred"][0]["id"] != made["id"]
    assert values(copy)["token"] == "**********"
    # What was sealed for one row opens in the other: a mask sent back keeps it.
    kept = await people.manager.put(
        f"/v1/settings/project/{copy['id']}", json=jira(target, alias=copy["alias"], token="**********")
    )
    assert kept.status_code == 200


async def test_nothing_to_do_is_said(people: People, target: str) -> None:
    answer = (await send(people, target)).json()
    assert answer["message"] == f"No transferable integrations found in project '{people.project}'."
    assert (answer["transferred_count"], answer["skipped_count"]) == (0, 0)


async def test_all_or_nothing_where_an_alias_is_taken(people: People, target: str) -> None:
    one = await create(people.manager, "project", jira(people.project))
    await create(people.manager, "project", jira(people.project))
    await create(people.manager, "project", jira(target, alias=one["alias"]))
    answer = await send(people, target)
    assert answer.status_code == 409
    assert one["alias"] in answer.json()["error"]["details"]
    assert len(await rows(people.manager, "project", project=people.project)) == 2


async def test_named_ones_of_one_scope(people: People, target: str) -> None:
    shared = await create(people.manager, "project", jira(people.project))
    own = await create(people.member, "user", jira(people.project))
    only: dict[str, Any] = {"type_of_integration": {"project_integrations": True}}
    other = await send(people, target, list=[own["alias"]], **only)
    assert "not of the requested type" in other.text
    unknown = await send(people, target, list=["nobody-knows-me", shared["alias"]], **only)
    assert unknown.status_code == 422
    assert "were not found in project" in unknown.text
    assert "nobody-knows-me" in unknown.text
    answer = (await send(people, target, list=[shared["alias"]], **only)).json()
    assert [item["id"] for item in answer["transferred"]] == [shared["id"]]


async def test_a_named_webhook_is_not_copied(people: People, target: str) -> None:
    hook = {"credential_type": "Webhook", "credential_values": []}
    made = await create(people.manager, "project", {**jira(people.project), **hook})
    answer = await send(people, target, "copy", list=[made["alias"]])
    assert answer.status_code == 422
    assert "cannot be transferred in copy mode" in answer.text
    assert made["alias"] in answer.text


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"mode": "steal"}, 422, "Input should be 'move' or 'copy'"),
        ({"mode": None}, 422, "Input should be 'move' or 'copy'"),
        ({"target_project_name": " "}, 422, "String should have at least 1 character"),
        ({"list": []}, 422, "The integration list must not be empty"),
        ({"type_of_integration": {}}, 422, "At least one integration type must be selected."),
        ({"target_project_name": "none-such"}, 404, "Target project 'none-such' does not exist."),
        ({"source_project_name": "none-such"}, 404, "Source project 'none-such' does not exist."),
    ],
)
async def test_what_makes_no_sense_is_refused(
    people: People, target: str, change: dict[str, Any], status: int, words: str
) -> None:
    body = {"source_project_name": people.project, "target_project_name": target, "mode": "move", **change}
    answer = await people.admin.post("/v1/settings/transfer", json=body)
    assert answer.status_code == status
    assert words in answer.text


async def test_a_project_is_not_its_own_target(people: People) -> None:
    answer = await send(people, people.project)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == "Source and target projects must be different."


async def test_only_administrators_transfer(people: People, target: str) -> None:
    for client in (people.manager, people.member):
        body = {"source_project_name": people.project, "target_project_name": target, "mode": "move"}
        answer = await client.post("/v1/settings/transfer", json=body)
        assert answer.status_code == 403
        assert answer.json()["error"]["details"] == "This action requires administrator or maintainer privileges."


async def linked(database: Database, people: People, setting_id: str) -> str:
    """A data source that is read with an integration."""
    source = await repository(database, people, "https://git.example.com", "main")
    with row_security.system("test"):
        async with database.session() as session:
            change = text("UPDATE data_sources SET setting_id = :setting WHERE id = :id")
            await session.execute(change, {"setting": setting_id, "id": source})
    return source


async def link_of(database: Database, source: str) -> Any:
    with row_security.system("test"):
        async with database.session() as session:
            return await session.scalar(text("SELECT setting_id FROM data_sources WHERE id = :id"), {"id": source})


@pytest.mark.parametrize("way", ["transfer", "change"])
async def test_data_sources_left_behind_forget_what_moved(
    people: People, target: str, database: Database, way: str
) -> None:
    moved = await create(people.manager, "project", jira(people.project))
    stays = await create(people.manager, "project", jira(people.project))
    left, kept = await linked(database, people, moved["id"]), await linked(database, people, stays["id"])
    if way == "transfer":
        assert (await send(people, target, list=[moved["alias"]])).status_code == 200
    else:
        body = jira(target, alias=moved["alias"], token="**********")
        assert (await people.manager.put(f"/v1/settings/project/{moved['id']}", json=body)).status_code == 200
    assert await link_of(database, left) is None
    assert await link_of(database, kept) == stays["id"]


async def test_data_sources_keep_what_is_copied_or_only_renamed(
    people: People, target: str, database: Database
) -> None:
    made = await create(people.manager, "project", jira(people.project))
    source = await linked(database, people, made["id"])
    assert (await send(people, target, "copy", list=[made["alias"]])).status_code == 200
    body = jira(people.project, alias=f"{made['alias']}-renamed")
    assert (await people.manager.put(f"/v1/settings/project/{made['id']}", json=body)).status_code == 200
    assert await link_of(database, source) == made["id"]
