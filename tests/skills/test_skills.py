"""Creating, reading, changing, publishing and deleting skills over HTTP."""

import json
from typing import Any

import httpx2
import pytest

from codemie.kernel.database import Database
from codemie.skills.tables import Skill
from tests.assistants.conftest import Team
from tests.skills.writing import CONTENT, create, definition, shown


async def listed(client: httpx2.AsyncClient, filters: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/skills", params={"filters": json.dumps(filters), **query})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["skills"])


async def test_a_created_skill_is_read_back_complete(team: Team) -> None:
    made = await create(
        team.owner, team.project, enabled_builtin_subagents=["GENERAL_PURPOSE_SUBAGENT"] * 2, categories=["devops"]
    )
    assert made == await shown(team.owner, made["id"])
    assert made["content"] == CONTENT
    assert made["enabled_builtin_subagents"] == ["GENERAL_PURPOSE_SUBAGENT"]
    assert made["createdDate"]
    assert made["updatedDate"] is None
    assert made["user_abilities"] == ["read", "write", "delete"]
    assert made["created_by"]["name"] == team.owner.email
    assert (made["assistants_count"], made["companion_files"], made["display_name"]) == (0, [], None)


async def test_an_update_changes_only_what_it_names(team: Team) -> None:
    made = await create(team.owner, team.project, categories=["devops"])
    answer = await team.owner.put(f"/v1/skills/{made['id']}", json={"description": "Another description", "name": None})
    assert answer.status_code == 200
    changed = answer.json()
    assert changed["description"] == "Another description"
    assert (changed["name"], changed["content"], changed["categories"]) == (made["name"], CONTENT, ["devops"])
    assert changed["updatedDate"]


async def test_a_deleted_skill_is_gone(team: Team) -> None:
    made = await create(team.owner, team.project)
    answer = await team.owner.delete(f"/v1/skills/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "DELETE"):
        missing = await team.owner.request(method, f"/v1/skills/{made['id']}")
        assert (missing.status_code, missing.json()["error"]["message"]) == (404, "Skill not found")
        assert made["id"] in missing.json()["error"]["details"]


async def test_names_are_unique_by_author_and_project(team: Team) -> None:
    made = await create(team.owner, team.project)
    again = await team.owner.post("/v1/skills", json=definition(team.project, name=made["name"]))
    assert (again.status_code, again.json()["error"]["message"]) == (409, "Skill name already exists")
    await create(team.member, team.project, name=made["name"])
    await create(team.owner, team.owner.email, name=made["name"])
    other = await create(team.owner, team.project)
    renamed = await team.owner.put(f"/v1/skills/{other['id']}", json={"name": made["name"]})
    assert renamed.status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "ab"),
        ("name", "Not Kebab"),
        ("name", "x" * 65),
        ("description", "short"),
        ("description", "x" * 1001),
        ("content", "x" * 99),
        ("categories", ["gardening"]),
        ("categories", ["devops", "security", "testing", "support"]),
        ("visibility", "secret"),
        ("enabled_builtin_subagents", ["OTHER"]),
    ],
)
async def test_limits_are_told_by_field(team: Team, field: str, value: Any) -> None:
    answer = await team.owner.post("/v1/skills", json=definition(team.project, **{field: value}))
    assert answer.status_code == 422
    assert field in answer.json()["error"]["details"][0]["loc"]


async def test_content_has_a_limit_with_a_text_of_its_own(team: Team) -> None:
    text = "Value error, Skill content must not exceed 30000 characters (was 30001)."
    long = "x" * 30_001
    made = await create(team.owner, team.project, content="x" * 30_000)
    for answer in (
        await team.owner.post("/v1/skills", json=definition(team.project, content=long)),
        await team.owner.put(f"/v1/skills/{made['id']}", json={"content": long}),
    ):
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["msg"] == text
    limits = (await team.owner.get("/v1/skills/config")).json()
    assert limits == {
        "max_content_length": 30_000,
        "min_content_length": 100,
        "bundle_seed_max_file_count": 100,
        "bundle_seed_max_file_size_bytes": 10_485_760,
        "bundle_seed_max_total_size_bytes": 52_428_800,
    }


