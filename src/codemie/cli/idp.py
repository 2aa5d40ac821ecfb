"""`codemiectl idp`: understand a token of the identity provider, and set Keycloak up."""

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from codemie.cli.exits import Exit, Refused

if TYPE_CHECKING:
    import httpx2

    from codemie.identity.settings import IdentitySettings

_FIELD_NAMES = {
    "id": "id",
    "email": "e-mail",
    "email_verified": "e-mail verified",
    "username": "user name",
    "name": "name",
    "picture": "picture",
    "roles": "roles",
    "projects": "projects",
    "admin_projects": "administers",
    "knowledge_bases": "knowledge bases",
    "user_type": "user type",
    "guest": "guest",
}


def explain(source: str) -> None:
    """Print what a token maps to under the current settings, and what is missing; never the token itself.

    Args:
        source: the token, a file that holds it, or `-` for standard input.

    Raises:
        Refused: no token there, or one that could not sign in.
    """
    from codemie.identity.jwks import peek
    from codemie.kernel.errors import NotAuthenticated
    from codemie.settings import load_settings

    settings = load_settings()[0].identity
    token = _read(source)
    try:
        header, claims = peek(token)
    except NotAuthenticated as error:
        raise Refused("That is no signed JSON web token.") from error
    print(f"Settings: identity.mode is {settings.mode}, identity.oidc_issuer is {settings.oidc_issuer or 'not set'}.\n")
    problems = [*_envelope(header, claims, settings), *_mapping(claims, settings)]
    if verdict := asyncio.run(_verdict(token, settings)):
        problems.append(verdict)
    if not problems:
        print("\nThis token signs in.")
        return
    print("\nThis token does not sign in, or not as you may expect:")
    for problem in problems:
        print(f"  - {problem}")
    raise SystemExit(int(Exit.REFUSED))


def _read(source: str) -> str:
    if source == "-":
        return sys.stdin.read().strip()
    if source.count(".") == 2 and "/" not in source:
        return source.strip()
    try:
        return Path(source).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The token file {source[:60]} cannot be read.") from error


def _envelope(header: Mapping[str, Any], claims: Mapping[str, Any], settings: "IdentitySettings") -> list[str]:
    """Print issuer, audience, algorithm and times; what does not fit is returned."""
    found = claims.get("aud")
    audience = cast("list[Any]", found if isinstance(found, list) else [found])
    expires = claims.get("exp")
    is_late = isinstance(expires, int | float) and expires < time.time()
    rows = (
        ("issuer", claims.get("iss"), claims.get("iss") == settings.oidc_issuer, "identity.oidc_issuer"),
        ("audience", ", ".join(map(str, audience)), bool(set(audience) & set(settings.oidc_audience)), _AUDIENCE),
        ("algorithm", header.get("alg"), header.get("alg") in settings.oidc_algorithms, "identity.oidc_algorithms"),
        ("expires", _moment(expires), not is_late, "get a fresh token"),
    )
    for name, value, fits, _ in rows:
        print(f"  {'ok ' if fits else 'BAD'}  {name:<16} {value}")
    return [f"{name} is {value}: see {remedy}." for name, value, fits, remedy in rows if not fits]


_AUDIENCE = "identity.oidc_audience, or give the client an audience mapper"


def _moment(seconds: Any) -> str:
    if not isinstance(seconds, int | float):
        return "missing"
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(seconds, 2**40)))


def _mapping(claims: Mapping[str, Any], settings: "IdentitySettings") -> list[str]:
    """Print what each claim becomes; what is wrong, or needed and missing, is returned."""
    from codemie.identity.claims import read

    problems: list[str] = []
    readings = {reading.field: reading for reading in read(claims, settings)}
    for field, reading in readings.items():
        value: Any = reading.value
        shown = ", ".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else str(value)
        note = {"ok": "ok ", "missing": "–  ", "wrong": "BAD"}[reading.status]
        print(f"  {note}  {_FIELD_NAMES[field]:<16} {shown:<40} from claim {reading.claim}")
        if reading.status == "wrong":
            problems.append(f"claim {reading.claim}: {reading.problem} (identity.{reading.setting})")
    for field in ("id", "email", "roles", "projects"):
        reading = readings[field]
        if reading.status == "missing":
            problems.append(
                f"no {_FIELD_NAMES[field]}: claim {reading.claim} is missing; add a mapper at the provider, "
                f"or set identity.{reading.setting} to a claim that is there ({_claims_like(claims)})."
            )
    if settings.sign_in_roles and not set(readings["roles"].value) & set(settings.sign_in_roles):
        problems.append(f"none of the roles {', '.join(settings.sign_in_roles)} (identity.sign_in_roles).")
    return problems


def _claims_like(claims: Mapping[str, Any]) -> str:
    protocol = {"iss", "aud", "exp", "iat", "nbf", "jti", "azp", "typ", "sid", "acr", "scope", "auth_time", "nonce"}
    return ", ".join(sorted(name for name in claims if name not in protocol))[:200]


async def _verdict(token: str, settings: "IdentitySettings") -> str | None:
    """What the signature check says, as far as the provider can be reached."""
    from codemie.identity.jwks import TokenVerifier
    from codemie.identity.provider import Provider
    from codemie.kernel.errors import CodeMieError

    if settings.mode != "oidc":
        return "identity.mode is not oidc: tokens of a provider are not accepted at all."
    provider = Provider(settings)
    try:
        await TokenVerifier(provider, settings, settings.leeway_seconds).access_token(token)
    except CodeMieError as error:
        return str(error)
    finally:
        await provider.close()
    print("  ok   signature        verified with the provider's keys")
    return None


def apply(path: Path, *, server: str, username: str, confirmed: bool) -> None:
    """Compare a Keycloak realm with a document and, when confirmed, make it so.

    Args:
        path: the document, such as `deploy/keycloak/realm.yaml`.
        server: address of Keycloak.
        username: an administrator of its master realm; the password comes from KEYCLOAK_ADMIN_PASSWORD.
        confirmed: make the changes; otherwise only tell them.
    """
    from codemie.identity.realm_admin import RealmAdmin
    from codemie.identity.realm_document import load

    document = load(path, os.environ)
    count = 0
    with _administrator(server, username) as client:
        for change in RealmAdmin(client, dry=not confirmed).apply(document):
            count += 1
            print(f"{'+' if change.action == 'create' else '~'} {change.what}")
            for line in change.details:
                print(f"    {line}")
    if count == 0:
        print("Nothing to change.")
    elif confirmed:
        print(f"{count} changes made.")
    else:
        print(f"{count} changes; run again with --yes to make them.")


def _administrator(server: str, username: str) -> "httpx2.Client":
    import httpx2

    password = os.environ.get("KEYCLOAK_ADMIN_PASSWORD")
    if not password:
        raise Refused("Set KEYCLOAK_ADMIN_PASSWORD to the password of the Keycloak administrator.")
    form = {"grant_type": "password", "client_id": "admin-cli", "username": username, "password": password}
    try:
        answer = httpx2.post(f"{server.rstrip('/')}/realms/master/protocol/openid-connect/token", data=form, timeout=30)
    except httpx2.HTTPError as error:
        raise Refused(f"Keycloak cannot be reached at {server}: {type(error).__name__}.") from error
    if answer.status_code != 200:
        raise Refused(f"Keycloak does not accept the administrator {username} (status {answer.status_code}).")
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx2.Client(base_url=server.rstrip("/"), headers=headers, timeout=30)
