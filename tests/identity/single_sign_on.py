"""A platform in mode oidc beside a fake issuer."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text
from tests.fakes.oidc_issuer import CLIENT, SECRET, FakeIssuer, Person
from tests.support import Platform, environment_for, serving


def oidc_environment(home: Path, postgres_url: str, nats_url: str, issuer: str, **extra: str) -> dict[str, str]:
    """The variables of a platform whose users sign in at this issuer, with the browser too."""
    home.mkdir(exist_ok=True)
    environment = environment_for(home, postgres_url, nats_url)
    return {
        **environment,
        "CODEMIE_FRONTEND_URL": f"http://127.0.0.1:{environment['CODEMIE_PORT']}",
        "CODEMIE_IDENTITY_MODE": "oidc",
        "CODEMIE_IDENTITY_OIDC_ISSUER": issuer,
        "CODEMIE_IDENTITY_OIDC_CLIENT_ID": CLIENT,
        "CODEMIE_IDENTITY_OIDC_CLIENT_SECRET": SECRET,
        # Tests change what the issuer says and look at once.
        "CODEMIE_IDENTITY_CACHE_SECONDS": "0",
        **extra,
    }


@asynccontextmanager
async def platform_at(
    issuer: FakeIssuer, home: Path, postgres_url: str, nats_url: str, **extra: str
) -> AsyncGenerator[Platform]:
    """Such a platform, running."""
    async with serving(oidc_environment(home, postgres_url, nats_url, issuer.url, **extra)) as running:
        yield running


def somebody(**claims: Any) -> Person:
    """A person nobody has seen before."""
    subject = str(uuid.uuid4())
    return Person(subject, f"p{subject[:8]}@codemie.test", claims)


def project(label: str = "team") -> str:
    """A project name nobody uses."""
    return f"{label}-{uuid.uuid4().hex[:8]}"


async def whoami(platform: Platform, token: str, **headers: str) -> httpx2.Response:
    """What the platform says to a token."""
    async with platform.client(token) as client:
        return await client.get("/v1/user", headers=headers)


async def projects_of(platform: Platform, token: str) -> dict[str, bool]:
    """The caller's shared projects, and whether they administer each."""
    answer = await whoami(platform, token)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return {row["name"]: row["is_project_admin"] for row in body["projects"] if row["name"] != body["email"]}


async def events(platform: Platform, event_type: str, entity_id: str) -> list[dict[str, Any]]:
    """The audit log about one entity."""
    statement = text(
        "SELECT attributes FROM activity_events WHERE event_type = :type AND entity_id = :id ORDER BY created_at"
    )
    async with platform.resources.database.session() as session:
        rows = await session.execute(statement, {"type": event_type, "id": entity_id})
    return [row[0] for row in rows]


@asynccontextmanager
async def browser(platform: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """Keeps cookies and follows redirects, like a browser."""
    async with platform.client(follow_redirects=True) as client:
        yield client
