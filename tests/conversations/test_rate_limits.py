"""Limits per person on chat, uploads and searches, as a client meets them."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import make_assistant, personal_project
from tests.support import Platform, free_port, serving


@pytest.fixture(scope="module")
async def limited(platform: Platform, platform_environment: dict[str, str], admin_token: str) -> AsyncIterator[Any]:
    """The administrator at an installation with small limits."""
    small = {
        **platform_environment,
        "CODEMIE_CONVERSATIONS_TURNS_PER_MINUTE": "2",
        "CODEMIE_CONVERSATIONS_UPLOADS_PER_MINUTE": "2",
        "CODEMIE_CONVERSATIONS_AGENT_CARDS_PER_MINUTE": "2",
        "CODEMIE_KNOWLEDGE_SEARCHES_PER_MINUTE": "2",
        "CODEMIE_PORT": str(free_port()),
    }
    async with serving(small) as running, running.client(admin_token) as client:
        yield client


def refused(answer: Any, what: str) -> None:
    assert answer.status_code == 429
    assert answer.json()["error"]["message"] == f"Too many {what}"
    assert answer.json()["error"]["help"]
    assert 1 <= int(answer.headers["retry-after"]) <= 30


async def test_chat_messages(limited: Any) -> None:
    path = f"/v1/assistants/{await make_assistant(limited)}/model"
    for _ in range(2):
        assert (await limited.post(path, json={"text": "Hello"})).status_code == 200
    refused(await limited.post(path, json={"text": "Hello"}), "chat messages")
    refused(await limited.post(path, json={"text": "Hello", "stream": True}), "chat messages")


async def test_uploads(limited: Any) -> None:
    for _ in range(2):
        assert (await limited.post("/v1/files/", files={"file": ("a.txt", b"a")})).status_code == 200
    refused(await limited.post("/v1/files/", files={"file": ("a.txt", b"a")}), "uploads")
    refused(await limited.post("/v1/files/bulk", files={"files": ("a.txt", b"a")}), "uploads")


async def test_agent_cards(limited: Any) -> None:
    query = {"url": "http://10.0.0.1/card.json", "project_name": await personal_project(limited)}
    for _ in range(2):
        assert (await limited.get("/v1/a2a/assistants/fetch", params=query)).status_code == 400
    refused(await limited.get("/v1/a2a/assistants/fetch", params=query), "agent cards")


async def test_searches(limited: Any, database: Database) -> None:
    from sqlalchemy import text

    source = str(uuid.uuid4())
    user = (await limited.get("/v1/user")).json()
    async with database.session() as session:
        await session.execute(
            text(
                "INSERT INTO data_sources (id, date, update_date, project_id, name, type, owner_id, created_by, "
                "completed) VALUES (:id, now(), now(), :project, :id, 'knowledge_base_file', :owner, '{}', true)"
            ),
            {"id": source, "project": user["applications"][0], "owner": user["user_id"]},
        )
    path = f"/v1/index/{source}/search"
    for _ in range(2):
        assert (await limited.get(path, params={"query": "leave"})).status_code == 200
    refused(await limited.get(path, params={"query": "leave"}), "searches")
    refused(await limited.post(path, json={"query": "leave"}), "searches")
