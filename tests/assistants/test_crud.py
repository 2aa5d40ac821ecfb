"""Creating, reading, changing and deleting assistants over HTTP."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from sqlalchemy import select, update

from codemie.assistants.composition import keeper_of
from codemie.assistants.tables import Assistant, AssistantVersion
from codemie.kernel.database import Database
from codemie.knowledge.tables import DataSource
from tests.assistants.conftest import Team, create, definition, shown

NESTED_TEXT = "Nested assistants aren't supported. Assistant '{}' can't have its own sub-assistants"


async def test_a_created_assistant_is_read_back_complete(team: Team) -> None:
    answer = await team.owner.post("/v1/assistants", json=definition(team.project, name="Release Notes", temperature=0))
    assert answer.json() == {
        "message": "Specified assistant saved",
        "assistantId": answer.json()["assistantId"],
        "validation": None,
    }
    assistant = await shown(team.owner, answer.json()["assistantId"])
    assert assistant["name"] == "Release Notes"
    assert assistant["slug"] == "release-notes"
    assert assistant["created_by"]["name"] == team.owner.email
    assert assistant["user_abilities"] == ["read", "write", "delete"]
    assert assistant["temperature"] == 0
    assert assistant["version_count"] == 1
    assert assistant["clone_count"] == 0
    assert assistant["enabled_builtin_subagents"] == []
    assert assistant["system_prompt_history"] == []
    assert assistant["created_date"]


async def test_an_update_changes_only_what_it_names(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, temperature=0.3, top_p=0.9, conversation_starters=["Hi"])
    answer = await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "Renamed", "description": "New"})
    assert answer.json() == {"message": "Specified assistant updated", "validation": None}
    assistant = await shown(team.owner, assistant_id)
    assert (assistant["name"], assistant["description"]) == ("Renamed", "New")
    assert (assistant["temperature"], assistant["top_p"]) == (0.3, 0.9)
    assert assistant["conversation_starters"] == ["Hi"]
    assert assistant["system_prompt"] == "Be brief."
    cleared = await team.owner.put(
        f"/v1/assistants/{assistant_id}", json={"name": "Renamed", "conversation_starters": [], "top_p": None}
    )
    assert cleared.status_code == 200
    assistant = await shown(team.owner, assistant_id)
    assert (assistant["conversation_starters"], assistant["top_p"]) == ([], None)


async def test_changed_prompts_are_kept_as_history_and_versions(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, system_prompt="First")
    for prompt in ("Second", "Second", "Third"):
        await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "system_prompt": prompt})
    assistant = await shown(team.owner, assistant_id)
    assert [entry["system_prompt"] for entry in assistant["system_prompt_history"]] == ["Second", "First"]
    assert assistant["system_prompt_history"][0]["created_by"]["name"] == team.owner.email
    assert assistant["version_count"] == 3


async def test_a_deleted_assistant_is_gone_everywhere(team: Team) -> None:
    sub_id = await create(team.owner, team.project, name="Sub")
    parent_id = await create(team.owner, team.project, assistant_ids=[sub_id])
    assert [nested["id"] for nested in (await shown(team.owner, parent_id))["nested_assistants"]] == [sub_id]
    answer = await team.owner.delete(f"/v1/assistants/{sub_id}")
    assert answer.json() == {"message": "Specified assistant removed"}
    missing = await team.owner.get(f"/v1/assistants/id/{sub_id}")
    assert missing.status_code == 404
    assert missing.json()["error"]["message"] == "Assistant not found"
    assert sub_id in missing.json()["error"]["details"]
    assert (await shown(team.owner, parent_id))["assistant_ids"] == []


async def test_rights_follow_ownership_sharing_and_management(team: Team, client: Any, anonymous: Any) -> None:
    private = await create(team.owner, team.project)
    open_one = await create(team.owner, team.project, shared=True)
    expected = {
        "member": ([], ["read"]),
        "manager": (["read", "write", "delete"], ["read", "write", "delete"]),
        "stranger": ([], []),
    }
    for name, abilities in expected.items():
        person = getattr(team, name)
        for assistant_id, allowed in zip((private, open_one), abilities, strict=True):
            answer = await person.get(f"/v1/assistants/id/{assistant_id}")
            if allowed:
                assert answer.json()["user_abilities"] == allowed
                continue
            assert answer.status_code == 401
            assert answer.json()["error"]["message"] == "Access denied"
            assert "permissions to read this entity" in answer.json()["error"]["details"]
    for method, verb in (("PUT", "update"), ("DELETE", "delete")):
        refused = await team.member.request(method, f"/v1/assistants/{open_one}", json={"name": "Mine now"})
        assert refused.status_code == 401
        assert f"permissions to {verb} this entity" in refused.json()["error"]["details"]
    assert (await shown(client, private))["user_abilities"] == ["read", "write", "delete"]
    assert (await anonymous.get(f"/v1/assistants/id/{private}")).status_code == 401


async def test_foreign_projects_are_refused(team: Team) -> None:
    answer = await team.stranger.post("/v1/assistants", json=definition(team.project))
    assert answer.status_code == 403
    assert answer.json()["error"]["message"] == "Access denied"
    assert team.project in answer.json()["error"]["details"]
    own = await create(team.stranger, team.stranger.email)
    moved = await team.stranger.put(f"/v1/assistants/{own}", json={"name": "N", "project": team.project})
    assert moved.status_code == 403


async def test_slugs_are_unique_within_a_project(team: Team) -> None:
    first = await create(team.owner, team.project, name="Same Name")
    second = await create(team.owner, team.project, name="Same Name")
    slug = (await shown(team.owner, second))["slug"]
    assert (await shown(team.owner, first))["slug"] == "same-name"
    assert slug.startswith("same-name_")
    assert len(slug) == len("same-name_") + 15
    taken = await team.owner.post("/v1/assistants", json=definition(team.project, slug="same-name"))
    assert taken.status_code == 400
    assert taken.json()["error"]["message"] == "Failed to save assistant"
    assert "already used by another assistant in this project" in taken.json()["error"]["details"]
    clash = await team.owner.put(f"/v1/assistants/{second}", json={"name": "N", "slug": "same-name"})
    assert clash.json()["error"]["message"] == "Failed to update assistant"


async def test_of_several_who_want_a_slug_at_once_one_gets_it(team: Team) -> None:
    body = definition(team.project, slug="wanted-by-all")
    answers = await asyncio.gather(*(team.owner.post("/v1/assistants", json=body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


async def test_concurrent_updates_make_one_version_each(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    bodies = [{"name": "N", "system_prompt": f"Prompt {number}"} for number in range(5)]
    path = f"/v1/assistants/{assistant_id}"
    answers = await asyncio.gather(*(team.owner.put(path, json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert (await shown(team.owner, assistant_id))["version_count"] == 6


async def test_a_slug_in_several_projects_needs_the_project(team: Team) -> None:
    slug = f"shared/{team.project}"
    here = await create(team.owner, team.project, slug=slug)
    there = await create(team.owner, team.owner.email, slug=slug)
    exact = await team.owner.get(f"/v1/assistants/slug/{slug}", params={"project": team.project})
    assert exact.json()["id"] == here
    ambiguous = await team.owner.get(f"/v1/assistants/slug/{slug}")
    error = ambiguous.json()["error"]
    assert (ambiguous.status_code, error["message"]) == (422, "Ambiguous slug")
    assert slug in error["details"]
    assert "2 assistants" in error["details"]
    assert "project" in error["details"]
    assert "?project=" in error["help"]
    await team.owner.delete(f"/v1/assistants/{there}")
    assert (await team.owner.get(f"/v1/assistants/slug/{slug}")).json()["id"] == here
    nowhere = await team.owner.get(f"/v1/assistants/slug/{slug}", params={"project": "elsewhere"})
    assert nowhere.status_code == 404
    assert slug in nowhere.json()["error"]["details"]
    assert "elsewhere" in nowhere.json()["error"]["details"]
    assert (await team.stranger.get(f"/v1/assistants/slug/{slug}")).status_code == 401


async def test_sub_assistants_are_checked_when_added(team: Team) -> None:
    sub = await create(team.owner, team.project, name="Leaf")
    parent = await create(team.owner, team.project, name="Branch", assistant_ids=[sub])
    refused = [
        (["no-such-id"], "'no-such-id' does not exist"),
        ([parent], NESTED_TEXT.format("Branch")),
    ]
    for ids, reason in refused:
        answer = await team.owner.post("/v1/assistants", json=definition(team.project, assistant_ids=ids))
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "Failed to save assistant"
        assert answer.json()["error"]["details"].rstrip(".").endswith(reason)
    circle = await team.owner.put(f"/v1/assistants/{parent}", json={"name": "Branch", "assistant_ids": [sub, parent]})
    assert circle.json()["error"]["message"] == "Failed to update assistant"
    assert "circular" in circle.json()["error"]["details"]


async def test_clones_are_counted_at_their_source(team: Team) -> None:
    source = await create(team.owner, team.project, shared=True)
    before = await shown(team.owner, source)
    await create(team.member, team.project, source_assistant_id=source)
    after = await shown(team.owner, source)
    assert (before["clone_count"], after["clone_count"]) == (0, 1)
    assert before["update_date"] == after["update_date"]


async def test_remote_agents_take_their_description_from_the_card(team: Team) -> None:
    body = {"name": "Remote", "project": team.project, "agent_card": {"name": "R", "description": "Elsewhere"}}
    answer = await team.owner.post("/v1/assistants", json=body)
    assistant = await shown(team.owner, answer.json()["assistantId"])
    assert (assistant["type"], assistant["description"], assistant["system_prompt"]) == ("A2A", "Elsewhere", "")


@pytest.mark.parametrize("kind", ["bedrock_agent", "bedrock_agentcore_runtime", "A2A"])
async def test_what_could_not_answer_is_not_saved(team: Team, database: Database, kind: str) -> None:
    body = {"name": "No one", "project": team.project, "system_prompt": "", "llm_model_type": "mock-chat"}
    refused = await team.owner.post("/v1/assistants", json={**body, "type": kind})
    local = await create(team.owner, team.project)
    changed = await team.owner.put(f"/v1/assistants/{local}", json={"name": "No one", "type": kind})
    assert [refused.status_code, changed.status_code] == [400, 400]
    assert refused.json()["error"]["message"] == "Failed to save assistant"
    assert changed.json()["error"]["message"] == "Failed to update assistant"
    assert kind in refused.json()["error"]["details"]
    assert (await shown(team.owner, local))["type"] == "codemie"

    # One that is there from before says so too, instead of letting a model of this server answer.
    async with database.session() as session:
        await session.execute(update(Assistant).where(Assistant.id == local).values(type=kind))
    asked = await team.owner.post(f"/v1/assistants/{local}/model", json={"text": "Hi"})
    assert asked.status_code == 400
    assert kind in asked.json()["error"]["details"]
    renamed = await team.owner.put(f"/v1/assistants/{local}", json={"name": "Renamed"})
    assert renamed.status_code == (200 if kind == "A2A" else 401), renamed.text


async def test_features_nobody_chose_are_told_as_they_are(team: Team) -> None:
    assistant = await shown(team.owner, await create(team.owner, team.project))
    assert assistant["interactive_features"] == {"action_buttons": False, "choice": False, "short_forms": False}


async def test_unknown_data_sources_are_dropped(team: Team) -> None:
    wanted = [{"context_type": "code", "name": "nothing-of-that-name"}]
    assistant = await shown(team.owner, await create(team.owner, team.project, context=wanted))
    assert assistant["context"] == []


@pytest.mark.parametrize(
    ("change", "path", "text"),
    [
        ({"name": None}, "name", "Input should be a valid string"),
        ({"name": ""}, "name", "String should have at least 1 character"),
        ({"system_prompt": None}, "system_prompt", "Field required"),
        ({"llm_model_type": None}, "llm_model_type", "Field required"),
        ({"temperature": 3}, "temperature", "less than or equal to 2"),
        ({"temperature": "hot"}, "temperature", "valid number"),
        ({"top_p": -1}, "top_p", "greater than or equal to 0"),
        ({"tools_tokens_size_limit": 0}, "tools_tokens_size_limit", "greater than 0"),
        ({"enabled_builtin_subagents": ["OTHER"]}, "enabled_builtin_subagents", "GENERAL_PURPOSE_SUBAGENT"),
        ({"categories": ["a", "b", "c", "d"]}, "categories", "at most 3"),
        ({"toolkits": [{"tools": []}]}, "toolkits", "Field required"),
        ({"context": [{"context_type": "web", "name": "x"}]}, "context", "knowledge_base"),
        ({"mcp_servers": [{"name": "a"}, {"name": "a"}]}, "mcp_servers", "must be unique"),
        ({"mcp_servers": [{"name": "a", "command": "/bin/sh -c"}]}, "mcp_servers", "match pattern"),
        ({"prompt_variables": [{"key": "k" * 101}]}, "prompt_variables", "at most 100"),
    ],
)
async def test_bad_fields_are_named(team: Team, change: dict[str, Any], path: str, text: str) -> None:
    answer = await team.owner.post("/v1/assistants", json=definition(team.project, **change))
    assert answer.status_code == 422
    first = answer.json()["error"]["details"][0]
    assert first["loc"][:2] == ["body", path]
    assert text in first["msg"]


async def test_a_missing_name_reads_field_required(team: Team) -> None:
    answer = await team.owner.post("/v1/assistants", json={"project": team.project})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["msg"] == "Field required"


@pytest.mark.parametrize("text", [r"nul \u0000 character", r"half a pair \ud800"])
@pytest.mark.parametrize("place", ["name", "toolkit", "free"])
async def test_text_that_cannot_be_stored_is_the_senders_mistake(team: Team, text: str, place: str) -> None:
    fields = {
        "name": {"name": "@"},
        "toolkit": {"toolkits": [{"toolkit": "@", "tools": []}]},
        "free": {"custom_metadata": {"note": "@"}},
    }
    body = json.dumps(definition(team.project, **fields[place])).replace("@", text)
    answer = await team.owner.post("/v1/assistants", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


async def test_repeated_subagents_and_null_lists_are_tidied(team: Team) -> None:
    general = "GENERAL_PURPOSE_SUBAGENT"
    kept = await create(team.owner, team.project, enabled_builtin_subagents=[general, general])
    assert (await shown(team.owner, kept))["enabled_builtin_subagents"] == [general]
    nulls = {"enabled_builtin_subagents": None, "toolkits": None, "prompt_variables": None, "description": None}
    answer = await team.owner.put(f"/v1/assistants/{kept}", json={"name": "N", **nulls})
    assert answer.status_code == 200
    assistant = await shown(team.owner, kept)
    assert assistant["enabled_builtin_subagents"] == []
    assert assistant["description"] == ""


async def test_tools_keep_their_integration_but_not_its_secret(team: Team) -> None:
    settings = {
        "id": "i1",
        "alias": "jira",
        "credential_type": "Jira",
        "credential_values": [{"key": "url", "value": "https://jira"}, {"key": "token", "value": "planted-secret"}],
    }
    tools = [{"name": "generic_jira_tool", "settings_config": True, "settings": settings}]
    toolkits = [{"toolkit": "Project Management", "tools": tools, "label": "", "settings_config": False}]
    assistant_id = await create(team.owner, team.project, toolkits=toolkits, skip_integration_validation=True)
    answer = await team.owner.get(f"/v1/assistants/id/{assistant_id}")
    assert "planted-secret" not in answer.text
    tool = answer.json()["toolkits"][0]["tools"][0]
    assert tool["label"] == "Generic Jira Tool"
    assert tool["settings"]["id"] == "i1"
    assert tool["settings"]["credential_values"][1]["value"] == "******"


AUTHOR = {"id": "x", "username": "x", "name": "X"}


async def test_a_data_source_is_attached_by_name(team: Team, database: Database) -> None:
    async with database.session() as session:
        for name, kind in (("handbook", "knowledge_base_file"), ("backend", "code")):
            session.add(
                DataSource(project=team.project, name=name, type=kind, shared=True, owner_id="x", created_by=AUTHOR)
            )
    wanted = [{"context_type": "knowledge_base", "name": name} for name in ("backend", "handbook", "absent")]
    assistant = await shown(team.owner, await create(team.owner, team.project, context=wanted))
    assert assistant["context"] == [
        {"context_type": "code", "name": "backend"},
        {"context_type": "knowledge_base", "name": "handbook"},
    ]
    offered = await team.member.get("/v1/assistants/context", params={"project_name": team.project})
    assert [(choice["name"], choice["context_type"]) for choice in offered.json()] == [
        ("backend", "code"),
        ("handbook", "knowledge_base"),
    ]
    assert all(choice["id"] for choice in offered.json())
    refused = await team.stranger.get("/v1/assistants/context", params={"project_name": team.project})
    assert refused.status_code == 403


async def test_data_sources_stay_behind_when_an_assistant_moves(team: Team, database: Database) -> None:
    name = f"only-here-{uuid.uuid4().hex[:8]}"
    async with database.session() as session:
        session.add(
            DataSource(project=team.project, name=name, type="code", shared=True, owner_id="x", created_by=AUTHOR)
        )
    assistant_id = await create(team.owner, team.project, context=[{"context_type": "code", "name": name}])
    moved = await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "project": team.owner.email})
    assert moved.status_code == 200, moved.text
    assert (await shown(team.owner, assistant_id))["context"] == []


async def test_sub_assistants_are_checked_against_the_project_an_assistant_moves_to(team: Team) -> None:
    published = await create(team.owner, team.project, is_global=True, categories=["engineering"])
    sub_id = await create(team.owner, team.project, name="Stays here", shared=True)
    assistant_id = await create(team.owner, team.project, assistant_ids=[published, sub_id])
    path, body = f"/v1/assistants/{assistant_id}", {"name": "N", "project": team.owner.email}
    for more in ({}, {"assistant_ids": [sub_id]}):
        refused = await team.owner.put(path, json={**body, **more})
        assert refused.status_code == 400
        assert "'Stays here' belongs to another project" in refused.json()["error"]["details"]
    moved = await team.owner.put(path, json={**body, "assistant_ids": [published]})
    assert moved.status_code == 200, moved.text
    found = await shown(team.owner, assistant_id)
    assert (found["project"], found["assistant_ids"]) == (team.owner.email, [published])


async def test_secrets_are_stored_sealed_and_shown_masked(team: Team, database: Database) -> None:
    variables = [
        {"key": "password", "default_value": "planted-one", "is_sensitive": True},
        {"key": "city", "default_value": "Lviv"},
    ]
    config = {"url": "https://mcp", "auth_token": "planted-two", "headers": {"X-Api-Key": "planted-three", "A": "b"}}
    servers = [{"name": "s", "config": config}]
    assistant_id = await create(team.owner, team.project, prompt_variables=variables, mcp_servers=servers)
    answer = await team.owner.get(f"/v1/assistants/id/{assistant_id}")
    assert "planted" not in answer.text
    shown_variables = answer.json()["prompt_variables"]
    assert [variable["default_value"] for variable in shown_variables] == ["********", "Lviv"]
    shown_config = answer.json()["mcp_servers"][0]["config"]
    assert shown_config["headers"] == {"X-Api-Key": "********", "A": "b"}
    body = {"name": "N", "prompt_variables": shown_variables, "mcp_servers": answer.json()["mcp_servers"]}
    assert (await team.owner.put(f"/v1/assistants/{assistant_id}", json=body)).status_code == 200
    async with database.session() as session:
        row = await session.get_one(Assistant, assistant_id)
        assert "planted" not in str(vars(row))
        versions = (await session.scalars(select(AssistantVersion.content))).all()
        assert "planted" not in str(versions)
    keeper = keeper_of(team.cipher, assistant_id)
    assert keeper.open_variables(row.prompt_variables) == {"password": "planted-one", "city": "Lviv"}
    opened = keeper.open_servers(row.mcp_servers)[0]["config"]
    assert (opened["auth_token"], opened["headers"]["X-Api-Key"]) == ("planted-two", "planted-three")


async def test_a_published_assistant_keeps_a_category(team: Team) -> None:
    assistant_id = await create(team.owner, team.project, is_global=True, categories=["engineering"])
    refused = await team.owner.put(f"/v1/assistants/{assistant_id}", json={"name": "N", "categories": []})
    assert refused.status_code == 400
    kept = await shown(team.stranger, assistant_id)
    assert kept["categories"][0]["name"] == "Engineering"
    assert kept["user_abilities"] == ["read"]
