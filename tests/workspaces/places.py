"""What workspace tests share."""

import uuid
from typing import Any

import httpx2


async def new_workspace(client: httpx2.AsyncClient, conversation: str | None = None) -> str:
    """A workspace of the caller's; gives its id."""
    body = {"conversation_id": conversation or f"test_conv_{uuid.uuid4().hex}"}
    answer = await client.post("/v1/workspaces", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def write(client: httpx2.AsyncClient, files: str, path: str, content: str) -> dict[str, Any]:
    """Store a file."""
    answer = await client.put(files, json={"file_path": path, "content": content})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def files_of(client: httpx2.AsyncClient, files: str, **wanted: Any) -> list[str]:
    """Paths of the files."""
    answer = await client.get(files, params=wanted)
    assert answer.status_code == 200, answer.text
    return [item["path"] for item in answer.json()]


def refused(answer: httpx2.Response, details: str) -> None:
    """Every problem is told in one way."""
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"] == "Invalid workspace request"
    assert details in answer.json()["error"]["details"]
