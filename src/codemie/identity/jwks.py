"""Checks tokens of the identity provider against its published keys.

Everything that costs nothing is checked first (length, algorithm, issuer, known key), so that invented tokens reach
neither the network nor a signature check. Follows RFC 7517, 7519, 8725 and 9068.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from codemie.identity import refused_tokens
from codemie.identity.provider import Provider, ProviderUnreachable
from codemie.identity.refused_tokens import FAILED, claim_problem, peek, refused
from codemie.identity.single_sign_on_settings import SingleSignOnSettings
from codemie.kernel.errors import NotAuthenticated
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

MAX_KEYS = 100
MIN_RSA_BITS = 2048
UNKNOWN_KEY_SECONDS = 10.0
"""A flood of tokens with invented key ids causes at most one look at the provider in this time."""

_KEY_TYPES: dict[str, type[Any]] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
_ACCESS_TOKEN_TYPES = frozenset({"", "jwt", "at+jwt", "application/at+jwt"})
_LOGOUT_TOKEN_TYPES = _ACCESS_TOKEN_TYPES | {"logout+jwt", "application/logout+jwt"}


class PublicKeys:
    """The provider's signing keys. Fetched when first needed, then in the background; old ones serve meanwhile.

    Args:
        provider: whose keys.
        seconds: age at which they are fetched anew.
    """

    def __init__(self, provider: Provider, seconds: float) -> None:
        self._provider = provider
        self._seconds = seconds
        self._keys: dict[str, Key] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        self._refresh: asyncio.Task[None] | None = None
        self.fetches = 0

    async def find(self, key_id: str | None, algorithm: str) -> Key:
        """The key a token names.

        Raises:
            NotAuthenticated: the provider has no such key for this algorithm.
            ProviderUnreachable: its keys were never seen.
        """
        if not self._keys:
            await self._fetch(after=self._tried_at)
            if not self._keys:
                raise ProviderUnreachable(details="It published no usable signing key.", retry_after=5)
        elif time.monotonic() - self._fetched_at > self._seconds:
            self._fetch_later()
        key = self._match(key_id, algorithm)
        if key is None:
            await self._look_again()
            key = self._match(key_id, algorithm)
        if key is None:
            raise NotAuthenticated(FAILED, details="The token is signed with an unknown key.", help="Sign in again.")
        return key

    def _match(self, key_id: str | None, algorithm: str) -> Key | None:
        wanted = _KEY_TYPES[algorithm[:2]]
        candidates = [key for name, key in self._keys.items() if key_id in (None, name)]
        fitting = [key for key in candidates if isinstance(key, wanted) and key.get("alg") in (None, algorithm)]
        return fitting[0] if len(fitting) == 1 else None

    async def _look_again(self) -> None:
        """Perhaps the provider has a new key: look when the last look is old enough, or wait for the one under way."""
        if self._lock.locked():
            async with self._lock:
                return
        if time.monotonic() - self._tried_at >= UNKNOWN_KEY_SECONDS:
            await self._fetch_quietly()

    def _fetch_later(self) -> None:
        if self._refresh is None or self._refresh.done():
            self._refresh = asyncio.create_task(self._fetch_quietly())

    async def _fetch_quietly(self) -> None:
        try:
            await self._fetch(after=self._tried_at)
        except ProviderUnreachable as error:
            log.warning("identity_provider_keys_not_refreshed", reason=str(error))

    async def _fetch(self, *, after: float) -> None:
        """Fetch the keys unless somebody else did since ``after``; a failure is not repeated within a second."""
        async with self._lock:
            if self._tried_at > after:
                return
            if not self._keys and time.monotonic() - self._tried_at < 1:
                raise ProviderUnreachable(retry_after=2)
            self._tried_at = time.monotonic()
            metadata = await self._provider.metadata()
            document = await self._provider.get_json(metadata.jwks_uri)
            self.fetches += 1
            self._keys = _usable_keys(document)
            self._fetched_at = self._tried_at = time.monotonic()


def _usable_keys(document: Mapping[str, Any]) -> dict[str, Key]:
    """Public signing keys by id; those for encryption, of other kinds or too short are left out."""
    listed: Any = document.get("keys")
    entries = cast("list[Any]", listed)[:MAX_KEYS] if isinstance(listed, list) else []
    keys: dict[str, Key] = {}
    for number, entry in enumerate(entries):
        key = _import(entry)
        if key is not None:
            keys[str(key.get("kid") or f"#{number}")] = key
    return keys


def _import(entry: Any) -> Key | None:
    if not isinstance(entry, dict):
        return None
    fields = cast("dict[str, Any]", entry)
    if fields.get("kty") not in ("RSA", "EC", "OKP") or fields.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key({name: value for name, value in fields.items() if name not in ("d", "x5c")})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        log.warning("identity_provider_key_ignored", reason=type(error).__name__)
        return None
    too_short = isinstance(key, RSAKey) and key.public_key.key_size < MIN_RSA_BITS
    return None if too_short else key


class TokenVerifier:
    """Decides whether the provider vouches for a token.

    Args:
        provider: whose tokens.
        settings: audience, algorithms, leeway.
        leeway_seconds: clock difference tolerated.
    """

    def __init__(self, provider: Provider, settings: SingleSignOnSettings, leeway_seconds: int) -> None:
        self._provider = provider
        self._settings = settings
        self._leeway = leeway_seconds
        self.keys = PublicKeys(provider, settings.oidc_keys_seconds)

    async def access_token(self, token: str) -> dict[str, Any]:
        """The claims of an access token that is meant for this platform.

        Raises:
            NotAuthenticated: anything is wrong with it; says what.
            ProviderUnreachable: the provider's keys were never seen.
        """
        header, claims = await self._verified(token, self._settings.oidc_audience, ("sub", "exp", "iat"))
        kind = str(header.get("typ") or "").lower()
        # Keycloak says in the claim `typ` what a token is for; only ID tokens hold the hash of an access token.
        is_other_token = claims.get("typ") not in (None, "Bearer", "DPoP") or "at_hash" in claims or "events" in claims
        if kind not in _ACCESS_TOKEN_TYPES or is_other_token:
            raise refused("It is no access token.", help="Send the access token, not the ID or refresh token.")
        return claims

    async def id_token(self, token: str, nonce: str | None) -> dict[str, Any]:
        """The claims of an ID token for our client (OpenID Connect Core 3.1.3.7).

        Args:
            token: from the token endpoint.
            nonce: of the sign-in; None after a refresh, where the provider may leave it out.

        Raises:
            NotAuthenticated: it does not hold, or answers another sign-in.
        """
        client = self._settings.oidc_client_id or ""
        _, claims = await self._verified(token, (client,), ("sub", "exp", "iat"))
        if nonce is not None and claims.get("nonce") != nonce:
            raise refused("It answers another sign-in.")
        audience = claims.get("aud")
        if claims.get("azp", client) != client and isinstance(audience, list):
            raise refused("It was issued to another client.")
        return claims

    async def logout_token(self, token: str) -> dict[str, Any]:
        """The claims of a back-channel logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).

        Raises:
            NotAuthenticated: it does not hold.
        """
        settings = self._settings
        clients = (settings.oidc_client_id or "", *settings.oidc_audience, *settings.oidc_logout_clients)
        header, claims = await self._verified(token, tuple(filter(None, clients)), ("iat", "jti"))
        events = claims.get("events")
        if not isinstance(events, dict) or "http://schemas.openid.net/event/backchannel-logout" not in events:
            raise refused("It is no logout token.")
        if str(header.get("typ") or "").lower() not in _LOGOUT_TOKEN_TYPES or "nonce" in claims:
            raise refused("It is no logout token.")
        if abs(time.time() - claims["iat"]) > 300 + self._leeway:
            raise refused("It is too old.")
        if not (isinstance(claims.get("sid"), str) or isinstance(claims.get("sub"), str)):
            raise refused("It names neither session nor user.")
        return claims

    async def _verified(
        self, token: str, audience: tuple[str, ...], essential: tuple[str, ...]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        header, unverified = peek(token)
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self._settings.oidc_algorithms:
            raise refused_tokens.algorithm(algorithm)
        if unverified.get("iss") != self._provider.issuer:
            raise refused("It is from another issuer.", help="See identity.oidc_issuer.")
        key_id = header.get("kid")
        key = await self.keys.find(key_id if isinstance(key_id, str) else None, algorithm)
        expected = jwt.JWTClaimsRegistry(
            leeway=self._leeway,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "values": list(audience)},
            **{name: {"essential": True} for name in essential},  # pyright: ignore[reportArgumentType]
        )
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm]).claims
            expected.validate(claims)
        except ExpiredTokenError as error:
            raise NotAuthenticated("Token has expired", help="Sign in again.") from error
        except (InvalidClaimError, MissingClaimError) as error:
            raise refused(claim_problem(error, "identity.oidc_audience")) from error
        except (JoseError, ValueError, TypeError, OverflowError) as error:
            raise refused("Its signature does not hold.") from error
        return header, claims
