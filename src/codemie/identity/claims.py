"""What a token of an identity provider says about its user, read as the settings say. Pure functions.

The same readings serve signing in, which refuses what cannot be used, and ``codemiectl idp explain``, which tells
what each claim maps to and which setting to change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from codemie.identity.caller import EXTERNAL, REGULAR
from codemie.identity.single_sign_on_settings import SingleSignOnSettings
from codemie.kernel.errors import AccessDenied, NotAuthenticated

MAX_NAMES = 500
MAX_LENGTH = 254
"""Characters of a name, address or project; what is longer is refused."""

MAX_PICTURE = 2_000
_MISSING = object()

Status = Literal["ok", "missing", "wrong"]


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Who somebody is at the identity provider.

    Args:
        subject: unchanging id there; with the issuer it identifies the person, nothing else does.
        email: empty when the provider gives none.
        projects: names as the provider writes them, administered ones included.
        issued_at: Unix time of issue of the token.
        session: the provider's session id, by which signing out reaches us.
        client: the client the token was issued to.
    """

    issuer: str
    subject: str
    username: str
    name: str
    email: str
    email_verified: bool
    picture: str
    roles: frozenset[str]
    projects: tuple[str, ...]
    admin_projects: tuple[str, ...]
    knowledge_bases: tuple[str, ...]
    user_type: str
    issued_at: int
    session: str | None
    client: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One claim as it was found.

    Args:
        field: what it becomes.
        setting: which setting names the claim.
        claim: the path that was looked up.
        problem: why it cannot be used; None when ``status`` is ok or missing.
    """

    field: str
    setting: str
    claim: str
    status: Status
    value: Any
    problem: str | None = None


def find(claims: Mapping[str, Any], path: str) -> Any:
    """The value at a path such as ``realm_access.roles``; a claim whose own name has dots is found too.

    Returns:
        The value, or None when there is none.
    """
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        value = claims.get(".".join(parts[:length]), _MISSING)
        if value is _MISSING:
            continue
        if length == len(parts):
            return value
        if isinstance(value, Mapping):
            return find(cast("Mapping[str, Any]", value), ".".join(parts[length:]))
    return None


class _WrongType(ValueError):
    """Says what was expected and what was found."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongType(f"expected text, got {_kind(value)}")
    limit = MAX_PICTURE if value.startswith("http") else MAX_LENGTH
    if len(value) > limit:
        raise _WrongType(f"longer than {limit} characters")
    return value.strip()


def _names(value: Any) -> tuple[str, ...]:
    """A list of names or one comma-separated string; each element may hold commas too."""
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise _WrongType(f"expected a list of names or a comma-separated string, got {_kind(value)}")
    elements = cast("list[Any]", listed)
    if wrong := [element for element in elements if not isinstance(element, str)]:
        raise _WrongType(f"expected names, got a list with {_kind(wrong[0])}")
    names = tuple(dict.fromkeys(name.strip() for element in elements for name in element.split(",") if name.strip()))
    if len(names) > MAX_NAMES or any(len(name) > MAX_LENGTH for name in names):
        raise _WrongType(f"more than {MAX_NAMES} names, or one longer than {MAX_LENGTH} characters")
    return names


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _WrongType(f"expected true or false, got {_kind(value)}")


def _user_type(value: Any) -> str:
    # Keycloak sends a multivalued attribute as a list even when it has one value.
    elements = cast("list[Any]", value if isinstance(value, list) else [value])
    chosen: Any = elements[0] if len(elements) == 1 else elements
    if isinstance(chosen, str) and chosen.lower() in (REGULAR, EXTERNAL):
        return chosen.lower()
    shown = repr(chosen)[:60]
    raise _WrongType(f"Invalid user_type attribute from IDP. Expected 'regular' or 'external', got: {shown}")


def _kind(value: Any) -> str:
    names: dict[type, str] = {dict: "an object", list: "a list", bool: "a truth value", int: "a number", str: "text"}
    return (
        "nothing" if value is None else next((name for kind, name in names.items() if type(value) is kind), "a number")
    )


