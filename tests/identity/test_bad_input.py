"""Every kind of bad credential, end to end: 401 or 400 with its reason, slowed down by address, in the audit log.

Never a 500. What the single parts do stands in `test_oidc_tokens.py`, `test_tokens.py` and `test_refusals.py`.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import text
from tests.fakes.oidc_issuer import FakeIssuer, hmac_signed, unsigned
from tests.identity.single_sign_on import browser, platform_at, somebody, whoami
from tests.identity.test_refusals import told
from tests.support import Platform

LIMIT = 10
FAILED = "Token validation failed"
DEACTIVATED = "Account is deactivated"
PROXY = "X-Auth-Request-Access-Token"


@pytest.fixture(scope="module")
async def wary(
    issuer: FakeIssuer, tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform that loses patience soon; the tests play clients of many addresses."""
    extra = {
        "CODEMIE_IDENTITY_REFUSALS_PER_MINUTE": str(LIMIT),
        "CODEMIE_IDENTITY_TRUSTED_PROXIES": "127.0.0.0/8 ::1",
    }
    async with platform_at(issuer, tmp_path_factory.mktemp("wary"), postgres_url, nats_url, **extra) as running:
        yield running


@dataclass(frozen=True)
class Attempt:
    """Somebody who tries something bad, from an address of their own."""

    platform: Platform
    issuer: FakeIssuer
    address: str

    async def ask(self, **headers: str) -> httpx2.Response:
        async with self.platform.client() as client:
            return await client.get("/v1/user", headers={"X-Forwarded-For": self.address, **headers})

    async def bearer(self, token: str) -> httpx2.Response:
        return await self.ask(Authorization=f"Bearer {token}")

    def claims(self) -> dict[str, Any]:
        now = int(time.time())
        fixed = {"iss": self.issuer.url, "aud": "codemie", "iat": now, "exp": now + 60}
        return fixed | somebody().all_claims()


def with_claims(**changes: Any) -> Callable[[Attempt], Awaitable[httpx2.Response]]:
    async def send(attempt: Attempt) -> httpx2.Response:
        return await attempt.bearer(attempt.issuer.token(somebody(), **changes))

    return send


async def alg_none(attempt: Attempt) -> httpx2.Response:
    return await attempt.bearer(unsigned(attempt.claims()))


async def public_key_as_secret(attempt: Attempt) -> httpx2.Response:
    public = attempt.issuer.rsa.as_pem(private=False)
    return await attempt.bearer(hmac_signed(attempt.claims(), public, kid=attempt.issuer.rsa.kid or ""))


_STRANGER = RSAKey.generate_key(2048)


async def invented_key(attempt: Attempt) -> httpx2.Response:
    token = attempt.issuer.sign(attempt.claims(), "RS256", _STRANGER, kid=f"invented-{time.monotonic_ns()}")
    return await attempt.bearer(token)


def of_a_user_who_is(change: str) -> Callable[[Attempt], Awaitable[httpx2.Response]]:
    async def send(attempt: Attempt) -> httpx2.Response:
        person = somebody()
        # From elsewhere: the address of the attempt may have lost its right to new tokens.
        came = await whoami(attempt.platform, attempt.issuer.token(person), **{"X-Forwarded-For": "192.0.2.200"})
        async with attempt.platform.resources.database.session() as session:
            await session.execute(text(f"UPDATE users SET {change} WHERE id = :id"), {"id": came.json()["user_id"]})
        return await attempt.bearer(attempt.issuer.token(person))

    return send


async def two_tokens(attempt: Attempt) -> httpx2.Response:
    one, other = (attempt.issuer.token(somebody()) for _ in range(2))
    return await attempt.ask(Authorization=f"Bearer {one}", **{PROXY: other})


async def token_and_cookie(attempt: Attempt) -> httpx2.Response:
    token = attempt.issuer.token(somebody())
    return await attempt.ask(Authorization=f"Bearer {token}", Cookie="codemie_access_token=x")


async def headers_of_a_proxy(attempt: Attempt) -> httpx2.Response:
    return await attempt.ask(**{"X-Auth-Request-User": "admin", "X-Auth-Request-Email": "admin@codemie.test"})


async def token_of_a_proxy(attempt: Attempt) -> httpx2.Response:
    return await attempt.ask(**{PROXY: unsigned(attempt.claims())})


