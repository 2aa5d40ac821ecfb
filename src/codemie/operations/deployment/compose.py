"""A deployment as files for Compose on one host: what stands beside deploy/docker/compose.yaml."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from codemie import __version__
from codemie.kernel.errors import ConfigurationError
from codemie.operations.deployment.description import Deployment

_OWN_AUTHORITY = "/run/secrets/ca.crt"
_IMAGE = re.compile(r"\$\{(\w+_IMAGE):-([^/}]+)/([^}]+)\}")


def refuse_unfit(deployment: Deployment) -> None:
    """Raise `ConfigurationError` where a deployment cannot run on one host."""
    if deployment.sign_in.provider != "local" and not (deployment.tls.email or deployment.tls.certificate):
        raise ConfigurationError(
            "Single sign-on needs a certificate that the platform trusts",
            help="Set tls.email, for one from a public authority, or tls.certificate and tls.key, and tls.authority "
            "where the authority is your own",
        )
    if deployment.sign_in.oauth2_proxy and deployment.sign_in.provider != "keycloak":
        raise ConfigurationError(
            "On one host oauth2_proxy needs 'provider: keycloak'", help="The proxy's client is made in that realm"
        )
    if deployment.sign_in.provider == "keycloak" and deployment.sign_in.issuer:
        raise ConfigurationError(
            "On one host Keycloak comes along, and issues at its own name",
            help=f"Leave out sign_in.issuer: it is {deployment.keycloak_host}. One that you have is 'provider: oidc'",
        )
    if deployment.agents.load_balancer:
        raise ConfigurationError(
            "On one host there is no load balancer for agents",
            help=f"Leave out agents.load_balancer: agents come as a WebSocket to https://{deployment.host}",
        )


def images(recipe: str) -> tuple[str, ...]:
    """The images of others that compose.yaml names, by their whole names."""
    return tuple(f"{registry}/{image}" for _, registry, image in _IMAGE.findall(recipe))


def environment(deployment: Deployment, recipe: str) -> str:
    """The file .env: nothing secret.

    Args:
        deployment: to be rendered.
        recipe: text of deploy/docker/compose.yaml, which names the images of others.
    """
    keycloak, proxy = deployment.sign_in.provider == "keycloak", deployment.sign_in.oauth2_proxy
    profiles = [name for name, wanted in (("keycloak", keycloak), ("oauth2-proxy", proxy)) if wanted]
    found = {
        "COMPOSE_PROFILES": ",".join(profiles),
        "CODEMIE_IMAGE": _image(deployment),
        "CODEMIE_DOMAIN": deployment.host,
        "CODEMIE_AUTH_DOMAIN": deployment.keycloak_host,
        "CODEMIE_UPSTREAM": "oauth2-proxy:4180" if proxy else "api:8080",
        "CODEMIE_TLS": _tls(deployment),
    }
    if deployment.tls.authority:
        found["CODEMIE_CA_FILE"] = _OWN_AUTHORITY
    if deployment.mirror:
        found |= {name: f"{deployment.mirror}/{image}" for name, _, image in _IMAGE.findall(recipe)}
    return "# By codemiectl deploy render; it writes this file anew.\n" + "".join(
        f'{name}="{value}"\n' for name, value in found.items()
    )


def secret_files(deployment: Deployment, secrets: Mapping[str, str], own: dict[str, Any]) -> dict[str, str]:
    """The files in secrets/, each for those containers only that name it.

    Args:
        deployment: to be rendered.
        secrets: of this installation.
        own: settings that the operator keeps apart because they are secret; they win.
    """
    return {
        "platform.yaml": yaml.safe_dump(_platform(deployment, secrets, own), sort_keys=True),
        "postgres-password": secrets["postgres_password"],
        "databases.sql": _databases(secrets),
        "keycloak.conf": _keycloak(deployment, secrets),
        "realm.env": _realm(deployment, secrets),
        "oauth2-proxy-client-secret": secrets["oauth2_proxy_client_secret"],
        "oauth2-proxy-cookie-secret": secrets["oauth2_proxy_cookie_secret"],
    }


def _image(deployment: Deployment) -> str:
    image = deployment.image
    name = f"{deployment.mirror or image.registry}/{image.repository}"
    if image.digest:
        return f"{name}@{image.digest}"
    return f"{name}:{image.tag or __version__}"


def _tls(deployment: Deployment) -> str:
    if deployment.tls.certificate:
        return "/run/secrets/tls.crt /run/secrets/tls.key"
    # Without either, an authority that the edge makes for itself: for trials.
    return deployment.tls.email or "internal"


def _platform(deployment: Deployment, secrets: Mapping[str, str], own: dict[str, Any]) -> dict[str, Any]:
    """The platform's settings file, with the secrets in it: no variable, so no `docker inspect`, shows them."""
    found: dict[str, dict[str, Any]] = {
        "kernel": {
            "database_url": f"postgresql://codemie:{secrets['database_password']}@postgres:5432/codemie",
            "nats_url": f"nats://codemie:{secrets['nats_password']}@nats:4222",
            "frontend_url": f"https://{deployment.host}",
            "metrics_token": secrets["metrics_token"],
        },
        "identity": {
            "master_key": secrets["master_key"],
            "admin_email": deployment.sign_in.admin_email,
            "admin_password": secrets["admin_password"],
            # Only the edge reaches the API, from a network that Docker chooses.
            "trusted_proxies": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
            **_single_sign_on(deployment, secrets),
        },
        "plugins": {"broker_secret": secrets["broker_secret"]},
    }
    for layer in (deployment.settings, own):
        for room, settings in layer.items():
            found[room] = {**found.get(room, {}), **settings}
    return found


