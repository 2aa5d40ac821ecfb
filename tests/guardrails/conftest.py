"""The team of the assistants' tests, and guardrails to try on it."""

from typing import Any

import httpx2

from tests.assistants.conftest import team

__all__ = ["team"]


def rules(*phrases: str, action: str = "block", **fields: Any) -> list[dict[str, Any]]:
    """One rule about phrases."""
    return [{"type": "phrase", "phrases": list(phrases), "action": action, **fields}]


async def make(client: httpx2.AsyncClient, project: str, **fields: Any) -> str:
    """A fresh guardrail; gives its id."""
    import uuid

    body = {"project": project, "name": f"Guard {uuid.uuid4().hex[:8]}", "rules": rules("falcon"), **fields}
    answer = await client.post("/v1/guardrails", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["guardrailId"])


async def assign(client: httpx2.AsyncClient, guardrail: str, **parts: Any) -> dict[str, Any]:
    """Say where it stands guard."""
    answer = await client.put(f"/v1/guardrails/{guardrail}/assignments", json=parts)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def over(*ids: str, mode: str = "filtered", source: str = "both") -> dict[str, Any]:
    """The assignments of single things."""
    return {"items": [{"id": one, "settings": [{"mode": mode, "source": source}]} for one in ids]}
