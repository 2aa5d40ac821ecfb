"""Makes a Keycloak realm as a document says, over Keycloak's admin REST API. Applied twice, it changes nothing.

Each change is first found, then told (`Change`), and only made when asked. Things the document does not name stay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from codemie.identity.realm_document import differences, merged
from codemie.identity.realm_reading import MOST, RealmReading, address_of
from codemie.kernel.errors import UpstreamFailed

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was or would be made or changed."""

    action: str  # create or update
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """A list of things in the realm.

    Args:
        path: of the list, below the realm or its parent.
        key: field that tells them apart in the document.
        address: field that stands in their own paths.
        children: fields that are lists of things of their own.
        apart: fields that Keycloak takes elsewhere.
    """

    title: str
    path: str
    key: str
    address: str
    children: "tuple[tuple[str, _Kind], ...]" = ()
    apart: tuple[str, ...] = ()


_MAPPERS = _Kind("mapper", "protocol-mappers/models", "name", "id")
_IDP_MAPPERS = _Kind("mapper", "mappers", "name", "id")
_KINDS: dict[str, _Kind] = {
    "roles": _Kind("role", "roles", "name", "name"),
    "clientScopes": _Kind("client scope", "client-scopes", "name", "id", (("protocolMappers", _MAPPERS),)),
    "clients": _Kind(
        "client",
        "clients",
        "clientId",
        "id",
        (("protocolMappers", _MAPPERS),),
        ("defaultClientScopes", "serviceAccount"),
    ),
    "identityProviders": _Kind(
        "identity provider", "identity-provider/instances", "alias", "alias", (("mappers", _IDP_MAPPERS),)
    ),
}


