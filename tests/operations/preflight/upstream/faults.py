"""What can be wrong between Keycloak and the provider behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.fakes.keycloak import State
from tests.operations.injection import Fault

Variables = dict[str, str]


@dataclass(frozen=True)
class UpstreamFault(Fault):
    """A fault of the realm file, or of the provider.

    Attributes:
        told: part of what the check says.
        inject: changes the variables of the file, or the provider.
    """

    told: str = ""
    inject: Callable[[Variables, State], Any] = lambda _, __: None


def in_days(days: int) -> str:
    """A date from today on."""
    return str(dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days))


def _fault(
    what: str, told: str, inject: Callable[[Variables, State], Any], status: Status = Status.FAIL
) -> UpstreamFault:
    return UpstreamFault("idp.upstream", what, status, told, inject)


def _given(what: str, told: str, status: Status = Status.FAIL, **changed: str) -> UpstreamFault:
    return _fault(what, told, lambda variables, _: variables.update(changed), status)


FAULTS: tuple[UpstreamFault, ...] = (
    _given("the issuer is mistyped", "answers 404", BROKER_ISSUER="http://127.0.0.1:{port}/realms/codmie"),
    _given("nobody answers at the issuer", "cannot be reached", BROKER_ISSUER="http://127.0.0.1:9/realms/x"),
    _given("the token address is another provider's", "tokenUrl is https://old", BROKER_TOKEN_URL="https://old.test/t"),
    _given("the address of the keys is missing", "jwksUrl is missing", BROKER_JWKS_URL=""),
    _given("the address for signing out is mistyped", "logoutUrl is", BROKER_LOGOUT_URL="https://old.test/logout"),
    _given("another alias than was registered", "Keycloak sends https://sso.test/realms/", BROKER_ALIAS="other"),
    _given("the client id is mistyped", "redirect URI: status 400", BROKER_CLIENT_ID="keyclaok"),
    _given("the secret is another one", "secret: unauthorized_client", BROKER_CLIENT_SECRET="planted-other-secret"),
    _given("there is no secret", "secret: there is none", BROKER_CLIENT_SECRET=""),
    _given("the secret has ended", "the secret ended on", BROKER_SECRET_EXPIRES=in_days(-1)),
    _given("the secret ends in a week", "in 7 days", Status.WARN, BROKER_SECRET_EXPIRES=in_days(7)),
    _fault(
        "the provider offers no PKCE with S256",
        "PKCE with S256 is not offered",
        lambda _, state: state.methods.remove("S256"),
    ),
    _fault(
        "the redirect URI is not registered",
        "redirect URI: status 400",
        lambda _, state: state.clients["keycloak"].update(redirectUris=["https://sso.test/"]),
    ),
)