def _single_sign_on(deployment: Deployment, secrets: Mapping[str, str]) -> dict[str, Any]:
    sign_in = deployment.sign_in
    if sign_in.provider == "local":
        return {}
    found: dict[str, Any] = {"mode": "oidc", "oidc_issuer": deployment.issuer}
    if sign_in.label:
        found["oidc_name"] = sign_in.label
    if sign_in.oauth2_proxy:
        return found | {"sign_out_url": "/oauth2/sign_out?rd=%2F"}
    found["oidc_client_id"] = sign_in.client_id
    if sign_in.provider == "keycloak":
        found["oidc_client_secret"] = secrets["oidc_client_secret"]
    return found


def _databases(secrets: Mapping[str, str]) -> str:
    return f"""\
CREATE ROLE codemie LOGIN PASSWORD '{secrets["database_password"]}';
ALTER DATABASE codemie OWNER TO codemie;
CREATE EXTENSION IF NOT EXISTS vector;
CREATE ROLE keycloak LOGIN PASSWORD '{secrets["keycloak_database_password"]}';
CREATE DATABASE keycloak OWNER keycloak;
"""


def _keycloak(deployment: Deployment, secrets: Mapping[str, str]) -> str:
    lines = {
        "db": "postgres",
        "db-url": "jdbc:postgresql://postgres:5432/keycloak",
        "db-username": "keycloak",
        "db-password": secrets["keycloak_database_password"],
        "hostname": f"https://{deployment.keycloak_host}",
        "hostname-backchannel-dynamic": "true",
        "http-enabled": "true",
        "proxy-headers": "xforwarded",
        "health-enabled": "true",
        "bootstrap-admin-username": "admin",
        "bootstrap-admin-password": secrets["keycloak_admin_password"],
    }
    if deployment.tls.authority:
        lines["truststore-paths"] = _OWN_AUTHORITY
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def _realm(deployment: Deployment, secrets: Mapping[str, str]) -> str:
    lines = {
        "CODEMIE_FRONTEND_URL": f"https://{deployment.host}",
        "KEYCLOAK_ADMIN_PASSWORD": secrets["keycloak_admin_password"],
        "CODEMIE_IDENTITY_OIDC_CLIENT_SECRET": secrets["oidc_client_secret"],
        "OAUTH2_PROXY_CLIENT_SECRET": secrets["oauth2_proxy_client_secret"],
        "CODEMIE_SERVICE_CLIENT_SECRET": secrets["service_client_secret"],
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())
