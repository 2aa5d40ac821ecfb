"""Guardrails over HTTP: who makes them, what they say, where they stand guard."""

import json
import uuid
from typing import Any

import httpx2
from sqlalchemy import update

from codemie.assistants.tables import Assistant
from codemie.guardrails import repository
from codemie.kernel.database import Database
from tests.assistants.conftest import Team, create, shown
from tests.guardrails.conftest import assign, make, over, rules
from tests.identity.administration import events
from tests.support import Platform

BOTH = {"mode": "all", "source": "both"}


async def test_an_administrator_of_the_project_makes_changes_and_deletes_one(team: Team, platform: Platform) -> None:
    made = await make(team.manager, team.project, name="Names", description="d")
    changed = await team.manager.put(f"/v1/guardrails/{made}", json={"name": f"Other {made}"})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["description"]) == (f"Other {made}", "d")
    assert changed.json()["rules"][0]["phrases"] == ["falcon"]

    gone = await team.manager.delete(f"/v1/guardrails/{made}")
    assert gone.json() == {"message": "Guardrail deleted successfully"}
    assert (await team.manager.get(f"/v1/guardrails/{made}")).status_code == 404
    assert [name for name, _ in await events(platform, made)] == [
        *("guardrail.created", "guardrail.updated", "guardrail.deleted")
    ]


async def test_people_are_in_charge_of_their_personal_project(team: Team) -> None:
    own = team.stranger.email
    made = await make(team.stranger, own)
    assistant = await create(team.stranger, own)

    assert (await team.stranger.put(f"/v1/guardrails/{made}", json={"description": "d"})).status_code == 200
    assert (await assign(team.stranger, made, assistants=over(assistant)))["success"] == 1
    tried = {"project": own, "rules": rules("falcon"), "text": "The falcon"}
    assert (await team.stranger.post("/v1/guardrails/try", json=tried)).json()["action"] == "block"
    assert (await team.member.post("/v1/guardrails/try", json=tried)).status_code == 403
    assert (await team.stranger.delete(f"/v1/guardrails/{made}")).status_code == 200


async def test_members_see_it_but_neither_its_rules_nor_how_to_change_it(team: Team) -> None:
    made = await make(team.manager, team.project)

    seen = (await team.member.get(f"/v1/guardrails/{made}")).json()
    assert (seen["guardrailId"], seen["rules"], seen["user_abilities"]) == (made, None, ["read"])
    for method, path in (("PUT", ""), ("DELETE", ""), ("PUT", "/assignments")):
        answer = await team.member.request(method, f"/v1/guardrails/{made}{path}", json={})
        assert answer.status_code == 403, (method, path)
    body = {"project": team.project, "name": "Mine", "rules": rules("x")}
    assert (await team.member.post("/v1/guardrails", json=body)).status_code == 403
    assert (await team.stranger.get(f"/v1/guardrails/{made}")).status_code == 404


async def test_a_list_needs_a_project_or_a_setting(team: Team) -> None:
    made = await make(team.manager, team.project)

    bare = await team.member.get("/v1/guardrails")
    assert bare.status_code == 400
    assert "project" in bare.json()["error"]["details"]
    page = await listed(team.member, {"project": team.project})
    assert page["pagination"]["per_page"] == 12
    # The tests before made some, too, and they are in the order of their names.
    whole = await listed(team.member, {"project": team.project}, per_page=page["pagination"]["total"])
    assert made in [row["guardrailId"] for row in whole["data"]]
    assert (await listed(team.member, {"setting_id": "any"}))["data"] == []
    assert (await listed(team.stranger, {"project": team.project}))["data"] == []


async def listed(client: httpx2.AsyncClient, filters: dict[str, Any], **paging: int) -> dict[str, Any]:
    answer = await client.get("/v1/guardrails", params={"filters": json.dumps(filters), **paging})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_name_is_given_once_in_a_project(team: Team) -> None:
    name = f"Only {uuid.uuid4().hex[:6]}"
    await make(team.manager, team.project, name=name)

    again = await team.manager.post("/v1/guardrails", json={"project": team.project, "name": name, "rules": rules("x")})
    assert again.status_code == 409
    other = await make(team.manager, team.project)
    assert (await team.manager.put(f"/v1/guardrails/{other}", json={"name": name})).status_code == 409


