"""A system that answers in every way a tool may meet, and who calls tools."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.identity.administration import id_of, new_project
from tests.integrations.credentials import People
from tests.toolkits.strange_system import StrangeSystem, running


@pytest.fixture
async def system() -> AsyncIterator[StrangeSystem]:
    async with running() as opened:
        yield opened


@pytest.fixture
async def people(make_user: MakeUser, client: httpx2.AsyncClient) -> People:
    manager, member, stranger = [await make_user(name) for name in ("manager", "member", "stranger")]
    project = await new_project(manager)
    body = {"user_id": await id_of(member), "is_project_admin": False}
    assert (await manager.post(f"/v1/projects/{project}/assignment", json=body)).status_code == 200
    return People(project, manager, member, stranger, client)
