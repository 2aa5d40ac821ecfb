"""Writes a Keycloak realm down as the document that ``realm_admin`` applies. What Keycloak has, and no secret.

Applied to the realm that it was read from, the document changes nothing. Left out is what the document cannot say
(users, groups, keys, flows, roles within roles) and what Keycloak makes in every realm by itself.
"""

import re
from typing import Any, cast

import yaml

from codemie.identity.realm_document import MASK, SECTIONS
from codemie.identity.realm_reading import RealmReading, address_of

_BUILT_IN_CLIENTS = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"}
)
_BUILT_IN_ROLES = frozenset({"offline_access", "uma_authorization"})
_GENERATED = frozenset({"id", "internalId", "containerId", "access", "types", "defaultRole", "identityProviderAlias"})
_APART = frozenset({"optionalClientScopes", "authenticationFlowBindingOverrides", "protocolMappers"})
_SECRET = re.compile(
    r"secret|passw|private.?key|passphrase|credential(?!s$)|registration.?access.?token", re.IGNORECASE
)
_WITH_SECRET = frozenset({"oidc", "keycloak-oidc"})
_SETS = frozenset({"defaultClientScopes", "redirectUris", "webOrigins"})
_PLAIN = frozenset({"passwordPolicy"})
_WORDS = frozenset({"true", "false", "client-secret"})
_FIRST = ("realm", "name", "clientId", "alias")
"""What a thing is called, and by what lists are put in order: Keycloak keeps none, and files are compared."""
_HEADER = """\
# The Keycloak realm {realm}, as codemiectl idp export found it. No secret is in here: what is left empty by
# ${{NAME:-}} stays as it is when this is applied; set the variable to change it, or to bring it to another Keycloak.
#
#   codemiectl idp apply FILE --plan           what would change
#   codemiectl idp apply FILE --allow-write    change it
#
# Users, groups, keys, flows and roles within roles are not in here.
"""


def export(reading: RealmReading, name: str) -> str:
    """The realm as YAML.

    Args:
        reading: of an administrator.
        name: of the realm.

    Raises:
        NotFound: there is no such realm.
        UpstreamFailed: Keycloak refuses.
    """
    realm, base = reading.realm(name), address_of(name)
    document: dict[str, Any] = {
        "realm": {"realm": name} | {key: value for key, value in _clean(realm).items() if not key.endswith("Flow")},
        "roles": _ordered([_chosen(role, "name", "description") for role in _roles(reading, base, name)]),
        "userProfile": _clean(reading.entry(f"{base}/users/profile")),
        "clientScopes": _ordered([_with_mappers(each) for each in reading.all_of(base, "client-scopes")]),
        "clients": _ordered([_client(reading, base, each) for each in _clients(reading, base)]),
        "identityProviders": _ordered([_provider(reading, base, each) for each in _providers(reading, base)]),
        "defaultIdentityProvider": _default_provider(reading, base, realm),
    }
    told = {section: _escaped(document[section]) for section in SECTIONS if document[section]}
    told["realm"]["realm"] = f"${{KEYCLOAK_REALM:-{name}}}"
    for kind, key in (("clients", "clientId"), ("identityProviders", "alias")):
        for each in told.get(kind, []):
            _leave_open(each, str(each[key]))
    body = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)
    return _HEADER.format(realm=name) + body


def _roles(reading: RealmReading, base: str, realm: str) -> list[dict[str, Any]]:
    own = _BUILT_IN_ROLES | {f"default-roles-{realm.lower()}"}
    return [role for role in reading.all_of(base, "roles") if role["name"] not in own]


def _clients(reading: RealmReading, base: str) -> list[dict[str, Any]]:
    return [each for each in reading.all_of(base, "clients") if each["clientId"] not in _BUILT_IN_CLIENTS]


def _providers(reading: RealmReading, base: str) -> list[dict[str, Any]]:
    return reading.all_of(base, "identity-provider/instances")


def _client(reading: RealmReading, base: str, found: dict[str, Any]) -> dict[str, Any]:
    client = _with_mappers(found)
    if "secret" in found:
        client["secret"] = ""
    if found.get("serviceAccountsEnabled"):
        client["serviceAccount"] = _service_account(reading, base, found)
    return client


def _service_account(reading: RealmReading, base: str, client: dict[str, Any]) -> dict[str, Any]:
    user = reading.entry(f"{base}/clients/{client['id']}/service-account-user")
    held = reading.entries(f"{base}/users/{user['id']}/role-mappings/realm")
    roles = sorted(role["name"] for role in held if not role["name"].startswith("default-roles-"))
    about = _chosen(user, "email", "firstName", "lastName", "attributes")
    return {name: value for name, value in (("realmRoles", roles), ("user", about)) if value}


def _provider(reading: RealmReading, base: str, found: dict[str, Any]) -> dict[str, Any]:
    mappers = reading.all_of(base, f"identity-provider/instances/{found['alias']}/mappers")
    provider: dict[str, Any] = {**_clean(found), "mappers": _ordered([_clean(each) for each in mappers])}
    if found.get("providerId") in _WITH_SECRET:
        provider["config"]["clientSecret"] = ""
    return provider


def _default_provider(reading: RealmReading, base: str, realm: dict[str, Any]) -> str:
    step = reading.redirector(base, realm)
    if "authenticationConfig" not in step:
        return ""
    found = reading.entry(f"{base}/authentication/config/{step['authenticationConfig']}")
    return str(found.get("config", {}).get("defaultProvider", ""))


def _with_mappers(found: dict[str, Any]) -> dict[str, Any]:
    mappers = _ordered([_clean(each) for each in found.get("protocolMappers", [])])
    return {**_clean(found), **({"protocolMappers": mappers} if mappers else {})}


def _chosen(thing: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in _clean(thing).items() if name in names}


def _ordered(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(things, key=lambda thing: [str(thing.get(name, "")) for name in _FIRST])


def _clean(thing: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty, generated or secret; lists stay whole, as they are compared so."""
    kept: dict[str, Any] = {}
    for name, value in sorted(thing.items(), key=lambda item: (item[0] not in _FIRST, item[0])):
        inner: Any = _clean(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        if name in _GENERATED | _APART or inner in (None, "", [], {}) or _is_secret(name, inner):
            continue
        kept[name] = sorted(inner) if name in _SETS else inner
    return kept


def _is_secret(name: str, value: Any) -> bool:
    if isinstance(value, list):
        rows = [cast("dict[str, Any]", row) for row in cast("list[Any]", value) if isinstance(row, dict)]
        return any(_is_secret(key, each) for row in rows for key, each in row.items())
    if not isinstance(value, str):
        return False
    return value == MASK or (bool(_SECRET.search(name)) and name not in _PLAIN and value not in _WORDS)


def _escaped(value: Any) -> Any:
    """What looks like a variable of the document, and is Keycloak's own text."""
    if isinstance(value, str):
        return re.sub(r"\$(?=\{[A-Z])", "$$", value)
    if isinstance(value, list):
        return [_escaped(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _escaped(each) for name, each in cast("dict[str, Any]", value).items()}
    return value


def _leave_open(thing: dict[str, Any], name: str) -> None:
    """Say by which variable the secret can be given."""
    variable = f"${{SECRET_OF_{re.sub('[^A-Z0-9]', '_', name.upper())}:-}}"
    if thing.get("secret") == "":
        thing["secret"] = variable
    if thing.get("config", {}).get("clientSecret") == "":
        thing["config"]["clientSecret"] = variable
