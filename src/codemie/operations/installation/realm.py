"""Checks of the realm that signs people in: it keeps their projects, and tells them in its tokens."""

from dataclasses import dataclass
from typing import Any, cast

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.identity import claims
from codemie.identity.realm_reading import RealmReading, address_of
from codemie.identity.refused_tokens import peek
from codemie.identity.settings import IdentitySettings
from codemie.kernel.errors import NotAuthenticated
from codemie.operations.installation.provider_access import Realm
from codemie.operations.installation.sign_in import SignIns
from codemie.operations.installation.subject import Installation

_APPLY = "Make the realm as it should be: codemiectl idp apply deploy/keycloak/realm.yaml --plan, then --allow-write"


@dataclass(frozen=True)
class _Mapper:
    """What puts a claim into the tokens of a client."""

    claim: str
    client: str
    scope: str
    attribute: str
    is_in_token: bool
    type: str


@check(
    "idp.applications_mapper",
    title="Tokens tell a person's projects",
    symptom="People sign in and see no project but their own.",
    severity=Severity.MAJOR,
    remedy=(
        _APPLY,
        "By hand: a mapper “User Attribute” of type String, multivalued, into the access token, in a default scope",
    ),
    faq=("F17",),
    needs=("idp.discovery",),
    timeout=30,
)
async def applications_mapper(realm: Realm, signs: SignIns, installation: Installation) -> Finding:
    """Keycloak puts an attribute into a token only by a mapper, in a scope that the client has by default.

    Looked at with an administrator of Keycloak, or else in a token: that of a test user, or that of `--token`.
    """
    settings = installation.settings.identity
    if realm.name and realm.is_open:
        clients = _clients(settings)
        return _judged(await realm.read(lambda reading, name: _mappers(reading, name, settings)), clients, settings)
    token = installation.token or await signs.person_token()
    if not token:
        return unknown(
            "Neither an administrator of Keycloak nor a token was given to look at",
            "Set KEYCLOAK_ADMIN_PASSWORD, or IDP_TEST_USERNAME and IDP_TEST_PASSWORD, or give --token",
        )
    return _told_by(token, settings)


def _clients(settings: IdentitySettings) -> list[str]:
    """Whose tokens people come with."""
    own = [settings.oidc_client_id] if settings.oidc_client_id else []
    return own or list(settings.oidc_logout_clients)


def _judged(found: dict[str, list[_Mapper]], clients: list[str], settings: IdentitySettings) -> Finding:
    if absent := [client for client in clients if client not in found]:
        return failed(f"The realm has no client {', '.join(absent)}", *applications_mapper.remedy)
    missing: dict[str, str] = {}
    for client, mappers in found.items():
        for claim in (settings.claim_projects, settings.claim_admin_projects):
            if problem := _problem([each for each in mappers if each.claim == claim]):
                missing[f"{client}: {claim}"] = problem
    if any(settings.claim_projects == where.rpartition(": ")[2] for where in missing):
        return failed("; ".join(f"{where} {why}" for where, why in missing.items()), *applications_mapper.remedy)
    if missing:
        told = "; ".join(f"{where} {why}" for where, why in missing.items())
        return warned(f"Nobody administers a project by the realm: {told}", *applications_mapper.remedy)
    scopes = sorted({each.scope for mappers in found.values() for each in mappers})
    return passed(f"Tokens of {', '.join(found)} tell them, by mappers in {', '.join(scopes)}")


def _problem(mappers: list[_Mapper]) -> str:
    """Why none of these does; empty where one does."""
    if not mappers:
        return "has no mapper in a default scope"
    if not any(each.is_in_token for each in mappers):
        return "is not put into the token that is read"
    if wrong := [each.type for each in mappers if each.is_in_token and each.type not in {"", "String", "JSON"}]:
        return f"is of type {wrong[0]}, not a list of names or a comma-separated string"
    return ""


def _told_by(token: str, settings: IdentitySettings) -> Finding:
    try:
        readings = {each.field: each for each in claims.read(peek(token)[1], settings)}
    except NotAuthenticated as error:
        return failed(str(error), *applications_mapper.remedy)
    projects, led = readings["projects"], readings["admin_projects"]
    if wrong := [each for each in (projects, led) if each.status == "wrong"]:
        return failed(f"Claim {wrong[0].claim}: {wrong[0].problem}", *applications_mapper.remedy)
    if projects.status == "missing":
        return unknown(
            f"The token has no claim {projects.claim}: there is no mapper, or this person has no project",
            "Set KEYCLOAK_ADMIN_PASSWORD, or look at the token of somebody with a project",
        )
    return passed(f"The token names {len(projects.value)} projects in {projects.claim}")


