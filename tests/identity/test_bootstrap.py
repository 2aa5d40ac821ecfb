"""The first administrator, on an empty installation."""

import asyncio
import secrets
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update
from tests.databases import EMPTY_SCHEMA, create_database, drop_database

from codemie.identity import accounts, repository
from codemie.identity.bootstrap import ensure_first_administrator
from codemie.identity.keys import SigningKeys
from codemie.identity.passwords import Passwords
from codemie.identity.runtime import open_runtime
from codemie.identity.settings import IdentitySettings
from codemie.identity.tables import ActivityEvent, Project, User
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.errors import ConfigurationError
from codemie.kernel.messaging import Messaging
from codemie.settings import load_settings


@pytest.fixture
async def empty(postgres_url: str) -> AsyncIterator[Database]:
    """A database of its own, migrated and without users."""
    name = f"empty_{uuid.uuid4().hex[:8]}"
    fresh = Database(create_database(postgres_url, name, template=EMPTY_SCHEMA), pool_size=5)
    yield fresh
    await fresh.close()
    drop_database(postgres_url, name)


async def only_user(database: Database) -> User:
    async with database.session() as session:
        return (await session.scalars(select(User))).one()


async def test_a_generated_password_is_told_once_and_works(empty: Database) -> None:
    settings = IdentitySettings()

    first = await ensure_first_administrator(empty, settings)
    second = await ensure_first_administrator(empty, settings)

    assert first is not None
    assert second is None
    assert (first.username, first.email, first.generated) == ("admin", "admin@codemie.ai", True)
    assert len(first.password) >= 16
    assert first.password not in repr(first)
    user = await only_user(empty)
    assert (user.username, user.name) == ("admin", "System Administrator")
    assert user.is_admin
    assert user.is_maintainer
    assert user.project_limit is None
    passwords = Passwords(12)
    assert await passwords.verify(first.password, user.password_hash)
    passwords.close()


async def test_the_personal_project_and_the_audit_line_come_with_it(empty: Database) -> None:
    await ensure_first_administrator(empty, IdentitySettings())
    user = await only_user(empty)
    async with empty.session() as session:
        project = (await session.scalars(select(Project).where(Project.project_type == "personal"))).one()
        rows = (await repository.memberships(session, [user.id]))[user.id]
        event = (await session.scalars(select(ActivityEvent))).one()
    assert (project.name, project.project_type, project.created_by) == (user.email, "personal", user.id)
    assert project.description == f"Personal Project for {user.email}"
    assert [(row.name, row.is_project_admin) for row in rows] == [(user.email, False)]
    assert (event.domain, event.event_type, event.entity_id) == ("user_management", "user.created", user.id)


async def test_of_many_processes_starting_at_once_one_creates_it(empty: Database) -> None:
    settings = IdentitySettings()
    outcomes = await asyncio.gather(*(ensure_first_administrator(empty, settings) for _ in range(4)))
    assert sum(outcome is not None for outcome in outcomes) == 1
    async with empty.session() as session:
        assert await session.scalar(select(func.count()).select_from(User)) == 1


async def test_address_and_password_come_from_the_settings(empty: Database) -> None:
    settings = IdentitySettings(admin_email=" Root@Example.com ", admin_password=SecretStr("chosen-passphrase"))
    first = await ensure_first_administrator(empty, settings)
    assert first is not None
    assert (first.email, first.password, first.generated) == ("root@example.com", "chosen-passphrase", False)


async def test_a_deactivated_administrators_address_is_not_taken_over(empty: Database) -> None:
    await ensure_first_administrator(empty, IdentitySettings())
    async with empty.session() as session:
        await session.execute(update(User).values(is_active=False))

    with pytest.raises(ConfigurationError, match="CODEMIE_ADMIN_EMAIL"):
        await ensure_first_administrator(empty, IdentitySettings())
    other = await ensure_first_administrator(empty, IdentitySettings(admin_email="second@example.com"))

    assert other is not None
    assert other.username == "second@example.com"


async def test_development_identities_are_no_administrators(empty: Database) -> None:
    async with empty.session() as session:
        await accounts.create_development_user(session, "dev-codemie-user")
    assert await ensure_first_administrator(empty, IdentitySettings()) is not None


async def test_a_rotated_master_key_seals_the_signing_keys_anew(empty: Database) -> None:
    old, new = secrets.token_bytes(32), secrets.token_bytes(32)
    settings = IdentitySettings()
    first = await SigningKeys(empty, Cipher([old]), settings).ring()
    token = first.issue("user", "a@b.c", 0).text

    await SigningKeys(empty, Cipher([new, old]), settings).ring()

    rotated = await SigningKeys(empty, Cipher([new]), settings).verify(token)
    assert rotated.user_id == "user"


async def test_another_master_key_refuses_to_start(empty: Database, tmp_path: Path) -> None:
    settings = load_settings({"CODEMIE_HOME": str(tmp_path)})[0]
    messaging = cast("Messaging", None)
    async with open_runtime(settings, empty, messaging):
        assert (tmp_path / "master.key").exists()
    (tmp_path / "master.key").unlink()
    with pytest.raises(ConfigurationError, match="CODEMIE_MASTER_KEY"):
        async with open_runtime(settings, empty, messaging):
            pytest.fail("it started")
