"""The assistants list: scopes, filters, orders, pages, and what it costs."""

import json
import uuid
from typing import Any

import pytest

from codemie.assistants.tables import Assistant
from codemie.kernel.database import Database
from tests.assistants.conftest import Team, create
from tests.statements import counted
from tests.support import Platform

MINIMAL_KEYS = {
    "id",
    "name",
    "slug",
    "project",
    "type",
    "description",
    "icon_url",
    "created_by",
    "user_abilities",
    "unique_users_count",
    "unique_likes_count",
    "unique_dislikes_count",
    "clone_count",
    "categories",
    "is_global",
    "shared",
    "origin",
}


async def listed(client: Any, filters: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
    if filters is not None:
        query["filters"] = json.dumps(filters)
    answer = await client.get("/v1/assistants", params={"per_page": 200, "minimal_response": "True", **query})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def names(client: Any, filters: dict[str, Any] | None = None, **query: Any) -> list[str]:
    return [row["name"] for row in (await listed(client, filters, **query))["data"]]


@pytest.fixture(scope="module")
async def shelf(team: Team) -> str:
    """Assistants whose names carry one mark, so that searching for it leaves other tests' out."""
    mark = f"m{uuid.uuid4().hex[:6]}"
    await create(team.owner, team.project, name=f"{mark} Beta", description="About pears", shared=True)
    await create(team.owner, team.project, name=f'"{mark} alpha"', description="About apples")
    await create(team.member, team.project, name=f"{mark} Gamma 100%", categories=["devops"], shared=True)
    published = {"description": f"{mark} epsilon", "is_global": True, "categories": ["support"]}
    await create(team.owner, team.owner.email, name=f"{mark} Delta", **published)
    await create(team.stranger, team.stranger.email, name=f"Other {mark}", shared=True)
    return mark


async def test_a_created_assistant_is_in_the_list_at_once(team: Team) -> None:
    assistant_id = await create(team.owner, team.project)
    row = next(row for row in (await listed(team.owner))["data"] if row["id"] == assistant_id)
    assert set(row) == MINIMAL_KEYS
    assert row["created_by"]["name"] == team.owner.email
    assert row["description"] is not None
    await team.owner.delete(f"/v1/assistants/{assistant_id}")
    assert (await listed(team.owner, {"search": assistant_id}))["data"] == []


async def test_the_full_form_is_the_default(team: Team, shelf: str) -> None:
    answer = await team.owner.get("/v1/assistants", params={"filters": json.dumps({"search": shelf}), "per_page": 1})
    row = answer.json()["data"][0]
    assert {"system_prompt", "toolkits", "conversation_starters", "prompt_variables", "version_count"} <= set(row)
    assert row["user_abilities"]


async def test_each_scope_shows_what_it_means(team: Team, shelf: str, client: Any) -> None:
    search = {"search": shelf}
    own = {f'"{shelf} alpha"', f"{shelf} Beta"}
    member = {f"{shelf} Beta", f"{shelf} Gamma 100%"}
    published = f"{shelf} Delta"
    assert set(await names(team.owner, search)) == own | {f"{shelf} Gamma 100%"}
    assert set(await names(team.member, search)) == member
    assert set(await names(team.manager, search)) == own | member
    assert set(await names(team.stranger, search)) == {f"Other {shelf}"}
    assert len(await names(client, search)) == 4
    assert set(await names(team.owner, search, scope="created_by_user")) == own | {published}
    assert await names(team.stranger, search, scope="marketplace") == [published]
    assert set(await names(team.member, search, scope="all")) == member | {published}
    assert len(await names(client, search, scope="all")) == 5
    both = {"search": shelf, "project": team.project, "shared": False, "created_by": "nobody"}
    in_project = await names(team.member, both, scope="project_with_marketplace")
    assert set(in_project) == member | {published}
    assert in_project[-1] == published


async def test_filters_narrow_the_list(team: Team, shelf: str) -> None:
    search = {"search": shelf}
    everything = await listed(team.owner, search, scope="all")
    by_name = {row["name"]: row for row in everything["data"]}
    beta = by_name[f"{shelf} Beta"]
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"search": "PEARS"}, {f"{shelf} Beta"}),
        ({"search": f"{shelf} gamma 100%"}, {f"{shelf} Gamma 100%"}),
        ({"search": beta["id"].upper()}, {f"{shelf} Beta"}),
        ({**search, "project": team.owner.email}, {f"{shelf} Delta"}),
        ({**search, "project": [team.project]}, {f'"{shelf} alpha"', f"{shelf} Beta", f"{shelf} Gamma 100%"}),
        ({**search, "created_by": team.member.email}, {f"{shelf} Gamma 100%"}),
        ({**search, "shared": False}, {f'"{shelf} alpha"', f"{shelf} Delta"}),
        ({**search, "is_global": True}, {f"{shelf} Delta"}),
        ({"id": [beta["id"]]}, {f"{shelf} Beta"}),
        ({"slug": [beta["slug"], "none-such"]}, {f"{shelf} Beta"}),
        ({**search, "categories": ["devops", "training"]}, {f"{shelf} Gamma 100%"}),
        ({**search, "created_date": {">=": "2020-01-01", "<": "2020-01-02T00:00:00Z"}}, set()),
        ({**search, "created_date": "2020-01-01"}, set()),
        ({**search, "project": [], "created_by": "", "shared": None, "other": 1}, set(by_name)),
    ]
    for filters, expected in cases:
        assert set(await names(team.owner, filters, scope="all")) == expected, filters