_FIELDS: tuple[tuple[str, Callable[[Any], Any], Any], ...] = (
    ("id", _text, ""),
    ("email", _text, ""),
    ("email_verified", _truth, False),
    ("username", _text, ""),
    ("name", _text, ""),
    ("picture", _text, ""),
    ("roles", _names, ()),
    ("projects", _names, ()),
    ("admin_projects", _names, ()),
    ("knowledge_bases", _names, ()),
    ("user_type", _user_type, REGULAR),
    ("guest", _truth, False),
)
"""Field, how its claim is read, and what it is when the claim is missing. The setting is ``claim_<field>``."""


def read(claims: Mapping[str, Any], settings: SingleSignOnSettings) -> list[Reading]:
    """Every mapped claim of a token, usable or not."""
    return [_reading(claims, settings, *field) for field in _FIELDS]


def _reading(
    claims: Mapping[str, Any], settings: SingleSignOnSettings, field: str, parse: Callable[[Any], Any], absent: Any
) -> Reading:
    setting = f"claim_{field}"
    path: str = getattr(settings, setting)
    value = find(claims, path)
    if value is None:
        return Reading(field, setting, path, "missing", absent)
    try:
        return Reading(field, setting, path, "ok", parse(value))
    except _WrongType as error:
        return Reading(field, setting, path, "wrong", absent, str(error))


def external_identity(claims: Mapping[str, Any], settings: SingleSignOnSettings) -> ExternalIdentity:
    """The user a verified token speaks of.

    Args:
        claims: of a token whose signature, issuer and audience were checked.
        settings: which claim is what.

    Raises:
        NotAuthenticated: a claim has a type that cannot be used, or the id is missing.
        AccessDenied: none of the roles that may sign in.
    """
    readings = read(claims, settings)
    if wrong := [reading for reading in readings if reading.status == "wrong"]:
        first = wrong[0]
        said = first.problem or ""
        message = said if first.field == "user_type" else "A claim of the token cannot be used"
        details = [f"{reading.claim}: {reading.problem}" for reading in wrong]
        raise NotAuthenticated(message, details="; ".join(details), help=f"See identity.{first.setting}.")
    values = {reading.field: reading.value for reading in readings}
    if not values["id"]:
        raise NotAuthenticated("The token names no user", details=f"Claim {settings.claim_id} is missing.")
    require_sign_in_role(frozenset(values["roles"]), settings)
    username = values["username"] or values["email"] or values["id"]
    return ExternalIdentity(
        issuer=str(claims["iss"]),
        subject=values["id"],
        username=username,
        name=values["name"] or full_name(claims) or username,
        email=values["email"],
        email_verified=values["email_verified"],
        picture=values["picture"],
        roles=frozenset(values["roles"]),
        projects=tuple(dict.fromkeys((*values["projects"], *values["admin_projects"]))),
        admin_projects=values["admin_projects"],
        knowledge_bases=values["knowledge_bases"],
        user_type=EXTERNAL if values["guest"] else values["user_type"],
        issued_at=int(claims.get("iat") or 0),
        session=_optional_text(claims.get("sid")),
        client=_optional_text(claims.get("azp") or claims.get("client_id")),
    )


def require_sign_in_role(roles: frozenset[str], settings: SingleSignOnSettings) -> None:
    """Refuse (403) who has none of the roles that may use the platform."""
    if settings.sign_in_roles and not roles & set(settings.sign_in_roles):
        raise AccessDenied(
            "Your account may not use this platform",
            details=f"Claim {settings.claim_roles} holds none of the roles {', '.join(settings.sign_in_roles)}.",
            help="Ask an administrator of the identity provider for the role 'developer'.",
        )


def full_name(claims: Mapping[str, Any]) -> str:
    """Given and family name, where there are such claims."""
    parts = [claims.get("given_name"), claims.get("family_name")]
    return " ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())[:MAX_LENGTH]


def _optional_text(value: Any) -> str | None:
    return value[:MAX_LENGTH] if isinstance(value, str) and value else None