def _mappers(reading: RealmReading, realm: str, settings: IdentitySettings) -> dict[str, list[_Mapper]]:
    """Those of our claims, by client."""
    base = address_of(realm)
    scopes = {scope["name"]: scope for scope in reading.all_of(base, "client-scopes")}
    found: dict[str, list[_Mapper]] = {}
    for name in _clients(settings):
        for client in reading.entries(f"{base}/clients?clientId={name}"):
            asked = set(client.get("optionalClientScopes", [])) & set(settings.oidc_scopes)
            default = [*client.get("defaultClientScopes", []), *sorted(asked)]
            held = [(each, scopes[each].get("protocolMappers", [])) for each in default if each in scopes]
            held.append((name, client.get("protocolMappers", [])))
            found[name] = [
                _mapper(mapper, name, scope, settings)
                for scope, mappers in held
                for mapper in mappers
                if _ours(mapper, settings)
            ]
    return found


def _claim(mapper: dict[str, Any]) -> str:
    # Keycloak writes a dot that leads nowhere with a backslash.
    return str(mapper.get("config", {}).get("claim.name", "")).replace("\\.", ".")


def _ours(mapper: dict[str, Any], settings: IdentitySettings) -> bool:
    return _claim(mapper) in {settings.claim_projects, settings.claim_admin_projects}


def _mapper(mapper: dict[str, Any], client: str, scope: str, settings: IdentitySettings) -> _Mapper:
    config = cast("dict[str, str]", mapper.get("config", {}))
    token = "id.token.claim" if settings.oidc_web_claims == "id_token" else "access.token.claim"
    return _Mapper(
        _claim(mapper),
        client,
        scope,
        config.get("user.attribute", ""),
        config.get(token) == "true",
        config.get("jsonType.label", ""),
    )


@check(
    "idp.unmanaged_attributes",
    title="The realm keeps people's projects, and nobody changes their own",
    symptom="Projects given to somebody in Keycloak are gone after saving; or people are in projects nobody gave them.",
    severity=Severity.BLOCKER,
    remedy=(
        _APPLY,
        "By hand: Realm settings, User profile: declare the attributes, to be seen and edited by administrators alone",
    ),
    faq=("F16", "F17"),
    needs=("idp.discovery",),
    timeout=30,
)
async def unmanaged_attributes(realm: Realm, installation: Installation) -> Finding:
    """Since version 24 Keycloak keeps only attributes that the realm's user profile declares or a policy allows.

    The policy “Enabled” keeps them and lets everybody edit their own over Keycloak's account API, and so join any
    project; “Only administrators can write” does not.
    """
    if not realm.name:
        return skipped("the issuer is no realm of Keycloak")
    settings = installation.settings.identity
    profile, mappers = await realm.read(
        lambda reading, name: (_profile(reading, name), _mappers(reading, name, settings))
    )
    read = {each.attribute for listed in mappers.values() for each in listed if each.attribute}
    needed = sorted(read) or ["applications", "applications_admin"]
    declared: dict[str, dict[str, Any]] = {each["name"]: each for each in profile.get("attributes", [])}
    policy = str(profile.get("unmanagedAttributePolicy") or "DISABLED")
    lost = [name for name in needed if name not in declared and policy not in {"ENABLED", "ADMIN_EDIT"}]
    if lost:
        told = f"Keycloak drops {', '.join(lost)}: not declared, and the policy for such attributes is {policy}"
        return failed(told, *unmanaged_attributes.remedy, policy=policy)
    editable = [name for name in needed if _is_open(declared.get(name), policy)]
    if editable:
        told = f"Everybody may change their own {', '.join(editable)} at Keycloak, and so join any project"
        return failed(told, *unmanaged_attributes.remedy, policy=policy)
    return passed(f"{', '.join(needed)}: kept, and changed by administrators alone", policy=policy)


def _profile(reading: RealmReading, realm: str) -> dict[str, Any]:
    return reading.entry(f"{address_of(realm)}/users/profile")


def _is_open(declared: dict[str, Any] | None, policy: str) -> bool:
    if declared is None:
        return policy == "ENABLED"
    return "user" in declared.get("permissions", {}).get("edit", [])


CHECKS = (applications_mapper, unmanaged_attributes)