async def test_creators_are_found_by_their_name_and_by_their_user_name(team: Team, database: Database) -> None:
    assistant_id = await create(team.owner, team.project)
    mark = uuid.uuid4().hex[:8]
    async with database.session() as session:
        row = await session.get_one(Assistant, assistant_id)
        row.created_by_name, row.created_by_username = f"Ada {mark}", f"ada-{mark}"
    for name, expected in ((f"Ada {mark}", 1), (f"ada-{mark}", 1), (f"Ada-{mark}", 0), (mark, 0)):
        assert len((await listed(team.owner, {"created_by": name}))["data"]) == expected, name


async def test_matches_in_the_name_come_before_matches_elsewhere(team: Team) -> None:
    word = f"w{uuid.uuid4().hex[:6]}"
    for name, description in ((f"B {word}", "-"), ("C", word), (f"A {word}", "-")):
        await create(team.owner, team.project, name=name, description=description)
    assert await names(team.owner, {"search": word}) == [f"A {word}", f"B {word}", "C"]
    ascending = await names(team.owner, {"search": word}, sort_by="name", sort_order="asc")
    assert ascending == [f"A {word}", f"B {word}", "C"]
    descending = await names(team.owner, {"search": word}, sort_by="name")
    assert descending == [f"B {word}", f"A {word}", "C"]


async def test_names_sort_without_case_accents_and_punctuation(team: Team, shelf: str) -> None:
    in_order = await names(team.owner, {"search": shelf}, scope="all", sort_by="name", sort_order="asc")
    assert [name.strip('"').split()[1] for name in in_order] == ["alpha", "Beta", "Delta", "Gamma"]


@pytest.mark.parametrize(
    "query",
    [
        {"sort_by": "price"},
        {"sort_order": "up"},
        {"scope": "everything"},
        {"page": -1},
        {"page": "first"},
        {"per_page": 0},
        {"minimal_response": "perhaps"},
    ],
)
async def test_bad_parameters_are_refused(team: Team, query: dict[str, Any]) -> None:
    assert (await team.owner.get("/v1/assistants", params=query)).status_code == 422


@pytest.mark.parametrize(
    "filters",
    [
        "{",
        "[1]",
        '"text"',
        '{"project": {"a": 1}}',
        '{"search": ["x"]}',
        '{"shared": "perhaps"}',
        '{"created_date": "yesterday"}',
        '{"created_date": {"~": "2020-01-01"}}',
        '{"categories": [1]}',
    ],
)
async def test_malformed_filters_are_named_so(team: Team, filters: str) -> None:
    answer = await team.owner.get("/v1/assistants", params={"filters": filters})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Invalid filters"


async def test_pages_count_from_zero_and_never_overlap(team: Team) -> None:
    mark = f"p{uuid.uuid4().hex[:6]}"
    for number in range(5):
        await create(team.owner, team.project, name=f"{mark} {number}")
    pages = [await listed(team.owner, {"search": mark}, page=page, per_page=2) for page in range(4)]
    assert [[row["name"] for row in page["data"]] for page in pages] == [
        [f"{mark} 4", f"{mark} 3"],
        [f"{mark} 2", f"{mark} 1"],
        [f"{mark} 0"],
        [],
    ]
    assert [page["pagination"] for page in pages] == [
        {"page": number, "per_page": 2, "total": 5, "pages": 3} for number in range(4)
    ]


async def test_a_list_costs_the_same_statements_whatever_its_length(team: Team, platform: Platform) -> None:
    mark = f"q{uuid.uuid4().hex[:6]}"
    for number in range(6):
        await create(team.owner, team.project, name=f"{mark} {number}", categories=["devops"])
    # Full objects name their skills: one statement more.
    for minimal, expected in (("true", 2), ("false", 3)):
        for size in (2, 5):
            with counted(platform) as statements:
                await listed(team.owner, {"search": mark}, per_page=size, minimal_response=minimal)
            assert len(statements) == expected, statements


async def test_creators_are_those_whose_assistants_the_caller_sees(team: Team, shelf: str) -> None:
    assert shelf
    answer = await team.member.get("/v1/assistants/users")
    found = {person["name"] for person in answer.json()}
    assert {team.owner.email, team.member.email} <= found
    assert team.stranger.email not in found
