"""Making and reading integrations over HTTP, as clients do."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

import httpx2


def fresh(name: str = "integration") -> str:
    return f"{name}-{uuid.uuid4().hex[:8]}"


def jira(project: str, alias: str | None = None, token: str = "jira-secret", **fields: Any) -> dict[str, Any]:
    """A body as the official SDK sends it."""
    values = {"url": "https://jira.example.com", "username": "me", "token": token, "is_cloud": True}
    return {
        "project_name": project,
        "alias": alias or fresh(),
        "credential_type": "Jira",
        "credential_values": [{"key": key, "value": value} for key, value in values.items()],
        "is_global": False,
        **fields,
    }


async def create(client: httpx2.AsyncClient, scope: str, body: dict[str, Any]) -> dict[str, Any]:
    """Store one and read it back."""
    answer = await client.post(f"/v1/settings/{scope}", json=body)
    assert (answer.status_code, answer.json()) == (200, {"message": "Specified credentials saved"}), answer.text
    return await row(client, scope, body["alias"], body["project_name"])


async def rows(client: httpx2.AsyncClient, scope: str, **filters: Any) -> list[dict[str, Any]]:
    parameters = {"per_page": 200, "filters": json.dumps(filters)}
    answer = await client.get(f"/v1/settings/{scope}", params=parameters)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def row(client: httpx2.AsyncClient, scope: str, alias: str, project: str | None = None) -> dict[str, Any]:
    found = [item for item in await rows(client, scope, search=alias, project=project) if item["alias"] == alias]
    assert len(found) == 1
    return found[0]


def values(item: dict[str, Any]) -> dict[str, Any]:
    return {pair["key"]: pair.get("value") for pair in item["credential_values"]}


@dataclass
class People:
    """A project with its administrator, a member, and somebody who is in neither."""

    project: str
    manager: httpx2.AsyncClient
    member: httpx2.AsyncClient
    stranger: httpx2.AsyncClient
    admin: httpx2.AsyncClient