async def test_content_from_before_a_lower_limit_stays_readable_and_editable(team: Team, database: Database) -> None:
    made = await create(team.owner, team.project)
    async with database.session() as session:
        row = await session.get_one(Skill, made["id"])
        row.content = "x" * 40_000
    assert len((await shown(team.owner, made["id"]))["content"]) == 40_000
    body = {"content": "x" * 40_000, "description": "Only this is new"}
    assert (await team.owner.put(f"/v1/skills/{made['id']}", json=body)).status_code == 200


async def test_visibility_decides_who_reads_and_ownership_who_writes(team: Team) -> None:
    expected = {
        "private": {"member": 403, "manager": 200, "stranger": 403},
        "project": {"member": 200, "manager": 200, "stranger": 403},
        "public": {"member": 200, "manager": 200, "stranger": 200},
    }
    for visibility, people in expected.items():
        made = await create(team.owner, team.project, visibility=visibility)
        for name, status in people.items():
            answer = await getattr(team, name).get(f"/v1/skills/{made['id']}")
            assert (visibility, name, answer.status_code) == (visibility, name, status)
            if status == 403:
                assert answer.json()["error"]["message"] == "Permission denied"
        for method in ("PUT", "DELETE"):
            refused = await team.member.request(method, f"/v1/skills/{made['id']}", json={})
            assert (refused.status_code, refused.json()["error"]["message"]) == (403, "Permission denied")
    foreign = await team.stranger.post("/v1/skills", json=definition(team.project))
    assert foreign.status_code == 403


async def test_a_skill_is_private_unless_its_author_says_otherwise(team: Team) -> None:
    body = definition(team.project)
    del body["visibility"]
    assert (await team.owner.post("/v1/skills", json=body)).json()["visibility"] == "private"


async def test_publishing_opens_a_skill_and_unpublishing_closes_it_again(team: Team) -> None:
    made = await create(team.owner, team.project, visibility="private", categories=["devops"])
    path = f"/v1/skills/{made['id']}/marketplace"
    refused = await team.member.post(f"{path}/publish")
    assert refused.status_code == 403
    answer = await team.owner.post(f"{path}/publish", json={"categories": ["security"]})
    assert answer.json() == {"message": f"Skill {made['id']} published to marketplace successfully"}
    published = await shown(team.stranger, made["id"])
    assert (published["visibility"], published["categories"]) == ("public", ["security"])
    assert made["id"] in [row["id"] for row in await listed(team.stranger, {"scope": "marketplace"}, per_page=100)]
    assert (await team.owner.post(f"{path}/publish", json={"categories": []})).status_code == 200
    assert (await shown(team.owner, made["id"]))["categories"] == []
    back = await team.owner.post(f"{path}/unpublish")
    assert back.json() == {"message": f"Skill {made['id']} unpublished from marketplace successfully"}
    assert (await shown(team.owner, made["id"]))["visibility"] == "private"


async def test_an_author_who_has_left_makes_nothing_public(team: Team, database: Database) -> None:
    made = await create(team.owner, team.project, visibility="private")
    author = (await team.stranger.get("/v1/user")).json()["user_id"]
    async with database.session() as session:
        (await session.get_one(Skill, made["id"])).created_by_id = author
    path = f"/v1/skills/{made['id']}"
    for refused in (
        await team.stranger.post(f"{path}/marketplace/publish"),
        await team.stranger.put(path, json={"visibility": "public"}),
    ):
        assert (refused.status_code, refused.json()["error"]["message"]) == (403, "Access denied")
    assert (await team.stranger.put(path, json={"visibility": "project"})).status_code == 200
    assert (await team.manager.put(path, json={"visibility": "public"})).json()["visibility"] == "public"
    assert (await team.stranger.put(path, json={"content": CONTENT})).status_code == 403
    assert (await team.stranger.put(path, json={"visibility": "private"})).json()["visibility"] == "private"


