"""Plugin keys over HTTP: made and told once, given rights by whoever made them, renewed, revoked, and written down."""

import asyncio
from typing import Any

import httpx2
import pytest

from codemie.identity import audit
from codemie.integrations.plugin_key import lookup_hash
from codemie.kernel import row_security
from codemie.plugins.call_history import CALLED
from codemie.plugins.rights import Rights
from codemie.plugins.rights_repository import rights_of
from tests.identity.administration import id_of, new_project
from tests.integrations.credentials import People, fresh, row, values
from tests.plugins.test_keys import admit_of, new_key, plugin
from tests.support import Platform

KEYS = "/v1/plugin-engine/keys"
NARROW = {
    "read_only": False,
    "allowed_tools": ["_read*", "_run_command_line_tool"],
    "denied_tools": ["_run_docker"],
    "arguments": [{"tool": "_run_command_line_tool", "argument": "command", "pattern": "git (status|log).*"}],
    "ask": "writes",
    "asks": [{"tool": "_run_command_line_tool", "ask": "always"}],
}


async def make(client: httpx2.AsyncClient, project: str, **fields: Any) -> dict[str, Any]:
    body = {"alias": fresh("key"), "project_name": project, **fields}
    answer = await client.post(KEYS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.get(KEYS, params={"per_page": 1000})
    assert answer.status_code == 200
    return {item["id"]: item for item in answer.json()["data"]}


async def audited(client: httpx2.AsyncClient, entity_id: str) -> list[dict[str, Any]]:
    answer = await client.get("/v1/audit/events", params={"entity_id": entity_id, "sort_dir": "asc"})
    assert answer.status_code == 200, answer.text
    return [item for item in answer.json()["data"] if item["event_type"].startswith("plugin_key.")]


async def test_a_key_is_told_once_and_opens(platform: Platform, people: People) -> None:
    made = await make(people.member, people.project, rights=NARROW)
    key = made["key"]
    assert len(key) == 64
    assert made["rights"] == NARROW
    assert (made["is_usable"], made["scope"], made["user_abilities"]) == (True, "user", ["read", "write", "delete"])

    owner = await admit_of(platform)(key)
    assert owner is not None
    assert owner.setting_id == made["id"]
    for url in (KEYS, f"{KEYS}/{made['id']}", "/v1/settings/user", f"/v1/settings/user/{made['id']}"):
        shown = await people.member.get(url)
        assert shown.status_code == 200
        assert key not in shown.text
    assert values(await row(people.member, "user", made["alias"]))["plugin_key"] == "**********"
    assert made["mark"] == lookup_hash(key)[:12]
    assert {name: (await listed(people.member))[made["id"]][name] for name in ("mark", "is_usable")} == {
        "mark": made["mark"],
        "is_usable": True,
    }


async def test_a_key_of_a_project_is_confirmed_first(people: People) -> None:
    body = {"alias": fresh(), "project_name": people.project, "scope": "project"}
    refused = await people.manager.post(KEYS, json=body)
    assert refused.status_code == 422
    assert f"Every member of '{people.project}' could run tools" in refused.json()["error"]["details"]
    assert (await people.member.post(KEYS, json={**body, "confirmed": True})).status_code == 403
    assert (await people.stranger.post(KEYS, json={**body, "scope": "user"})).status_code == 403

    made = await make(people.manager, people.project, scope="project", confirmed=True)
    [event] = await audited(people.admin, made["id"])
    assert event["event_type"] == "plugin_key.created"
    facts = event["attributes"]
    assert (facts["scope"], facts["confirmed"], facts["mark"]) == ("project", True, made["mark"])
    assert made["key"] not in str(event)


async def test_only_whose_machine_it_is_widens_what_may_be_done_there(people: People) -> None:
    made = await make(people.manager, people.project, scope="project", confirmed=True, rights={"read_only": True})
    url = f"{KEYS}/{made['id']}"
    assert (await listed(people.member))[made["id"]]["user_abilities"] == ["read"]
    assert (await listed(people.admin))[made["id"]]["user_abilities"] == ["read", "delete"]
    assert made["id"] not in await listed(people.stranger)
    for client, status in ((people.member, 403), (people.admin, 403), (people.stranger, 404)):
        assert (await client.put(f"{url}/rights", json={})).status_code == status
        assert (await client.put(f"{url}/rights", json={"ask": "?"})).status_code == status, (
            "authorised before validated"
        )
        assert (await client.post(f"{url}/renewal")).status_code == status
    assert (await people.member.delete(url)).status_code == 403
    assert (await people.stranger.delete(url)).status_code == 404

    changed = await people.manager.put(f"{url}/rights", json=NARROW)
    assert changed.status_code == 200
    assert changed.json()["rights"] == NARROW
    assert (await people.member.get(url)).json()["rights"] == NARROW
    event = (await audited(people.admin, made["id"]))[-1]
    assert event["event_type"] == "plugin_key.rights_changed"
    assert (event["attributes"]["before"]["read_only"], event["attributes"]["after"]) == (True, NARROW)
    assert (await people.admin.delete(url)).json() == {"message": "Plugin key revoked"}


async def test_personal_keys_are_nobody_elses(people: People) -> None:
    made = await make(people.member, people.project)
    for client in (people.manager, people.stranger, people.admin):
        assert made["id"] not in await listed(client)
        assert (await client.get(f"{KEYS}/{made['id']}")).status_code == 404
        assert (await client.put(f"{KEYS}/{made['id']}/rights", json={})).status_code == 404
        assert (await client.delete(f"{KEYS}/{made['id']}")).status_code == 404


async def test_other_integrations_are_no_keys(people: People) -> None:
    token = [{"key": "token", "value": "t"}]
    body = {
        "project_name": people.project, "alias": fresh(), "credential_type": "Git", "credential_values": token,
    }  # fmt: skip
    assert (await people.member.post("/v1/settings/user", json=body)).status_code == 200
    git = await row(people.member, "user", body["alias"])
    assert (await people.member.delete(f"{KEYS}/{git['id']}")).status_code == 404
    assert git["id"] not in await listed(people.member)


async def test_a_renewed_key_replaces_the_former_and_keeps_its_rights(platform: Platform, people: People) -> None:
    heard: list[str] = []
    platform.resources.integrations.withdrawals.listen(heard.append)
    made = await make(people.member, people.project, rights=NARROW)
    renewed = (await people.member.post(f"{KEYS}/{made['id']}/renewal")).json()
    assert (renewed["id"], renewed["rights"]) == (made["id"], NARROW)
    assert renewed["key"] != made["key"]
    assert await admit_of(platform)(made["key"]) is None
    assert await admit_of(platform)(renewed["key"]) is not None
    assert lookup_hash(made["key"]) in heard


async def test_a_revoked_key_opens_nothing_and_is_cut(platform: Platform, people: People) -> None:
    heard: list[str] = []
    platform.resources.integrations.withdrawals.listen(heard.append)
    made = await make(people.member, people.project)
    assert (await people.member.delete(f"{KEYS}/{made['id']}")).status_code == 200
    assert await admit_of(platform)(made["key"]) is None
    assert lookup_hash(made["key"]) in heard
    assert (await people.member.get(f"{KEYS}/{made['id']}")).status_code == 404
    assert [event["event_type"] for event in await audited(people.admin, made["id"])] == [
        "plugin_key.created",
        "plugin_key.revoked",
    ]


async def test_a_copy_of_a_key_is_not_wider_than_the_key(platform: Platform, people: People) -> None:
    target = await new_project(people.manager)
    made = await make(people.manager, people.project, scope="project", confirmed=True, rights=NARROW)
    own = await make(people.member, people.project, rights={"read_only": True})
    copied = await people.admin.post(
        "/v1/settings/transfer",
        json={"source_project_name": people.project, "target_project_name": target, "mode": "copy"},
    )
    assert copied.json()["transferred_count"] == 2, copied.text
    with row_security.system("test"):
        async with platform.resources.database.session() as session:
            shared = (await row(people.manager, "project", made["alias"], target))["id"]
            personal = (await row(people.member, "user", own["alias"], target))["id"]
            assert (await rights_of(session, shared)).model_dump() == NARROW
            assert (await rights_of(session, personal)).read_only


async def test_keys_stored_as_integrations_are_listed_with_every_right(people: People) -> None:
    body = plugin(people.project, new_key())
    assert (await people.member.post("/v1/settings/user", json=body)).status_code == 200
    stored = await row(people.member, "user", body["alias"])
    shown = (await listed(people.member))[stored["id"]]
    assert shown["rights"] == Rights().model_dump()
    assert shown["is_usable"]


async def test_lists_come_in_pages(people: People) -> None:
    made = [(await make(people.member, people.project))["id"] for _ in range(3)]
    pages = [(await people.member.get(KEYS, params={"page": number, "per_page": 2})).json() for number in range(2)]
    assert [item["id"] for page in pages for item in page["data"]] == made[::-1]
    assert pages[1]["pagination"] == {"page": 1, "per_page": 2, "total": 3, "pages": 2}


@pytest.mark.parametrize(
    "wrong",
    [
        {"alias": " "},
        {"alias": "a" * 256},
        {"scope": "everybody"},
        {"rights": {"arguments": [{"tool": "*", "argument": "a", "pattern": "("}]}},
    ],
)
async def test_what_is_wrong_is_said(people: People, wrong: dict[str, Any]) -> None:
    refused = await people.member.post(KEYS, json={"alias": fresh(), "project_name": people.project, **wrong})
    assert refused.status_code == 422
    assert next(iter(wrong)) in refused.text


async def test_the_address_for_agents_is_that_of_the_request(people: People, platform: Platform) -> None:
    shown = (await people.member.get("/v1/plugin-engine/connection")).json()
    assert shown["uri"] == platform.url.replace("http://", "ws://") + "/v1/plugin-engine/ws"


async def test_rights_changed_at_once_by_two_are_those_of_one(people: People) -> None:
    made = await make(people.member, people.project)
    url = f"{KEYS}/{made['id']}/rights"
    answers = await asyncio.gather(*(people.member.put(url, json={"denied_tools": [f"_t{n}"]}) for n in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    final = (await people.member.get(f"{KEYS}/{made['id']}")).json()["rights"]["denied_tools"]
    assert final in [[f"_t{n}"] for n in range(5)]


async def test_calls_are_told_to_whom_the_key_is_and_others_see_their_own(platform: Platform, people: People) -> None:
    made = await make(people.manager, people.project, scope="project", confirmed=True)
    manager, member = await id_of(people.manager), await id_of(people.member)
    names = [f"_t{number}" for number in range(5)]
    for number, name in enumerate(names):
        async with platform.resources.database.session() as session:
            facts = {"tool": name, "label": "repo", "host": "laptop", "assistant_id": None, "outcome": "ok"}
            facts |= {"milliseconds": 250, "arguments_sha256": "0" * 64}
            who = member if number % 2 else manager
            audit.record(session, audit.PLUGINS, CALLED, entity_id=made["id"], actor_id=who, **facts)

    url = f"{KEYS}/{made['id']}/calls"
    newest = (await people.manager.get(url, params={"limit": 3})).json()
    older = (await people.manager.get(url, params={"limit": 3, "before": newest["before"]})).json()
    assert [call["tool"] for call in newest["data"] + older["data"]] == names[::-1]
    assert older["before"] is None
    first = newest["data"][0]
    assert (first["outcome"], first["milliseconds"], first["host"]) == ("ok", 250, "laptop")
    assert (first["actor_id"], first["arguments_sha256"]) == (manager, "0" * 64)
    assert [call["tool"] for call in (await people.member.get(url)).json()["data"]] == ["_t3", "_t1"]
    assert (await people.stranger.get(url)).status_code == 404
