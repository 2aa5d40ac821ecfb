"""People with different rights in one project, and assistants to try them on."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from codemie.identity import repository as identity
from codemie.identity.tables import User
from codemie.kernel.database import Database
from tests.conftest import MakeUser

Create = Callable[..., Awaitable[str]]


@dataclass
class Team:
    """A shared project and four people: two members, its administrator, and somebody from elsewhere."""

    project: str
    owner: httpx2.AsyncClient
    member: httpx2.AsyncClient
    manager: httpx2.AsyncClient
    stranger: httpx2.AsyncClient


async def join(database: Database, project: str, person: Any, *, manager: bool = False) -> None:
    """Put a person into a shared project, before their first request."""
    async with database.session() as session:
        user: User | None = await identity.user_by_login(session, person.email)
        assert user is not None
        await identity.create_project_if_absent(session, project, "shared", created_by=user.id)
        row = await identity.project_by_name(session, project)
        assert row is not None
        await identity.add_membership(session, user.id, row.id, is_project_admin=manager)


@pytest.fixture
async def team(make_user: MakeUser, database: Database) -> Team:
    project = f"team-{uuid.uuid4().hex[:8]}"
    owner, member, manager, stranger = [
        await make_user(name) for name in ("owner", "member", "manager", "stranger")
    ]
    await join(database, project, owner)
    await join(database, project, member)
    await join(database, project, manager, manager=True)
    return Team(project, owner, member, manager, stranger)


def definition(project: str, **fields: Any) -> dict[str, Any]:
    """The body of a create request as the official SDK sends it."""
    return {
        "name": f"Assistant {uuid.uuid4().hex[:8]}",
        "description": "Made by a test",
        "system_prompt": "Be brief.",
        "project": project,
        "context": [],
        "llm_model_type": "mock",
        "toolkits": [],
        "conversation_starters": [],
        "shared": False,
        "is_react": False,
        "is_global": False,
        "categories": [],
        "mcp_servers": [],
        "assistant_ids": [],
        "prompt_variables": [],
        "skip_integration_validation": False,
        **fields,
    }


async def create(client: httpx2.AsyncClient, project: str, **fields: Any) -> str:
    """Create an assistant and give its id."""
    answer = await client.post("/v1/assistants", json=definition(project, **fields))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["assistantId"])


async def shown(client: httpx2.AsyncClient, assistant_id: str) -> dict[str, Any]:
    """The full object."""
    answer = await client.get(f"/v1/assistants/id/{assistant_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
