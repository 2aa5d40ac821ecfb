"""Keycloak with two realms: ours, and one that plays the company's Okta or Entra ID; the platform and oauth2-proxy."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser  # noqa: F401
from tests.keycloak.servers import BROKER_FILE, REALM_FILE, Keycloak, running_keycloak, running_oauth2_proxy
from tests.support import Platform, environment_for, free_port, serving

REALM, UPSTREAM = "codemie", "corporate"
KEYCLOAK_TIMEOUT = 720


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
    named = ("CODEMIE_IDENTITY_OIDC_CLIENT_SECRET", "OAUTH2_PROXY_CLIENT_SECRET", "CODEMIE_SERVICE_CLIENT_SECRET")
    return {
        "KEYCLOAK_REALM": REALM,
        "CODEMIE_FRONTEND_URL": f"http://127.0.0.1:{proxy_port}",
        **{name: secrets.token_hex(16) for name in named},
    }


@pytest.fixture(scope="session")
def keycloak(workplace: Path, variables: dict[str, str]) -> Iterator[Keycloak]:
    """Keycloak with our realm, which brokers to the company's."""
    with running_keycloak(workplace) as running:
        running.apply(REALM_FILE, variables)
        running.apply(BROKER_FILE, {**variables, **_upstream(running)})
        yield running


def _upstream(keycloak: Keycloak) -> dict[str, str]:
    """The company's realm with a client for Keycloak; what deploy/keycloak/broker.yaml needs to know of it."""
    keycloak.call("POST", "", {"realm": UPSTREAM, "enabled": True, "sslRequired": "none"})
    profile = keycloak.call("GET", f"/{UPSTREAM}/users/profile")
    keycloak.call("PUT", f"/{UPSTREAM}/users/profile", {**profile, "unmanagedAttributePolicy": "ENABLED"})
    mapper = {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "name": "projects",
        "config": {
            "user.attribute": "projects",
            "claim.name": "projects",
            "jsonType.label": "String",
            "multivalued": "true",
            "id.token.claim": "true",
            "access.token.claim": "true",
            "userinfo.token.claim": "true",
        },
    }
    secret = secrets.token_hex(16)
    client = {
        "clientId": "keycloak",
        "secret": secret,
        "redirectUris": [f"{keycloak.issuer(REALM)}/broker/{UPSTREAM}/endpoint*"],
        "attributes": {"post.logout.redirect.uris": "+"},
        "protocolMappers": [mapper],
    }
    keycloak.call("POST", f"/{UPSTREAM}/clients", client)
    base = f"{keycloak.issuer(UPSTREAM)}/protocol/openid-connect"
    return {
        "BROKER_ALIAS": UPSTREAM,
        "BROKER_ISSUER": keycloak.issuer(UPSTREAM),
        "BROKER_AUTHORIZATION_URL": f"{base}/auth",
        "BROKER_TOKEN_URL": f"{base}/token",
        "BROKER_USERINFO_URL": f"{base}/userinfo",
        "BROKER_LOGOUT_URL": f"{base}/logout",
        "BROKER_JWKS_URL": f"{base}/certs",
        "BROKER_CLIENT_ID": "keycloak",
        "BROKER_CLIENT_SECRET": secret,
    }


@pytest.fixture(scope="session")
async def sso_platform(
    keycloak: Keycloak, variables: dict[str, str], workplace: Path, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """The platform, whose users are Keycloak's."""
    home = workplace / "keycloak-platform"
    home.mkdir()
    environment = environment_for(
        home,
        postgres_url,
        nats_url,
        CODEMIE_FRONTEND_URL=variables["CODEMIE_FRONTEND_URL"],
        CODEMIE_IDENTITY_MODE="oidc",
        CODEMIE_IDENTITY_OIDC_ISSUER=keycloak.issuer(REALM),
        CODEMIE_IDENTITY_OIDC_CLIENT_ID="codemie",
        CODEMIE_IDENTITY_OIDC_CLIENT_SECRET=variables["CODEMIE_IDENTITY_OIDC_CLIENT_SECRET"],
        CODEMIE_IDENTITY_MEMBERSHIP_SYNC="every_login",
        CODEMIE_IDENTITY_CACHE_SECONDS="0",
        CODEMIE_IDENTITY_OIDC_TIMEOUT_SECONDS="30",
        CODEMIE_IDENTITY_SIGN_OUT_URL="/oauth2/sign_out?rd=%2F",
    )
    async with serving(environment) as running:
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
    ) as address:
        yield address
