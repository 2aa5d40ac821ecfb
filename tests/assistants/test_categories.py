"""Marketplace categories over HTTP: everybody sees them, administrators look after them."""

import uuid
from typing import Any

import httpx2

from tests.assistants.conftest import Team, create


async def made(client: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"name": f"Gardening {uuid.uuid4().hex[:8]}", "description": "Plants", **fields}
    answer = await client.post("/v1/assistants/categories", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_an_administrator_makes_changes_and_deletes_a_category(client: httpx2.AsyncClient) -> None:
    category = await made(client)
    path = f"/v1/assistants/categories/{category['id']}"
    assert category["id"] == category["name"].lower().replace(" ", "-")
    assert (category["marketplaceAssistantCount"], category["marketplace_count"]) == (0, 0)
    assert (category["projectAssistantCount"], category["project_count"]) == (0, 0)
    assert category["createdAt"]
    renamed = await client.put(path, json={"name": f"{category['name']} II"})
    assert (renamed.json()["id"], renamed.json()["name"]) == (category["id"], f"{category['name']} II")
    assert (await client.get(path)).json()["description"] == ""
    gone = await client.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    absent = await client.get(path)
    assert (absent.status_code, absent.json()["error"]["message"]) == (404, "Category not found")


async def test_names_are_taken_once(client: httpx2.AsyncClient) -> None:
    first, second = await made(client), await made(client)
    again = await client.post("/v1/assistants/categories", json={"name": first["name"].upper()})
    assert again.status_code == 409
    assert first["name"].upper() in again.json()["error"]["details"]
    renamed = await client.put(f"/v1/assistants/categories/{second['id']}", json={"name": first["name"]})
    assert renamed.status_code == 409
    nameless = await client.post("/v1/assistants/categories", json={"description": "?"})
    assert nameless.json()["error"]["details"][0]["msg"] == "Field required"


async def test_a_category_in_use_counts_and_stays(client: httpx2.AsyncClient, team: Team) -> None:
    category = await made(client)
    published = await create(team.owner, team.project, is_global=True, categories=[category["id"]])
    private = await create(team.owner, team.project, categories=[category["id"], "devops"])
    shown = (await client.get(f"/v1/assistants/categories/{category['id']}")).json()
    assert (shown["marketplaceAssistantCount"], shown["projectAssistantCount"]) == (1, 1)
    assert (await client.delete(f"/v1/assistants/categories/{category['id']}")).status_code == 409
    for assistant_id in (published, private):
        await team.owner.delete(f"/v1/assistants/{assistant_id}")
    assert (await client.delete(f"/v1/assistants/categories/{category['id']}")).status_code == 204


async def test_pages_are_sent_in_both_spellings(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/v1/assistants/categories/list?page=1&per_page=5")).json()
    assert page["categories"] == page["items"]
    assert len(page["items"]) == 5
    assert page["metadata"] == {"page": 1, "per_page": 5, "total": page["total"], "total_pages": page["pages"]}
    assert page["total"] >= 18
    names = [row["name"] for row in page["items"]]
    assert names == sorted(names)


async def test_anybody_lists_and_only_administrators_look_after_them(team: Team, anonymous: httpx2.AsyncClient) -> None:
    assert len((await anonymous.get("/v1/assistants/categories")).json()) >= 18
    for method, path in (("GET", "/list"), ("POST", ""), ("GET", "/devops"), ("PUT", "/devops"), ("DELETE", "/devops")):
        refused = await team.manager.request(method, f"/v1/assistants/categories{path}", json={})
        assert (method, path, refused.status_code) == (method, path, 403)
        assert refused.json()["error"]["message"] == "Access denied"


async def test_changes_of_categories_stand_in_the_audit_log(client: httpx2.AsyncClient) -> None:
    category = await made(client)
    events = (await client.get("/v1/audit/events", params={"entity_id": category["id"]})).json()
    assert "category.created" in str(events)
