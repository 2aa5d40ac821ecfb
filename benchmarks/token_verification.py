"""What it costs to know who is calling: a token of an identity provider, seen before and for the first time."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any
from unittest.mock import patch

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.requests import Request

from benchmarks.harness import Row
from codemie.identity.authentication import Authenticator
from codemie.identity.cache import Verified
from codemie.identity.caller import Caller
from codemie.identity.claims import external_identity
from codemie.identity.client_address import ClientAddresses
from codemie.identity.jwks import TokenVerifier
from codemie.identity.provider import Metadata, Provider
from codemie.identity.refusals import Refusals
from codemie.identity.settings import IdentitySettings

ISSUER = "https://issuer.example"
CACHED_CALLS, UNCACHED_CALLS = 20_000, 1_000
CACHED_TARGET_US, UNCACHED_TARGET_US = 50, 1_000


def measure() -> list[Row]:
    """Verify one token again and again, then many once each; beside them, the bare signature check.

    Uncached covers signature, claims and mapping; the one query for the user comes on top, once in 30 seconds.
    """
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    settings = IdentitySettings(mode="oidc", oidc_issuer=ISSUER)
    key = RSAKey.generate_key(2048, {"kid": "bench", "use": "sig", "alg": "RS256"})
    metadata = Metadata(ISSUER, ISSUER, ISSUER, f"{ISSUER}/certs", None, client_secret_post=False)
    document = KeySet([key]).as_dict(private=False)

    async def answer(*_: Any) -> Any:
        return dict(document)

    async def discovered(*_: Any) -> Metadata:
        return metadata

    with patch.object(Provider, "get_json", answer), patch.object(Provider, "metadata", discovered):
        provider = Provider(settings)
        verifier = TokenVerifier(provider, settings, settings.leeway_seconds)
        tokens = [_token(key) for _ in range(UNCACHED_CALLS)]
        bare = await _each(tokens, _bare(key))
        uncached = await _each(tokens, _whole(verifier, settings))
        cached = await _cached(settings, tokens[0])
    baseline = {"name": "signature check alone", "p50_us": bare}
    return [
        _row("identity.token.cached", cached, CACHED_TARGET_US, baseline),
        _row("identity.token.uncached", uncached, UNCACHED_TARGET_US, baseline),
    ]


def _row(name: str, microseconds: float, target: float, baseline: dict[str, Any]) -> Row:
    return Row(
        name,
        ratio=round(microseconds / baseline["p50_us"], 3),
        baseline=baseline,
        figures={"p50_us": round(microseconds, 1)},
        target=f"≤ {target} µs",
        met=microseconds <= target,
    )


def _token(key: RSAKey) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": ["codemie", "account"],
        "sub": secrets.token_hex(16),
        "iat": now,
        "exp": now + 3600,
        "typ": "Bearer",
        "sid": secrets.token_hex(16),
        "email": "ada@codemie.test",
        "preferred_username": "ada",
        "name": "Ada Lovelace",
        "realm_access": {"roles": ["developer", "offline_access"]},
        "applications": [f"project-{number}" for number in range(10)],
    }
    return jwt.encode({"alg": "RS256", "kid": "bench"}, claims, key)


Check = Callable[[str], Awaitable[object]]


def _bare(key: RSAKey) -> Check:
    async def check(token: str) -> object:
        return jwt.decode(token, key, algorithms=["RS256"])

    return check


def _whole(verifier: TokenVerifier, settings: IdentitySettings) -> Check:
    async def check(token: str) -> object:
        return external_identity(await verifier.access_token(token), settings)

    return check


async def _each(tokens: list[str], check: Check) -> float:
    """Median microseconds of one check."""
    await check(tokens[0])
    times: list[float] = []
    for token in tokens:
        started = time.perf_counter()
        await check(token)
        times.append(time.perf_counter() - started)
    return median(times) * 1e6


async def _cached(settings: IdentitySettings, token: str) -> float:
    """Median microseconds of recognising a request whose token was verified a moment ago."""
    nothing: Any = None
    something: Any = object()  # never called: the token is known
    addresses, refusals = ClientAddresses(()), Refusals(nothing, 0)
    authenticator = Authenticator(nothing, nothing, settings, frozenset(), addresses, refusals, something)
    verified = Verified(Caller("1", "ada", "Ada", "ada@codemie.test"), time.time() + 600)

    async def verify(_: str) -> Verified:
        return verified

    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": "GET", "path": "/v1/user", "headers": headers, "client": ("127.0.0.1", 1)}
    times: list[float] = []
    with patch.object(Authenticator, "_verify", lambda _, sent: verify(sent)):
        for _ in range(CACHED_CALLS):
            request = Request(scope)
            started = time.perf_counter()
            await authenticator.authenticate(request)
            times.append(time.perf_counter() - started)
    return median(times) * 1e6
