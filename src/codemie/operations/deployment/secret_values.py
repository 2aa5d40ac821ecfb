"""Secrets of an installation on one host: made once, and kept by whoever renders it."""

import base64
import secrets
from collections.abc import Callable, Mapping


def _hex() -> str:
    # Letters and digits: they stand in addresses, shell files and SQL as they are.
    return secrets.token_hex(24)


_MAKERS: dict[str, Callable[[], str]] = {
    "master_key": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "broker_secret": _hex,
    "nats_password": _hex,
    "admin_password": lambda: secrets.token_urlsafe(18),
    "metrics_token": _hex,
    "postgres_password": _hex,
    "database_password": _hex,
    "keycloak_database_password": _hex,
    "keycloak_admin_password": _hex,
    "oidc_client_secret": _hex,
    "oauth2_proxy_client_secret": _hex,
    # oauth2-proxy wants 16, 24 or 32 bytes.
    "oauth2_proxy_cookie_secret": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "service_client_secret": _hex,
}


def completed(kept: Mapping[str, str]) -> dict[str, str]:
    """Every secret: those that are kept as they are, new ones where there was none."""
    return {name: kept.get(name) or make() for name, make in _MAKERS.items()}
