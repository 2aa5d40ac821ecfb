"""What the tests of users, projects and members share."""

import uuid
from typing import Any

import httpx2
from sqlalchemy import select
from tests.support import Platform

from codemie.identity.tables import ActivityEvent


def fresh(word: str = "team") -> str:
    """A project name nobody has."""
    return f"{word}-{uuid.uuid4().hex[:8]}"


async def id_of(client: httpx2.AsyncClient) -> str:
    """Who is signed in."""
    return str((await client.get("/v1/user")).json()["user_id"])


async def new_project(client: httpx2.AsyncClient, name: str | None = None, **fields: Any) -> str:
    """Make a shared project as this user."""
    answer = await client.post("/v1/projects", json={"name": name or fresh(), **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["name"])


def denial(answer: httpx2.Response) -> tuple[int, str]:
    """Status and details of a refusal."""
    return answer.status_code, answer.json()["error"]["details"]


async def events(platform: Platform, entity_id: str) -> list[tuple[str, dict[str, Any]]]:
    """What the audit log tells of an entity, oldest first."""
    statement = select(ActivityEvent).where(ActivityEvent.entity_id == entity_id).order_by(ActivityEvent.created_at)
    async with platform.resources.database.session() as session:
        return [(row.event_type, row.attributes) for row in (await session.scalars(statement)).all()]


SUPERUSERS = "This action requires administrator or maintainer privileges."
OVERSEERS = "This action requires administrator, maintainer, or auditor privileges."
