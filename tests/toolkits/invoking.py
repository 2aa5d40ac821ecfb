"""Calling tools directly, as clients do."""

import json
from typing import Any

import httpx2

from tests.integrations.credentials import People, fresh


async def invoke(client: httpx2.AsyncClient, people: People, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """What a call answers, without what is empty."""
    answer = await client.post(f"/v1/tools/{tool}/invoke", json={"project": people.project, "tool_args": arguments})
    assert answer.status_code == 200, answer.text
    return {key: value for key, value in answer.json().items() if value is not None}


async def text(client: httpx2.AsyncClient, people: People, tool: str, /, **arguments: Any) -> str:
    """The output of a call that succeeds."""
    told = await invoke(client, people, tool, **arguments)
    assert "output" in told, told
    return str(told["output"])


async def output(client: httpx2.AsyncClient, people: People, tool: str, /, **arguments: Any) -> Any:
    """The same, read as JSON."""
    return json.loads(await text(client, people, tool, **arguments))


async def error(client: httpx2.AsyncClient, people: People, tool: str, /, **arguments: Any) -> str:
    """What a call says that fails."""
    told = await invoke(client, people, tool, **arguments)
    assert "error" in told, told
    return str(told["error"])


def setting(kind: str, project: str, /, **values: Any) -> dict[str, Any]:
    """The body that stores an integration."""
    return {
        "project_name": project,
        "alias": fresh(kind.lower()),
        "credential_type": kind,
        "credential_values": [{"key": key, "value": value} for key, value in values.items()],
    }