async def test_lists_follow_scope_and_filters(team: Team) -> None:
    mark = definition("p")["name"]
    mine = await create(team.owner, team.project, name=f"{mark}-mine", visibility="private")
    ours = await create(team.owner, team.project, name=f"{mark}-ours", categories=["testing"])
    everybody = await create(team.stranger, team.stranger.email, name=f"{mark}-all", visibility="public")

    async def found(client: httpx2.AsyncClient, **filters: Any) -> set[str]:
        return {row["id"] for row in await listed(client, {"search": mark, **filters})}

    assert await found(team.owner) == {mine["id"], ours["id"], everybody["id"]}
    assert await found(team.member) == {ours["id"], everybody["id"]}
    assert await found(team.member, scope="project") == {ours["id"]}
    assert await found(team.member, scope="marketplace") == {everybody["id"]}
    both = {"scope": "project_with_marketplace", "project": team.project}
    assert await found(team.member, **both) == {ours["id"], everybody["id"]}
    assert await found(team.member, scope=team.project) == {ours["id"]}
    assert await found(team.owner, visibility="private") == {mine["id"]}
    assert await found(team.owner, categories=["testing", "support"]) == {ours["id"]}
    assert await found(team.owner, created_by=team.stranger.email) == {everybody["id"]}
    assert await found(team.owner, project=[team.project]) == {mine["id"], ours["id"]}
    assert (await team.owner.get("/v1/skills", params={"filters": "nonsense"})).status_code == 400
    wrong = await team.owner.get("/v1/skills", params={"filters": '{"search": {}}'})
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (400, "Invalid filters")


async def test_pages_count_from_zero(team: Team) -> None:
    mark = definition("p")["name"]
    for number in range(3):
        await create(team.owner, team.project, name=f"{mark}-{number}")
    query = {"filters": json.dumps({"search": mark}), "page": 1, "per_page": 2}
    page = (await team.owner.get("/v1/skills", params=query)).json()
    assert {key: page[key] for key in ("page", "perPage", "total", "pages")} == {
        "page": 1,
        "perPage": 2,
        "total": 3,
        "pages": 2,
    }
    assert [row["name"] for row in page["skills"]] == [f"{mark}-0"]
    assert "content" not in page["skills"][0]


async def test_creators_and_categories(team: Team) -> None:
    await create(team.owner, team.project)
    people = (await team.member.get("/v1/skills/users")).json()
    assert team.owner.email in [person["name"] for person in people]
    categories = (await team.owner.get("/v1/skills/categories")).json()
    assert len(categories) == 26
    assert {"value": "ui_ux_design", "label": "UI/UX Design"} in categories


async def test_a_skill_is_liked_like_an_assistant(team: Team) -> None:
    made = await create(team.owner, team.project)
    path = f"/v1/skills/{made['id']}/reactions"
    answer = await team.member.post(path, json={"reaction": "like"})
    assert answer.json() == {
        "success": True,
        "reaction": "like",
        "like_count": 1,
        "dislike_count": 0,
        "error": None,
    }
    liked = await shown(team.owner, made["id"])
    assert (liked["unique_likes_count"], liked["updatedDate"]) == (1, None)
    items = (await team.member.get("/v1/user/reactions?resource_type=skills&include_details=true")).json()["items"]
    assert (items[0]["resourceId"], items[0]["resourceType"], items[0]["name"]) == (made["id"], "skill", made["name"])
    assert (await team.member.delete(path)).json()["like_count"] == 0
    assert (await team.stranger.post(path, json={"reaction": "like"})).status_code == 403


async def test_secrets_of_mcp_servers_are_sealed(team: Team, database: Database) -> None:
    server = {"name": "files", "config": {"url": "https://mcp.test", "headers": {"Authorization": "Bearer tiger"}}}
    made = await create(team.owner, team.project, mcp_servers=[server])
    assert made["mcp_servers"][0]["config"]["headers"] == {"Authorization": "********"}
    async with database.session() as session:
        row = await session.get_one(Skill, made["id"])
    assert "tiger" not in str(row.mcp_servers)
    sent_back = await team.owner.put(f"/v1/skills/{made['id']}", json={"mcp_servers": made["mcp_servers"]})
    assert sent_back.status_code == 200
    async with database.session() as session:
        assert (await session.get_one(Skill, made["id"])).mcp_servers == row.mcp_servers
