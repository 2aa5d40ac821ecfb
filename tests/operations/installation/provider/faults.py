"""What can be wrong at the identity provider, and how the tests bring it about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.keycloak import State, mapper
from tests.fakes.oidc_issuer import TOKEN_EXCHANGE
from tests.operations.injection import Fault


@dataclass(frozen=True)
class ProviderFault(Fault):
    """A fault of the realm.

    Attributes:
        told: part of what the check says.
    """

    told: str = ""
    inject: Callable[[State], Any] = lambda _: None


def _flow(what: str, told: str, inject: Callable[[State], Any]) -> ProviderFault:
    return ProviderFault("idp.flows", what, Status.FAIL, told, inject)


def _mapping(what: str, told: str, inject: Callable[[State], Any], status: Status = Status.FAIL) -> ProviderFault:
    return ProviderFault("idp.applications_mapper", what, status, told, inject)


def _profile(what: str, told: str, **profile: Any) -> ProviderFault:
    def inject(state: State) -> None:
        state.profile = profile

    return ProviderFault("idp.unmanaged_attributes", what, Status.FAIL, told, inject)


def _without(client: str, grant: str) -> Callable[[State], Any]:
    return lambda state: state.clients[client]["grants"].discard(grant)


def _mappers(*mappers: dict[str, Any]) -> Callable[[State], None]:
    def inject(state: State) -> None:
        state.scopes[1]["protocolMappers"] = list(mappers)

    return inject


_OTHER = mapper("applications_admin")
_DECLARED = [{"name": name, "permissions": {"edit": ["admin"]}} for name in ("applications", "applications_admin")]
_THEIR_OWN = {"name": "applications", "permissions": {"edit": ["admin", "user"]}}

FAULTS: tuple[ProviderFault, ...] = (
    ProviderFault(
        "idp.clock", "its clock is behind", Status.FAIL, "s behind", lambda state: setattr(state, "late", 300)
    ),
    ProviderFault(
        "idp.clock", "its clock is ahead", Status.FAIL, "s ahead", lambda state: setattr(state, "late", -300)
    ),
    ProviderFault("idp.clock", "it is a little off", Status.WARN, "s behind", lambda state: setattr(state, "late", 20)),
    _flow(
        "the redirect URI is not registered",
        "authorization code with PKCE: status 400",
        lambda state: state.clients["codemie"].update(redirectUris=["https://old.test/callback"]),
    ),
    _flow(
        "the code flow is switched off at our client",
        "authorization code with PKCE: unauthorized_client",
        _without("codemie", "authorization_code"),
    ),
    _flow("PKCE with S256 is not offered", "does not offer PKCE", lambda state: state.methods.remove("S256")),
    _flow(
        "the secret of our client was changed",
        "secret of our client: unauthorized_client",
        lambda state: state.clients["codemie"].update(secret="another"),
    ),
    _flow(
        "a machine may not get tokens",
        "client credentials: unauthorized_client",
        _without("machine", "client_credentials"),
    ),
    _flow("the password grant is switched off", "password: unauthorized_client", _without("sdk", "password")),
    _flow(
        "a refresh token is given, and not taken",
        "refresh: invalid_grant",
        lambda state: state.clients["sdk"].update(forgets=True),
    ),
    _flow("tokens are not exchanged", "token exchange: unauthorized_client", _without("codemie", TOKEN_EXCHANGE)),
    _flow(
        "tokens are for another audience",
        "It is meant for another audience",
        lambda state: vars(state).update(audience="account"),
    ),
    _mapping("the mapper of projects was deleted", "codemie: applications has no mapper", _mappers(_OTHER)),
    _mapping(
        "projects are not put into access tokens",
        "not put into the token",
        _mappers(mapper("applications", **{"access.token.claim": "false"}), _OTHER),
    ),
    _mapping(
        "projects are told as a number",
        "is of type long",
        _mappers(mapper("applications", **{"jsonType.label": "long"}), _OTHER),
    ),
    _mapping(
        "the scope with the mappers is no default one of our client",
        "has no mapper in a default scope",
        lambda state: state.clients["codemie"].update(defaultClientScopes=["profile"]),
    ),
    _mapping(
        "the mapper of administered projects is missing",
        "Nobody administers a project",
        _mappers(mapper("applications")),
        Status.WARN,
    ),
    _profile("attributes are neither declared nor allowed", "Keycloak drops applications, ", attributes=[]),
    _profile(
        "attributes may be seen, and are not kept",
        "the policy for such attributes is ADMIN_VIEW",
        attributes=_DECLARED[:1],
        unmanagedAttributePolicy="ADMIN_VIEW",
    ),
    _profile(
        "the policy lets everybody edit their own projects",
        "so join any project",
        attributes=[],
        unmanagedAttributePolicy="ENABLED",
    ),
    _profile(
        "projects are declared as people's own to edit",
        "change their own applications at",
        attributes=[_THEIR_OWN, _DECLARED[1]],
    ),
)
