"""Platforms whose users come from an identity provider."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.fakes import oidc_issuer
from tests.fakes.oidc_issuer import FakeIssuer
from tests.identity.single_sign_on import platform_at
from tests.support import Platform


@pytest.fixture(scope="session")
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with oidc_issuer.running() as running:
        yield running


@pytest.fixture(scope="session")
async def every_login(issuer: FakeIssuer, workplace: Path, postgres_url: str, nats_url: str) -> AsyncIterator[Platform]:
    """A platform that follows the provider with every token."""
    home = workplace / "every-login"
    extra = {"CODEMIE_IDENTITY_MEMBERSHIP_SYNC": "every_login"}
    async with platform_at(issuer, home, postgres_url, nats_url, **extra) as running:
        yield running


@pytest.fixture(scope="session")
async def first_login(issuer: FakeIssuer, workplace: Path, postgres_url: str, nats_url: str) -> AsyncIterator[Platform]:
    """A platform that copies projects and roles once."""
    async with platform_at(issuer, workplace / "first-login", postgres_url, nats_url) as running:
        yield running
