"""Keycloak with two realms: ours, and one that plays the company's Okta or Entra ID; the platform and oauth2-proxy."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from codemie.identity.realm_document import load
from tests.browser.conftest import browser  # noqa: F401
from tests.keycloak import corporate
from tests.keycloak.people import REALM
from tests.keycloak.servers import (
    BROKER_FILE,
    EXCHANGE_FILE,
    REALM_FILE,
    Keycloak,
    running_keycloak,
    running_oauth2_proxy,
)
from tests.sdk.environment import sdk_python  # noqa: F401
from tests.support import Platform, environment_for, free_port, serving

KEYCLOAK_TIMEOUT = 480
DIRECT_CLIENT = "codemie-direct"
TOKEN_SECONDS = 5


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for Keycloak, whose start alone can take minutes on a busy machine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(KEYCLOAK_TIMEOUT))
            item.add_marker(pytest.mark.process)


@pytest.fixture(scope="session")
def proxy_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def variables(proxy_port: int) -> dict[str, str]:
    """What deploy/keycloak/realm.yaml needs; the public address is oauth2-proxy's."""
    named = (
        "CODEMIE_IDENTITY_OIDC_CLIENT_SECRET",
        "OAUTH2_PROXY_CLIENT_SECRET",
        "CODEMIE_SERVICE_CLIENT_SECRET",
        "CODEMIE_EXCHANGE_CLIENT_SECRET",
    )
    return {
        "KEYCLOAK_REALM": REALM,
        "CODEMIE_FRONTEND_URL": f"http://127.0.0.1:{proxy_port}",
        **{name: secrets.token_hex(16) for name in named},
    }


@pytest.fixture(scope="session")
def keycloak(workplace: Path, variables: dict[str, str]) -> Iterator[Keycloak]:
    """Keycloak with our realm, which brokers to the company's; `variables` then know the company's realm, too."""
    with running_keycloak(workplace) as running:
        running.apply(REALM_FILE, variables)
        variables |= corporate.make(running, REALM)
        running.apply(BROKER_FILE, variables)
        running.apply(EXCHANGE_FILE, variables)
        yield running


def single_sign_on_at(keycloak: Keycloak, frontend_url: str, client: str, secret: str) -> dict[str, str]:
    """The variables of a platform whose users are Keycloak's."""
    return {
        "CODEMIE_FRONTEND_URL": frontend_url,
        "CODEMIE_IDENTITY_MODE": "oidc",
        "CODEMIE_IDENTITY_OIDC_ISSUER": keycloak.issuer(REALM),
        "CODEMIE_IDENTITY_OIDC_CLIENT_ID": client,
        "CODEMIE_IDENTITY_OIDC_CLIENT_SECRET": secret,
        "CODEMIE_IDENTITY_MEMBERSHIP_SYNC": "every_login",
        "CODEMIE_IDENTITY_CACHE_SECONDS": "0",
        "CODEMIE_IDENTITY_OIDC_TIMEOUT_SECONDS": "30",
    }


@pytest.fixture(scope="session")
async def sso_platform(
    keycloak: Keycloak, variables: dict[str, str], workplace: Path, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """The platform behind oauth2-proxy, whose users are Keycloak's."""
    home = workplace / "keycloak-platform"
    home.mkdir()
    secret = variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"]
    settings = single_sign_on_at(keycloak, variables["CODEMIE_FRONTEND_URL"], "codemie", secret)
    settings["CODEMIE_IDENTITY_SIGN_OUT_URL"] = "/oauth2/sign_out?rd=%2F"
    async with serving(environment_for(home, postgres_url, nats_url, **settings)) as running:
        yield running


@pytest.fixture(scope="session")
async def proxy(
    sso_platform: Platform, keycloak: Keycloak, variables: dict[str, str], workplace: Path, proxy_port: int
) -> AsyncIterator[str]:
    """oauth2-proxy in front of that platform; its address."""
    issuer = keycloak.issuer(REALM)
    with running_oauth2_proxy(
        workplace,
        issuer=issuer,
        client_secret=variables["OAUTH2_PROXY_CLIENT_SECRET"],
        port=proxy_port,
        upstream=sso_platform.url,
        logout=f"{issuer}/protocol/openid-connect/logout?id_token_hint={{id_token}}",
        refresh_seconds=TOKEN_SECONDS,
    ) as address:
        yield address


@pytest.fixture(scope="session")
async def direct_platform(
    keycloak: Keycloak, variables: dict[str, str], workplace: Path, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform that signs browsers in by itself, with client `codemie` of the realm we ship under another name."""
    home = workplace / "direct-platform"
    home.mkdir()
    environment = environment_for(home, postgres_url, nats_url)
    address = f"http://127.0.0.1:{environment['CODEMIE_PORT']}"
    keycloak.apply_document(with_web_client(variables, address, DIRECT_CLIENT))
    secret = variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"]
    async with serving({**environment, **single_sign_on_at(keycloak, address, DIRECT_CLIENT, secret)}) as running:
        yield running


def with_web_client(variables: dict[str, str], address: str, name: str) -> dict[str, Any]:
    """Client `codemie` of the realm we ship, under another name, for a platform at this address."""
    shipped = load(REALM_FILE, {**variables, "CODEMIE_FRONTEND_URL": address})
    client = next(entry for entry in shipped["clients"] if entry["clientId"] == "codemie")
    attributes = {**client["attributes"], "access.token.lifespan": str(TOKEN_SECONDS)}
    return {
        "realm": {"realm": REALM},
        "clients": [{**client, "clientId": name, "attributes": attributes, "directAccessGrantsEnabled": True}],
    }
