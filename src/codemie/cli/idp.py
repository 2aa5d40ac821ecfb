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

_MAX_SHOWN = 500
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
    from codemie.identity.refused_tokens import peek
    from codemie.kernel.errors import NotAuthenticated
    from codemie.settings import load_settings

    settings = load_settings()[0].identity
    token = read_token(source)
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


def read_token(source: str) -> str:
    """The token that `source` is, or that the file of this name holds, or standard input for `-`.

    Raises:
        Refused: no file of this name can be read.
    """
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
    listed = cast("list[Any]", found if isinstance(found, list) else [found])
    audience = [name for name in listed if isinstance(name, str)]
    expires, begins = claims.get("exp"), claims.get("nbf")
    now, leeway = time.time(), settings.leeway_seconds
    rows = (
        ("issuer", claims.get("iss"), claims.get("iss") == settings.oidc_issuer, "see identity.oidc_issuer"),
        ("audience", ", ".join(audience) or "missing", bool(set(audience) & set(settings.oidc_audience)), _AUDIENCE),
        ("algorithm", header.get("alg"), header.get("alg") in settings.oidc_algorithms, "see identity.oidc_algorithms"),
        ("expires", _moment(expires), _number(expires) + leeway > now, "get a fresh token"),
        ("valid from", _moment(begins), _number(begins) - leeway <= now, "wait, or set the clocks right"),
    )
    shown = [row for row in rows if row[0] != "valid from" or begins is not None]
    for name, value, fits, _ in shown:
        print(f"  {'ok ' if fits else 'BAD'}  {name:<16} {_plain(value)}")
    return [f"{name} is {_plain(value)}: {remedy}." for name, value, fits, remedy in shown if not fits]


_AUDIENCE = "see identity.oidc_audience, or give the client an audience mapper"


def _moment(seconds: Any) -> str:
    if not _number(seconds):
        return "missing"
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(_number(seconds), 2**37)))


def _number(value: Any) -> float:
    """A point in time; 0 for anything else, such as text."""
    return float(value) if isinstance(value, int | float) and 0 < value < float("inf") else 0.0


def _plain(value: Any) -> str:
    """What a token says may hold anything; a terminal must not obey it."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value)[:_MAX_SHOWN])


def _mapping(claims: Mapping[str, Any], settings: "IdentitySettings") -> list[str]:
    """Print what each claim becomes; what is wrong, or needed and missing, is returned."""
    from codemie.identity.claims import read

    problems: list[str] = []
    readings = {reading.field: reading for reading in read(claims, settings)}
    for field, reading in readings.items():
        value: Any = reading.value
        shown = _plain(", ".join(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value)
        note = {"ok": "ok ", "missing": "–  ", "wrong": "BAD"}[reading.status]
        print(f"  {note}  {_FIELD_NAMES[field]:<16} {shown:<40} from claim {reading.claim}")
        if reading.status == "wrong":
            problems.append(f"claim {reading.claim}: {_plain(reading.problem)} (identity.{reading.setting})")
    for field in ("id", "email", "roles", "projects"):
        reading = readings[field]
        if reading.status == "missing":
            problems.append(
                f"no {_FIELD_NAMES[field]}: claim {reading.claim} is missing; add a mapper at the provider, "
                f"or set identity.{reading.setting} to a claim that is there ({_claims_like(claims)})."
            )
    if settings.sign_in_roles and not set(readings["roles"].value) & set(settings.sign_in_roles):
        problems.append(f"none of the roles {', '.join(settings.sign_in_roles)} (identity.sign_in_roles).")
    _outcome({field: reading.value for field, reading in readings.items()}, settings)
    return problems


def _outcome(values: Mapping[str, Any], settings: "IdentitySettings") -> None:
    """Print who somebody with these values becomes here."""
    from codemie.identity.membership_sync import grantable, platform_roles

    own = values["email"].lower()
    projects = grantable(dict.fromkeys((*values["projects"], *values["admin_projects"])), own)
    titles = ("administrator", "maintainer", "auditor")
    flags = [title for title, holds in zip(titles, platform_roles(values["roles"], settings), strict=True) if holds]
    foreign = [name for name in (*values["projects"], *values["admin_projects"]) if name not in projects]
    is_external = values["guest"] or values["user_type"] == "external"
    print("\nThe user it gives:")
    print(f"  platform roles    {', '.join(flags) or 'none'}{', external user' if is_external else ''}")
    for name in projects:
        print(f"  project           {_plain(name)}{' (administers it)' if name in values['admin_projects'] else ''}")
    if not projects:
        print("  project           none but the personal one")
    for name in dict.fromkeys(foreign):
        print(f"  not given         {_plain(name)}: somebody else's personal project")
    if settings.membership_sync == "first_login":
        print("  Roles and projects are copied at the first sign-in only (identity.membership_sync is first_login).")


def _claims_like(claims: Mapping[str, Any]) -> str:
    protocol = {"iss", "aud", "exp", "iat", "nbf", "jti", "azp", "typ", "sid", "acr", "scope", "auth_time", "nonce"}
    return _plain(", ".join(sorted(name for name in claims if name not in protocol)))


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
        print(f"{count} changes; run again with --allow-write to make them.")


def export(realm: str, *, server: str, username: str, out: Path | None) -> None:
    """Print a Keycloak realm, or write it, as the document that `apply` takes.

    Args:
        realm: its name.
        server: address of Keycloak.
        username: as for `apply`.
        out: the file; None: standard output.
    """
    from codemie.identity import realm_export
    from codemie.identity.realm_reading import RealmReading

    with _administrator(server, username) as client:
        text = realm_export.export(RealmReading(client), realm)
    if out is None:
        print(text, end="")
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror}.") from error
    print(f"The realm {realm} is in {out}, without secrets.")


def _administrator(server: str, username: str) -> "httpx2.Client":
    from codemie.identity.realm_reading import administrator
    from codemie.kernel.errors import UpstreamFailed

    password = os.environ.get("KEYCLOAK_ADMIN_PASSWORD")
    if not password:
        raise Refused("Set KEYCLOAK_ADMIN_PASSWORD to the password of the Keycloak administrator.")
    try:
        return administrator(server, username, password)
    except UpstreamFailed as error:
        raise Refused(error.message) from error