class RealmAdmin:
    """An administrator of a Keycloak.

    Args:
        client: HTTP client whose base address is the server's, signed in as an administrator.
        dry: find changes without making them.
    """

    def __init__(self, client: "httpx2.Client", *, dry: bool) -> None:
        self._client = client
        self._reading = RealmReading(client)
        self._dry = dry

    def apply(self, document: Mapping[str, Any]) -> Iterator[Change]:
        """Make the realm so, and tell each change when it is made.

        Args:
            document: as ``realm_document.load`` gives it.

        Raises:
            UpstreamFailed: Keycloak refuses; what was changed before stays changed.
        """
        name = str(document["realm"]["realm"])
        base = address_of(name)
        found = self._reading.get(base)
        if found is None:
            yield self._made("create", f"realm {name}", "POST", "/admin/realms", document["realm"])
        elif lines := differences(document["realm"], found):
            yield self._made("update", f"realm {name}", "PUT", base, merged(found, document["realm"]), lines)
        is_planned = found is None and self._dry
        for section, kind in _KINDS.items():
            for wanted in document.get(section, []):
                yield from self._apply_one(base, kind, wanted, None if is_planned else self._list(base, kind))
            if section == "roles":
                yield from self._apply_profile(base, document.get("userProfile", {}))
        yield from self._apply_default_provider(base, document.get("defaultIdentityProvider") or "")

    def _list(self, base: str, kind: _Kind) -> list[dict[str, Any]]:
        return self._reading.entries(f"{base}/{kind.path}?max={MOST}")

    def _apply_one(
        self, base: str, kind: _Kind, wanted: dict[str, Any], existing: list[dict[str, Any]] | None
    ) -> Iterator[Change]:
        label = f"{kind.title} {wanted[kind.key]}"
        children = {field for field, _ in kind.children}
        own = {name: value for name, value in wanted.items() if name not in children | set(kind.apart)}
        found = _named(existing, kind, wanted)
        if found is None:
            yield self._made("create", label, "POST", f"{base}/{kind.path}", own)
            found = None if self._dry else _named(self._list(base, kind), kind, wanted)
        elif lines := differences(own, found):
            yield self._made("update", label, "PUT", _address(base, kind, found), merged(found, own), lines)
        at = _address(base, kind, found) if found else ""
        for field, child in kind.children:
            listed = self._list(at, child) if found else None
            for element in wanted.get(field, []):
                filled = {**element, "identityProviderAlias": wanted["alias"]} if "alias" in wanted else element
                yield from (
                    (Change(c.action, f"{label}: {c.what}", c.details))
                    for c in self._apply_one(at, child, filled, listed)
                )
        yield from self._apply_scopes(base, at, label, wanted.get("defaultClientScopes", []))
        yield from self._apply_service_account(base, at, label, wanted.get("serviceAccount", {}))

    def _apply_scopes(self, base: str, client: str, label: str, scopes: list[str]) -> Iterator[Change]:
        """Scopes a client lacks; one that is only planned (``client`` is empty) will get the realm's own."""
        if not scopes:
            return
        listed = f"{client}/default-client-scopes" if client else f"{base}/default-default-client-scopes"
        present = {scope["name"] for scope in self._reading.entries(listed)}
        known = {scope["name"]: scope["id"] for scope in self._reading.entries(f"{base}/client-scopes")}
        for name in scopes:
            if name not in present:
                scope_id = known.get(name, "")
                yield self._made(
                    "update", f"{label}: scope {name}", "PUT", f"{client}/default-client-scopes/{scope_id}", {}
                )

    def _apply_service_account(self, base: str, client: str, label: str, wanted: Mapping[str, Any]) -> Iterator[Change]:
        if not wanted:
            return
        user = self._reading.entry(f"{client}/service-account-user") if client else {}
        at = f"{base}/users/{user['id']}" if user else ""
        if lines := differences(wanted.get("user", {}), user):
            yield self._made("update", f"{label}: service account", "PUT", at, merged(user, wanted["user"]), lines)
        present = {role["name"] for role in self._reading.entries(f"{at}/role-mappings/realm")} if user else set[str]()
        for name in wanted.get("realmRoles", []):
            if name not in present:
                role = self._reading.get(f"{base}/roles/{quote(name, safe='')}")
                yield self._made("update", f"{label}: role {name}", "POST", f"{at}/role-mappings/realm", [role])

    def _apply_profile(self, base: str, wanted: Mapping[str, Any]) -> Iterator[Change]:
        if not wanted:
            return
        found = self._reading.entry(f"{base}/users/profile")
        listed: list[dict[str, Any]] = found.get("attributes", [])
        attributes = {attribute["name"]: attribute for attribute in listed}
        lines = [
            line
            for attribute in wanted.get("attributes", [])
            for line in differences(attribute, attributes.get(attribute["name"]), attribute["name"])
        ]
        rest = {name: value for name, value in wanted.items() if name != "attributes"}
        lines += differences(rest, found)
        if lines:
            for attribute in wanted.get("attributes", []):
                attributes[attribute["name"]] = merged(attributes.get(attribute["name"], {}), attribute)
            profile = {**merged(found, rest), "attributes": list(attributes.values())}
            yield self._made("update", "user profile", "PUT", f"{base}/users/profile", profile, lines)

    def _apply_default_provider(self, base: str, alias: str) -> Iterator[Change]:
        """Where browsers are sent that ask for no provider: a setting of one step of the realm's browser flow."""
        if not alias:
            return
        step = self._reading.redirector(base, self._reading.entry(base))
        at = f"{base}/authentication/config/{step['authenticationConfig']}" if "authenticationConfig" in step else ""
        found = self._reading.entry(at) if at else {}
        wanted = {"config": {"defaultProvider": alias}}
        label = "default identity provider"
        if not found:
            new = {"alias": f"{alias} by default", **wanted}
            yield self._made("create", label, "POST", f"{base}/authentication/executions/{step.get('id')}/config", new)
        elif lines := differences(wanted, found):
            yield self._made("update", label, "PUT", at, merged(found, wanted), lines)

    def _made(
        self, action: str, what: str, method: str, path: str, body: Any, lines: list[str] | None = None
    ) -> Change:
        if not self._dry:
            answer = self._client.request(method, path, json=body)
            if answer.status_code >= 300:
                raise UpstreamFailed(f"Keycloak refused to {action} {what}", details=answer.text[:500])
        return Change(action, what, tuple(lines or ()))


def _named(existing: list[dict[str, Any]] | None, kind: _Kind, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    return next((entry for entry in existing or [] if entry.get(kind.key) == wanted[kind.key]), None)


def _address(base: str, kind: _Kind, found: Mapping[str, Any]) -> str:
    return f"{base}/{kind.path}/{quote(str(found[kind.address]), safe='')}"
