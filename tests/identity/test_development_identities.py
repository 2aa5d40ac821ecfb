"""Header identities: off unless switched on, and then for this machine alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support import Platform, environment_for, serving

from codemie.identity import development
from codemie.identity.settings import IdentitySettings
from codemie.kernel.errors import ConfigurationError, NotAuthenticated

HOST = {"host": "127.0.0.1:8080"}


@pytest.fixture(scope="module")
async def open_platform(workplace: Path, postgres_url: str, nats_url: str) -> AsyncIterator[Platform]:
    home = workplace / "development"
    home.mkdir()
    extra = {"CODEMIE_IDENTITY_DEV_IDENTITIES": "true"}
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as running:
        yield running


@pytest.mark.parametrize("headers", [{"Authorization": "dev-codemie-user"}, {"user-id": "dev-codemie-user"}])
async def test_off_by_default_with_advice(platform: Platform, headers: dict[str, str]) -> None:
    async with platform.client() as sdk:
        answer = await sdk.get("/v1/user", headers=headers)
    assert answer.status_code == 401
    error = answer.json()["error"]
    assert error["message"] == "Development identities are switched off"
    assert "CODEMIE_IDENTITY_DEV_IDENTITIES" in error["help"]


@pytest.mark.parametrize("headers", [{"Authorization": "dev-codemie-user"}, {"user-id": "dev-codemie-user"}])
async def test_switched_on_the_header_is_an_administrator(open_platform: Platform, headers: dict[str, str]) -> None:
    async with open_platform.client() as sdk:
        answer = await sdk.get("/v1/user", headers=headers)
    assert answer.status_code == 200
    about = answer.json()
    assert (about["username"], about["name"], about["is_admin"]) == ("dev-codemie-user", "Dev User", True)


@pytest.mark.parametrize(
    "extra",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "127.0.0.1"},
        {"Host": "ai.example.com"},
    ],
)
async def test_a_proxied_or_misdirected_request_is_refused(open_platform: Platform, extra: dict[str, str]) -> None:
    async with open_platform.client() as client:
        answer = await client.get("/v1/user", headers={"user-id": "dev-codemie-user", **extra})
    assert answer.status_code == 401


async def test_a_header_does_not_take_over_an_account_with_a_password(open_platform: Platform) -> None:
    async with open_platform.client() as client:
        answer = await client.get("/v1/user", headers={"user-id": "admin"})
    assert answer.status_code == 401


@pytest.mark.parametrize("peer", ["10.0.0.7", "203.0.113.9", "::ffff:10.0.0.1", "localhost", "", None])
def test_other_machines_are_refused(peer: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        development.require_allowed("dev-x", HOST, peer, IdentitySettings(dev_identities=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8080", "[::1]:8080"])
def test_this_machine_is_admitted(host: str) -> None:
    development.require_allowed("dev-x", {"host": host}, "127.0.0.1", IdentitySettings(dev_identities=True))


@pytest.mark.parametrize("host", ["", "[", "localhost.evil.example", "evil.example:8080"])
def test_names_that_are_not_this_machine_are_refused(host: str) -> None:
    with pytest.raises(NotAuthenticated):
        development.require_allowed("dev-x", {"host": host}, "127.0.0.1", IdentitySettings(dev_identities=True))


@pytest.mark.parametrize("identity", ["", "a b", "x" * 51, "ü", "a\x00"])
def test_malformed_identities_are_refused(identity: str) -> None:
    with pytest.raises(NotAuthenticated):
        development.require_allowed(identity, HOST, "127.0.0.1", IdentitySettings(dev_identities=True))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "ai.example.com", "192.168.1.5"])
def test_a_server_open_to_others_refuses_to_start_with_them(host: str) -> None:
    with pytest.raises(ConfigurationError, match=r"identity\.dev_identities"):
        development.refuse_exposed(IdentitySettings(dev_identities=True), host)
    development.refuse_exposed(IdentitySettings(dev_identities=False), host)
