"""What comes with the platform: seeds, templates, categories, sub-agents; and counting users."""

import uuid
from itertools import pairwise
from typing import Any

import pytest

from codemie.assistants import repository
from codemie.assistants.seeding import seed
from codemie.assistants.slugs import slugify
from codemie.assistants.tables import name_sort_key
from codemie.assistants.templates import templates, unwrapped
from codemie.kernel.database import Database
from codemie.knowledge.tables import DataSource
from tests.assistants.conftest import Team, create, shown

SEEDS = {"AI/Run FAQ", "AI/Run Chatbot", "Prompt Engineer"}


async def marketplace(client: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/assistants", params={"scope": "marketplace", "per_page": 100})
    return list(answer.json()["data"])


async def test_everybody_finds_the_seeds_in_the_marketplace(team: Team) -> None:
    rows = await marketplace(team.stranger)
    assert {row["name"] for row in rows} >= SEEDS
    chatbot = (await team.stranger.get("/v1/assistants/slug/ai-run-chatbot")).json()
    assert (chatbot["name"], chatbot["is_global"], chatbot["user_abilities"]) == ("AI/Run Chatbot", True, ["read"])
    assert chatbot["created_by"] is None


async def test_seeding_again_changes_nothing(team: Team, database: Database, client: Any) -> None:
    faq = next(row for row in await marketplace(client) if row["name"] == "AI/Run FAQ")
    change = {"name": "AI/Run FAQ", "description": "Ours now", "categories": ["support"], "is_global": True}
    assert (await client.put(f"/v1/assistants/{faq['id']}", json=change)).status_code == 200
    await seed(database)
    rows = [row for row in await marketplace(client) if row["name"] == "AI/Run FAQ"]
    assert [(row["id"], row["description"]) for row in rows] == [(faq["id"], "Ours now")]


async def test_templates_look_like_assistants_without_an_id(team: Team) -> None:
    templates = (await team.owner.get("/v1/assistants/prebuilt")).json()
    assert len(templates) >= 5
    for template in templates:
        assert template["id"] is None
        assert template["name"]
        assert template["description"]
        assert template["system_prompt"]
        assert template["conversation_starters"]
        assert template["project"] == "codemie"
    one = await team.owner.get(f"/v1/assistants/prebuilt/{templates[0]['slug']}")
    assert one.json()["name"] == templates[0]["name"]
    missing = await team.owner.get("/v1/assistants/prebuilt/none-such")
    assert (missing.status_code, missing.json()["error"]["message"]) == (404, "Prebuilt assistant not found")


async def test_templates_are_a_scope_of_the_list(team: Team) -> None:
    query = {"scope": "templates", "filters": '{"search":"review"}', "per_page": 1}
    answer = (await team.owner.get("/v1/assistants", params=query)).json()
    assert [row["name"] for row in answer["data"]] == ["Code Reviewer"]
    by_category = {"scope": "templates", "filters": '{"categories":["devops"]}'}
    assert (await team.owner.get("/v1/assistants", params=by_category)).json()["pagination"]["total"] == 1


async def test_a_template_can_be_saved_as_an_assistant(team: Team) -> None:
    template = (await team.owner.get("/v1/assistants/prebuilt/document-analyst")).json()
    body = {**template, "project": team.project, "llm_model_type": "mock"}
    answer = await team.owner.post("/v1/assistants", json=body)
    assert answer.status_code == 200, answer.text
    saved = await shown(team.owner, answer.json()["assistantId"])
    assert saved["system_prompt"] == template["system_prompt"]


async def test_categories_are_public_and_ordered_by_name(anonymous: Any) -> None:
    categories = (await anonymous.get("/v1/assistants/categories")).json()
    assert len(categories) >= 18
    found = [category["name"] for category in categories]
    assert found == sorted(found)
    assert set(categories[0]) == {"id", "name", "description", "date", "update_date"}


async def test_builtin_subagents_and_toolkits_are_arrays(team: Team) -> None:
    subagents = await team.owner.get("/v1/assistants/builtin_subagents")
    assert subagents.json() == [{"id": "GENERAL_PURPOSE_SUBAGENT", "display_name": "General Purpose"}]
    assert isinstance((await team.owner.get("/v1/assistants/tools")).json(), list)


async def test_a_person_counts_once_as_user(team: Team, database: Database) -> None:
    assistant_id = await create(team.owner, team.project)
    before = await shown(team.owner, assistant_id)
    for user in ("u1", "u1", "u2"):
        async with database.session() as session:
            await repository.count_user(session, assistant_id, user)
    after = await shown(team.owner, assistant_id)
    assert after["unique_users_count"] == 2
    assert after["update_date"] == before["update_date"]
    async with database.session() as session:
        await repository.count_user(session, "deleted meanwhile", "u1")


@pytest.mark.parametrize("path", ["/v1/assistants", "/v1/assistants/prebuilt", "/v1/assistants/users"])
async def test_nobody_reads_without_signing_in(anonymous: Any, path: str) -> None:
    assert (await anonymous.get(path)).status_code == 401


@pytest.mark.parametrize(
    ("name", "slug"),
    [("AI/Run FAQ", "ai-run-faq"), ("Über  uns!", "uber-uns"), ("Допомога", "assistant"), ("x" * 300, "x" * 100)],
)
def test_slugs_are_readable(name: str, slug: str) -> None:
    assert slugify(name) == slug


def test_names_are_ordered_by_letters_and_digits_alone() -> None:
    assert name_sort_key('"Éclair-Straße"') == "eclairstrasse"
    assert len(name_sort_key("ﷺ" * 500)) <= 200


async def test_a_form_asks_for_credentials_only_where_none_are_attached(team: Team) -> None:
    attached = {"id": "7", "credential_type": "Jira", "project_name": team.project}
    toolkit = {
        "toolkit": "PM",
        "tools": [
            {"name": "jira", "settings_config": True, "settings": attached},
            {"name": "confluence", "settings_config": True},
            {"name": "calculator"},
        ],
    }
    assistant_id = await create(team.owner, team.project, toolkits=[toolkit])
    (found,) = (await shown(team.owner, assistant_id))["toolkits"]
    assert [tool["settings_config"] for tool in found["tools"]] == [False, True, False]
    assert (await team.owner.get("/v1/assistants/hedgeable_tools")).json() == []


async def test_a_data_source_names_the_assistants_that_search_it(team: Team, database: Database) -> None:
    source = DataSource(
        name=f"docs-{uuid.uuid4().hex[:8]}",
        project=team.project,
        type="knowledge_base_file",
        shared=True,
        owner_id=(await team.owner.get("/v1/user")).json()["user_id"],
        created_by={},
        completed=True,
    )
    async with database.session() as session:
        session.add(source)
    context = [{"context_type": "knowledge_base", "name": source.name}]
    using = await create(team.owner, team.project, context=context, shared=True)
    await create(team.owner, team.project, context=context)
    await create(team.owner, team.project, shared=True)
    path = f"/v1/index/{source.id}/assistants"
    assert [row["id"] for row in (await team.member.get(path)).json()] == [using]
    assert len((await team.owner.get(path)).json()) == 2
    assert (await team.stranger.get(path)).status_code == 404
    # Other tests count what the team's project offers.
    async with database.session() as session:
        await session.delete(await session.get_one(DataSource, source.id))


def test_the_instructions_of_a_template_are_cut_only_where_a_paragraph_ends() -> None:
    for one in templates():
        lines = one.system_prompt.splitlines()
        cut = [line for line, after in pairwise(lines) if line and after and after[0] not in "-*#|>`0123456789"]
        assert not cut, one.slug

    assert unwrapped("One\ntwo.\n\n- a\n  b\n- c") == "One two.\n\n- a b\n- c"
