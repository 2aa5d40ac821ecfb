"""People with different rights in one project, and assistants to try them on."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from codemie.identity import repository as identity
from codemie.identity.accounts import create_account
from codemie.identity.tables import User
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from tests.support import ADMIN_PASSWORD, Platform


@dataclass
class Team:
    """A shared project and four people: two members, its administrator, and somebody from elsewhere."""

    project: str
    owner: Any
    member: Any
    manager: Any
    stranger: Any
    cipher: Cipher


async def join(database: Database, project: str, email: str, *, manager: bool = False) -> None:
    """Put a person into a shared project, before their first request."""
    async with database.session() as session:
        user: User | None = await identity.user_by_login(session, email)
        assert user is not None
        await identity.create_project_if_absent(session, project, "shared", created_by=user.id)
        row = await identity.project_by_name(session, project)
        assert row is not None
        await identity.add_membership(session, user.id, row.id, is_project_admin=manager)


@pytest.fixture(scope="session")
async def team(platform: Platform, database: Database) -> AsyncIterator[Team]:
    """One team for the whole run, because passwords are slow on purpose; tests make assistants of their own."""
    project = f"team-{uuid.uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:

        async def person(name: str, *, member: bool = True, manager: bool = False) -> Any:
            email = f"{name}-{uuid.uuid4().hex[:8]}@codemie.test"
            async with database.session() as session:
                await create_account(session, email=email, password=ADMIN_PASSWORD)
            if member:
                await join(database, project, email, manager=manager)
            client = await stack.enter_async_context(platform.client(await platform.login(email, ADMIN_PASSWORD)))
            client.email = email  # type: ignore[attr-defined]
            return client

        yield Team(
            project,
            owner=await person("owner"),
            member=await person("member"),
            manager=await person("manager", manager=True),
            stranger=await person("stranger", member=False),
            cipher=platform.resources.assistants.cipher,
        )


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
