"""A second realm that plays the company's Okta or Entra ID: it knows people, their projects and their groups."""

import secrets
from typing import Any

from tests.keycloak.servers import Keycloak

REALM = "corporate"
CLIENT = "keycloak"
ADMINISTRATORS = "codemie-admins"

_EVERYWHERE = {"id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true"}
_MAPPERS: list[dict[str, Any]] = [
    {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "name": "projects",
        "config": {
            **_EVERYWHERE,
            "user.attribute": "projects",
            "claim.name": "projects",
            "jsonType.label": "String",
            "multivalued": "true",
        },
    },
    {
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "name": "groups",
        "config": {**_EVERYWHERE, "claim.name": "groups", "full.path": "false"},
    },
]


def make(keycloak: Keycloak, broker_at: str) -> dict[str, str]:
    """The realm with a client for the realm that brokers; what deploy/keycloak/broker.yaml needs to know of it."""
    keycloak.call("POST", "", {"realm": REALM, "enabled": True, "sslRequired": "none"})
    profile = keycloak.call("GET", f"/{REALM}/users/profile")
    keycloak.call("PUT", f"/{REALM}/users/profile", {**profile, "unmanagedAttributePolicy": "ENABLED"})
    keycloak.call("POST", f"/{REALM}/groups", {"name": ADMINISTRATORS})
    secret = secrets.token_hex(16)
    client = {
        "clientId": CLIENT,
        "secret": secret,
        "redirectUris": [f"{keycloak.issuer(broker_at)}/broker/{REALM}/endpoint*"],
        "attributes": {"post.logout.redirect.uris": "+"},
        "protocolMappers": _MAPPERS,
        # So that a test has a token of the company's without a browser.
        "directAccessGrantsEnabled": True,
    }
    keycloak.call("POST", f"/{REALM}/clients", client)
    base = f"{keycloak.issuer(REALM)}/protocol/openid-connect"
    return {
        "BROKER_ALIAS": REALM,
        "BROKER_ISSUER": keycloak.issuer(REALM),
        "BROKER_AUTHORIZATION_URL": f"{base}/auth",
        "BROKER_TOKEN_URL": f"{base}/token",
        "BROKER_USERINFO_URL": f"{base}/userinfo",
        "BROKER_LOGOUT_URL": f"{base}/logout",
        "BROKER_JWKS_URL": f"{base}/certs",
        "BROKER_INTROSPECTION_URL": f"{base}/token/introspect",
        "BROKER_CLIENT_ID": CLIENT,
        "BROKER_CLIENT_SECRET": secret,
    }


def set_administrator(keycloak: Keycloak, user_id: str, *, member: bool) -> None:
    """Put somebody into the group that may administer CodeMie, or take them out."""
    group = keycloak.call("GET", f"/{REALM}/groups?search={ADMINISTRATORS}")[0]["id"]
    keycloak.call("PUT" if member else "DELETE", f"/{REALM}/users/{user_id}/groups/{group}")
