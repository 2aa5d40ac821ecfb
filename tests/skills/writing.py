"""What skill tests share: a skill as the official SDK sends it."""

import uuid
from typing import Any

import httpx2

CONTENT = "# Steps\n\n" + "Look at the change, then say what is wrong with it and why. " * 3


def definition(project: str, **fields: Any) -> dict[str, Any]:
    """The body of a create request."""
    return {
        "name": f"skill-{uuid.uuid4().hex[:8]}",
        "description": "Made by a test to be tried",
        "content": CONTENT,
        "project": project,
        "visibility": "project",
        "categories": [],
        "mcp_servers": [],
        **fields,
    }


async def create(client: httpx2.AsyncClient, project: str, **fields: Any) -> dict[str, Any]:
    """Create a skill and give the object."""
    answer = await client.post("/v1/skills", json=definition(project, **fields))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def shown(client: httpx2.AsyncClient, skill_id: str) -> dict[str, Any]:
    """The full object."""
    answer = await client.get(f"/v1/skills/{skill_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
