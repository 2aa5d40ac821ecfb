"""What tests of data sources share: making one over HTTP and waiting for its end."""

import uuid
from typing import Any

import httpx2

from tests.support import until

Files = list[tuple[str, bytes]]


def fresh_name(word: str = "source") -> str:
    """A data source name nobody has."""
    return f"{word}-{uuid.uuid4().hex[:8]}"


async def own_project(client: httpx2.AsyncClient) -> str:
    """The personal project of who is signed in."""
    user = (await client.get("/v1/user")).json()
    return str((user.get("applications") or [project["name"] for project in user["projects"]])[0])


async def team(owner: httpx2.AsyncClient, member: httpx2.AsyncClient) -> tuple[str, str]:
    """A project of one person with another one in it; gives its name and the member's id there."""
    project = fresh_name("team")
    made = await owner.post("/v1/projects", json={"name": project, "display_name": "Team"})
    assert made.status_code < 300, made.text
    member_id = str((await member.get("/v1/user")).json()["user_id"])
    body = {"user_id": member_id, "is_project_admin": False}
    joined = await owner.post(f"/v1/projects/{project}/assignment", json=body)
    assert joined.status_code == 200, joined.text
    return project, member_id


async def upload(
    client: httpx2.AsyncClient, files: Files, *, name: str | None = None, method: str = "POST", **query: Any
) -> httpx2.Response:
    """Create (or, with `method="PUT"`, change) a file data source as the official SDK does."""
    fields = {"name": name or fresh_name("files"), "description": "Files of a test", **query}
    fields.setdefault("project_name", await own_project(client))
    parts = [("files", (file, content, "application/octet-stream")) for file, content in files]
    return await client.request(method, "/v1/index/knowledge_base/file", params=fields, files=parts or None)


async def add_repository(client: httpx2.AsyncClient, link: str, **fields: Any) -> httpx2.Response:
    """Create a Git data source as the official SDK does."""
    project = fields.pop("project_name", None) or await own_project(client)
    body = {
        "name": fresh_name("code"),
        "description": "A repository of a test",
        "project_name": project,
        "type": "code",
        "link": link,
        "branch": "main",
        "indexType": "code",
        "filesFilter": "",
        "projectSpaceVisible": False,
        **fields,
    }
    return await client.post(f"/v1/application/{project}/index", json=body)


async def named(client: httpx2.AsyncClient, name: str) -> dict[str, Any]:
    """The list row of a data source, as a client finds what it just made."""
    rows = (await client.get("/v1/index", params={"filters": f'{{"name": "{name}"}}', "per_page": 200})).json()["data"]
    return next(row for row in rows if row["repo_name"] == name)


async def settled(client: httpx2.AsyncClient, source_id: str, *, seconds: float = 60) -> dict[str, Any]:
    """The detail of a data source once its run has ended, well or badly."""

    async def ended() -> dict[str, Any] | None:
        answer = await client.get(f"/v1/index/{source_id}")
        assert answer.status_code == 200, answer.text
        detail: dict[str, Any] = answer.json()
        return detail if detail["completed"] or detail["error"] else None

    return await until(ended, seconds=seconds, what="the end of indexing")


async def indexed(client: httpx2.AsyncClient, name: str, *, seconds: float = 60) -> dict[str, Any]:
    """The detail of a data source that must have been indexed well."""
    detail = await settled(client, (await named(client, name))["id"], seconds=seconds)
    assert detail["completed"], detail["text"]
    return detail


async def give_up(client: httpx2.AsyncClient, source_id: str) -> None:
    """Delete a data source whose better vectors would keep the tests' one worker busy for a minute."""
    assert (await client.delete(f"/v1/index/{source_id}")).status_code == 200
