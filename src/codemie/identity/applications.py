"""Applications outside that act for themselves: their tokens, and how little they may do.

An application signs its own tokens; `iss` is its name in the operator's list. It is no user: it belongs to no project,
has no role, and reaches the data sources granted to it, on the few routes of `OPEN`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from codemie.identity import applications_file, refused_tokens
from codemie.identity.applications_file import Application
from codemie.identity.applications_keys import ApplicationKeys, key_client
from codemie.identity.caller import Caller
from codemie.identity.refused_tokens import claim_problem, peek, refused
from codemie.identity.settings import IdentitySettings
from codemie.kernel.errors import AccessDenied, NotAuthenticated

MAX_LIFETIME_SECONDS = 3600
"""A token that leaks is worthless soon: nobody can revoke what the application signs for itself."""

_ALGORITHMS: dict[type[Any], tuple[str, ...]] = {
    RSAKey: ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ECKey: ("ES256", "ES384", "ES512"),
    OKPKey: ("Ed25519",),
}
_HELP = "See identity.applications_file."

_SOURCE = r"/v1/index/[0-9a-f-]{32,36}"
OPEN = re.compile(
    rf"GET (/v1/index|/v1/index/find_id|{_SOURCE}(/elasticsearch|/events|/skipped|/search|/passages/[^/]+)?)"
    rf"|POST {_SOURCE}/(search|cancel)"
    r"|PUT /v1/index/knowledge_base/[^/]+/reindex"
    rf"|DELETE {_SOURCE}"
)
"""All that applications may call; within it the policy asks for a grant."""


@dataclass(frozen=True, slots=True)
class VerifiedApplication:
    """An application that proved to be the one, until ``expires_at`` (Unix time)."""

    application: Application
    expires_at: float


class Applications:
    """The listed applications and their keys.

    Args:
        listed: by name.
        keys: check their signatures.
        audience: what a token must be meant for.
        leeway_seconds: clock difference tolerated.
    """

    def __init__(
        self, listed: dict[str, Application], keys: ApplicationKeys, audience: str, leeway_seconds: int
    ) -> None:
        self._listed = listed
        self._keys = keys
        self._audience = audience
        self._leeway = leeway_seconds

    def find(self, name: str) -> Application | None:
        """The application of that name."""
        return self._listed.get(name)

    def granted(self, resource: str) -> list[str]:
        """Names of those that things of a kind may be granted to, in order."""
        return sorted(name for name, one in self._listed.items() if resource in one.allowed_resources)

    def issued(self, token: str) -> bool:
        """Does a token claim to be an application's? Says nothing of whether it is."""
        try:
            _, claims = peek(token)
        except NotAuthenticated:
            return False
        issuer = claims.get("iss")
        return isinstance(issuer, str) and issuer in self._listed

    async def verify(self, token: str) -> VerifiedApplication:
        """The application that signed a token.

        Raises:
            NotAuthenticated: anything is wrong with the token; says what.
            Unavailable: the application's key was never seen.
        """
        header, unverified = peek(token)
        application = self._listed[unverified["iss"]]
        key, algorithm = await self._keys.of(application), header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS[type(key)]:
            raise refused_tokens.algorithm(algorithm)
        expected = jwt.JWTClaimsRegistry(
            leeway=self._leeway,
            iss={"essential": True, "value": application.name},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm]).claims
            expected.validate(claims)
        except ExpiredTokenError as error:
            raise NotAuthenticated("Token has expired", help="Sign a new one.") from error
        except (InvalidClaimError, MissingClaimError) as error:
            raise refused(claim_problem(error, "identity.audience"), help=_HELP) from error
        except (JoseError, ValueError, TypeError, OverflowError) as error:
            raise refused("Its signature does not hold.", help=_HELP) from error
        if claims["exp"] - claims["iat"] > MAX_LIFETIME_SECONDS:
            raise refused(f"It is valid for longer than {MAX_LIFETIME_SECONDS} seconds.", help="Sign shorter ones.")
        return VerifiedApplication(application, claims["exp"] + self._leeway)

    async def close(self) -> None:
        """End what is open."""
        await self._keys.close()


def open_applications(settings: IdentitySettings) -> Applications | None:
    """The applications of the settings; None when there is no list.

    Raises:
        ConfigurationError: the list cannot be used.
    """
    if settings.applications_file is None:
        return None
    taken = frozenset(filter(None, (settings.issuer, settings.oidc_issuer)))
    domains = settings.applications_key_domains
    listed = applications_file.read(settings.applications_file, domains, taken)
    return Applications(listed, ApplicationKeys(key_client(domains)), settings.audience, settings.leeway_seconds)


def principal_id(name: str) -> str:
    """The caller's id of an application; no user's, whose ids hold no colon."""
    return f"application:{name}"


def as_caller(application: Application, grants: Iterable[tuple[str, str]]) -> Caller:
    """The application as a caller: no project, no role, its grants."""
    granted = frozenset(grants) if "datasource" in application.allowed_resources else frozenset[tuple[str, str]]()
    name = application.name
    return Caller(
        id=principal_id(name),
        username=name,
        name=name,
        email="",
        marketplace_projects=frozenset(),
        user_type="external",
        application=name,
        granted=granted,
    )


def require_permitted(caller: Caller, method: str, path: str) -> None:
    """Refuse an application what no grant can open (403); people pass."""
    if caller.application and OPEN.fullmatch(f"{method} {path}") is None:
        raise AccessDenied(
            "Access denied",
            details="An application may only use the data sources granted to it.",
            help="Sign in as a user.",
        )