async def replayed_code(attempt: Attempt) -> httpx2.Response:
    """The browser's way back from the provider, taken a second time."""
    attempt.issuer.person = somebody()
    async with browser(attempt.platform) as client:
        client.headers["X-Forwarded-For"] = "192.0.2.201"
        came = await client.get("/v1/auth/sign-in")
        back = next(each.url for each in (*came.history, came) if "/v1/auth/callback" in str(each.url))
        client.headers["X-Forwarded-For"] = attempt.address
        return await client.get(str(back), follow_redirects=False)


async def open_redirect(attempt: Attempt) -> httpx2.Response:
    async with attempt.platform.client() as client:
        headers = {"X-Forwarded-For": attempt.address}
        return await client.get("/v1/auth/sign-in", params={"next": "https://evil.test"}, headers=headers)


@dataclass(frozen=True)
class Refusal:
    """What the client must be told, and how the log calls the way it came."""

    message: str
    details: str
    method: str = "bearer"
    status: int = 401


BAD: dict[str, tuple[Callable[[Attempt], Awaitable[httpx2.Response]], Refusal]] = {
    "expired": (with_claims(exp=time.time() - 3600), Refusal("Token has expired", "")),
    "not yet valid": (with_claims(nbf=time.time() + 86_400), Refusal(FAILED, "It is not valid yet.")),
    "wrong audience": (
        with_claims(aud="account"),
        Refusal(FAILED, "It is meant for another audience; see identity.oidc_audience."),
    ),
    "wrong issuer": (with_claims(iss="https://evil.test"), Refusal(FAILED, "It is from another issuer.")),
    "alg none": (alg_none, Refusal(FAILED, "Signature algorithm 'none' is not accepted.")),
    "HS256 with the public key": (
        public_key_as_secret,
        Refusal(FAILED, "Signature algorithm 'HS256' is not accepted."),
    ),
    "unknown key": (invented_key, Refusal(FAILED, "The token is signed with an unknown key.")),
    "of a disabled user": (of_a_user_who_is("is_active = false"), Refusal(DEACTIVATED, "")),
    "of a deleted user": (of_a_user_who_is("is_active = false, deleted_at = now()"), Refusal(DEACTIVATED, "")),
    "attribute of a wrong type": (
        with_claims(applications={"a": 1}),
        Refusal("A claim of the token cannot be used", "applications: expected a list of names"),
    ),
    "two tokens": (two_tokens, Refusal("Ambiguous authentication", "The request carries two access tokens")),
    "token and cookie": (token_and_cookie, Refusal("Ambiguous authentication", "both an Authorization header and")),
    "forged headers of a proxy": (
        headers_of_a_proxy,
        Refusal("Authentication required", "believed only together with an access token", "header"),
    ),
    "forged token of a proxy": (
        token_of_a_proxy,
        Refusal(FAILED, "Signature algorithm 'none' is not accepted.", "proxy"),
    ),
    "replayed code": (replayed_code, Refusal("This browser has not started this sign-in", "", "return")),
    "open redirect": (
        open_redirect,
        Refusal("'next' must be a path of this platform", "It starts with one slash.", "redirect", 400),
    ),
}


@pytest.mark.parametrize("what", BAD)
async def test_it_is_refused_with_its_reason_slowed_down_and_written_down(
    wary: Platform, issuer: FakeIssuer, what: str
) -> None:
    send, expected = BAD[what]
    attempt = Attempt(wary, issuer, f"198.18.0.{list(BAD).index(what) + 1}")

    first = await send(attempt)

    error = first.json()["error"]
    assert (first.status_code, error["message"]) == (expected.status, expected.message), first.text
    assert expected.details in (error["details"] or "")
    (row, *_) = await told(wary, attempt.address)
    assert (row["method"], row["reason"], row["count"]) == (expected.method, expected.message, 1)
    assert expected.details in row.get("details", "")

    rest = [(await send(attempt)).status_code for _ in range(LIMIT + 1)]
    assert rest == [expected.status] * (LIMIT - 1) + [429] * 2
    slowed = await told(wary, attempt.address, 2)
    assert {row["reason"] for row in slowed} == {expected.message, "Too many attempts"}