async def test_rules_that_cannot_work_are_refused_with_their_place(team: Team) -> None:
    for rule in (
        {"type": "pattern", "pattern": "(a"},
        {"type": "phrase", "phrases": []},
        {"type": "detector", "detector": "x"},
        {"type": "phrase", "phrases": [f"{number:03}" + "k" * 190 for number in range(200)]},
    ):
        body = {"project": team.project, "name": "Bad", "rules": [rule]}
        answer = await team.manager.post("/v1/guardrails", json=body)
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].startswith("rules.[0]")


async def test_it_is_applied_to_texts_as_clients_expect(team: Team) -> None:
    masks = await make(team.manager, team.project, rules=[{"type": "detector", "detector": "email", "action": "mask"}])
    blocks = await make(team.manager, team.project, rules=rules("falcon", message="Not here."))

    def content(text: str, *category: str) -> dict[str, Any]:
        return {"content": [{"type": "text", "source": {"text": text, "category": list(category) or None}}]}

    async def applied(guardrail: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        answer = await team.member.post(f"/v1/guardrails/{guardrail}/apply", json=body, params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    assert await applied(masks, content("a@b.org")) == {
        "action": "GUARDRAIL_INTERVENED", "actionReason": "Guardrail masked.", "outputs": [{"text": "[e-mail address]"}]
    }  # fmt: skip
    assert await applied(masks, content("nobody")) == {"action": "NONE", "actionReason": "No action.", "outputs": []}
    blocked = await applied(blocks, content("a Falcon"))
    assert blocked["actionReason"] == "Guardrail blocked."
    assert blocked["outputs"][0]["text"].endswith("Not here.")
    assert (await applied(masks, content("a@b.org", "query")))["action"] == "NONE"
    assert (await applied(masks, content("a@b.org", "query"), mode="all"))["action"] == "GUARDRAIL_INTERVENED"


async def test_rules_are_tried_before_they_are_saved(team: Team) -> None:
    body = {
        "project": team.project,
        "rules": rules("falcon", action="mask", label="project"),
        "text": "The Falcon flies",
    }

    tried = await team.manager.post("/v1/guardrails/try", json=body)
    assert tried.json() == {
        "action": "mask", "text": "The [project] flies", "found": [{"label": "project", "action": "mask", "count": 1}]
    }  # fmt: skip
    assert (await team.member.post("/v1/guardrails/try", json=body)).status_code == 403


async def test_assignments_come_back_as_they_were_saved(team: Team) -> None:
    made, assistant = await make(team.manager, team.project), await create(team.owner, team.project)

    saved = await assign(
        team.manager,
        made,
        project={"settings": [{"mode": "ALL", "source": "Input"}]},
        assistants={"settings": [BOTH], **over(assistant, "gone")},
        workflows={"items": ["none"]},
    )
    assert (saved["success"], saved["failed"]) == (3, 2)
    assert all(team.project in error for error in saved["errors"])

    told = (await team.member.get(f"/v1/guardrails/{made}/assignments")).json()
    assert told["project"]["settings"] == [{"mode": "all", "source": "input"}]
    assert told["assistants"]["settings"] == [BOTH]
    assert [(item["id"], item["settings"]) for item in told["assistants"]["items"]] == [
        (assistant, [{"mode": "filtered", "source": "both"}])
    ]
    rows = (
        await team.member.get(
            "/v1/guardrails/assignments", params={"project": team.project, "entity_type": "assistant"}
        )
    ).json()
    mine = sorted((row["scope"], row["entity_id"], row["mode"]) for row in rows if row["guardrail_id"] == made)
    assert mine == [("entity", assistant, "filtered"), ("project", None, "all")]


async def test_it_stands_guard_over_more_things_than_a_request_may_name(team: Team, database: Database) -> None:
    made = await make(team.manager, team.project)
    row = {"guardrail_id": made, "project": team.project, "entity_type": "assistant", "owner_id": "officer", **BOTH}

    async with database.session() as session:
        await repository.assign(session, [{**row, "entity_id": str(number)} for number in range(4000)])
    told = (await team.member.get(f"/v1/guardrails/{made}/assignments")).json()
    assert len(told["assistants"]["items"]) == 4000
    again = await team.manager.put(f"/v1/guardrails/{made}/assignments", json={"assistants": told["assistants"]})
    assert (again.status_code, "1000 are allowed" in again.text) == (422, True)
    assert (await assign(team.manager, made, assistants={"items": []}))["success"] == 0
    told = (await team.member.get(f"/v1/guardrails/{made}/assignments")).json()
    assert told["assistants"]["items"] == []


async def test_what_a_client_does_not_speak_of_stays_as_it_is(team: Team) -> None:
    made, assistant = await make(team.manager, team.project), await create(team.owner, team.project)
    await assign(team.manager, made, assistants=over(assistant))

    await assign(team.manager, made, project={"settings": []})
    told = (await team.manager.get(f"/v1/guardrails/{made}/assignments")).json()
    assert len(told["assistants"]["items"]) == 1
    await assign(team.manager, made, assistants={"items": []})
    told = (await team.manager.get(f"/v1/guardrails/{made}/assignments")).json()
    assert told["assistants"]["items"] == []


async def test_ids_alone_take_the_settings_beside_them(team: Team) -> None:
    made, assistant = await make(team.manager, team.project), await create(team.owner, team.project)

    await assign(team.manager, made, assistants={"settings": [BOTH], "items": [assistant]})
    told = (await team.manager.get(f"/v1/guardrails/{made}/assignments")).json()
    assert told["assistants"]["settings"] == []
    assert told["assistants"]["items"][0]["settings"] == [BOTH]
    await assign(team.manager, made, assistants={"settings": [], "items": [assistant]})
    told = (await team.manager.get(f"/v1/guardrails/{made}/assignments")).json()
    assert told["assistants"]["items"][0]["settings"] == [BOTH]


async def test_only_members_see_what_stands_guard_in_a_project(team: Team) -> None:
    query = {"project": team.project, "entity_type": "project"}

    assert (await team.stranger.get("/v1/guardrails/assignments", params=query)).status_code == 403
    assert (
        await team.member.get("/v1/guardrails/assignments", params={**query, "entity_type": "x"})
    ).status_code == 422


async def test_an_author_adds_guardrails_but_takes_away_only_their_own(team: Team) -> None:
    officers, own = await make(team.manager, team.project), await make(team.manager, team.project)
    assistant = await create(
        team.owner, team.project, guardrail_assignments=[{"guardrail_id": own, "mode": "all", "source": "input"}]
    )
    await assign(team.manager, officers, assistants=over(assistant))
    seen = {row["guardrail_id"]: row for row in (await shown(team.owner, assistant))["guardrail_assignments"]}
    assert (seen[own]["editable"], seen[officers]["editable"]) == (True, False)

    answer = await team.owner.put(f"/v1/assistants/{assistant}", json={"name": "N", "guardrail_assignments": []})
    assert answer.status_code == 200, answer.text
    left = [row["guardrail_id"] for row in (await shown(team.owner, assistant))["guardrail_assignments"]]
    assert officers in left
    assert own not in left


async def test_a_guardrail_of_another_project_cannot_be_given_to_an_assistant(
    team: Team, client: httpx2.AsyncClient
) -> None:
    elsewhere = (await client.get("/v1/user")).json()["applications"][0]
    foreign = await make(client, elsewhere)

    body = {"name": "N", "guardrail_assignments": [{"guardrail_id": foreign, "mode": "all", "source": "both"}]}
    assistant = await create(team.owner, team.project)
    assert (await team.owner.put(f"/v1/assistants/{assistant}", json=body)).status_code == 400


async def test_what_clients_sent_before_there_were_guardrails_is_passed_over(team: Team, database: Database) -> None:
    assistant, other = await create(team.owner, team.project), await create(team.owner, team.project)
    stored = update(Assistant).where(Assistant.id == assistant).values(guardrail_assignments=[{"anything": 1}])
    async with database.session() as session:
        await session.execute(stored)

    # What stands guard over the whole project stands guard over both.
    told = [(await shown(team.owner, one))["guardrail_assignments"] for one in (assistant, other)]
    assert told[0] == told[1]
