"""Bad credentials: told clearly, written down, and slowed down, without getting in the way of good ones."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from tests.fakes.oidc_issuer import FakeIssuer, unsigned
from tests.identity.single_sign_on import platform_at, somebody, whoami
from tests.support import Platform, until

from codemie.identity import refusals
from codemie.identity.refusals import OTHERS, Refusals
from codemie.kernel.errors import NotAuthenticated

PROXY = "x-auth-request-access-token"
PERSONAL = f"cmp_{'0' * 16}_{'x' * 43}"
REDIRECTS = ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/%0a\n"]


@pytest.fixture(scope="module")
async def strict(
    issuer: FakeIssuer, tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform that loses patience soon, behind a proxy it trusts: the tests play clients of many addresses."""
    extra = {
        "CODEMIE_IDENTITY_REFUSALS_PER_MINUTE": "10",
        "CODEMIE_IDENTITY_TRUSTED_PROXIES": "127.0.0.0/8 ::1",
        "CODEMIE_IDENTITY_CACHE_SECONDS": "30",
    }
    home: Path = tmp_path_factory.mktemp("strict")
    async with platform_at(issuer, home, postgres_url, nats_url, **extra) as running:
        yield running


async def rows(platform: Platform, address: str) -> list[dict[str, Any]]:
    """What the audit log says of an address."""
    statement = text(
        "SELECT attributes FROM activity_events WHERE event_type = 'credential.refused' "
        "AND attributes->>'address' = :address ORDER BY created_at"
    )
    async with platform.resources.database.session() as session:
        return [row[0] for row in await session.execute(statement, {"address": address})]


async def told(platform: Platform, address: str, count: int = 1) -> list[dict[str, Any]]:
    """The same, once there is that much; it is written beside the requests."""

    async def enough() -> list[dict[str, Any]] | None:
        found = await rows(platform, address)
        return found if len(found) >= count else None

    return await until(enough, what=f"{count} refusals from {address}")


async def flood(platform: Platform, address: str, count: int) -> list[httpx2.Response]:
    headers = {"X-Forwarded-For": address, "Authorization": "Bearer bad"}
    async with platform.client() as client:
        return [await client.get("/v1/user", headers=headers) for _ in range(count)]


BAD_CREDENTIALS: dict[str, tuple[dict[str, str], str, str]] = {
    "a forged token": ({"Authorization": f"Bearer {unsigned({'iss': 'x'})}"}, "bearer", "Token validation failed"),
    "an invented personal token": (
        {"Authorization": f"Bearer {PERSONAL}"},
        "personal_token",
        "Token validation failed",
    ),
    "a forged token of a proxy": ({PROXY: unsigned({"sub": "admin"})}, "proxy", "Token validation failed"),
    "headers of a proxy alone": ({"X-Auth-Request-User": "admin"}, "header", "Authentication required"),
    "two tokens that differ": ({"Authorization": "Bearer a.b.c", PROXY: "d.e.f"}, "bearer", "Ambiguous authentication"),
    "a token and a cookie": (
        {"Authorization": "Bearer a.b.c", "Cookie": "codemie_access_token=x"},
        "bearer",
        "Ambiguous authentication",
    ),
    "an invented session": ({"Cookie": "codemie_access_token=invented"}, "cookie", "The session has ended"),
    "a claimed identity": ({"user-id": "admin"}, "header", "Development identities are switched off"),
}


@pytest.mark.parametrize("what", BAD_CREDENTIALS)
async def test_a_bad_credential_gets_401_with_a_reason_and_is_written_down(strict: Platform, what: str) -> None:
    headers, method, reason = BAD_CREDENTIALS[what]
    address = f"198.51.100.{list(BAD_CREDENTIALS).index(what) + 1}"

    async with strict.client() as client:
        answer = await client.get("/v1/user", headers={**headers, "X-Forwarded-For": address})

    assert answer.status_code == 401, answer.text
    assert answer.json()["error"]["message"] == reason
    (row,) = await told(strict, address)
    assert (row["method"], row["reason"], row["count"]) == (method, reason, 1)


CLAIMS: dict[str, tuple[dict[str, str], str]] = {
    "a token": ({"Authorization": f"Bearer {unsigned({'preferred_username': 'ada', 'sub': '7'})}"}, "ada"),
    "a machine's token": ({"Authorization": f"Bearer {unsigned({'azp': 'reports', 'sub': '7'})}"}, "reports"),
    "a token of a proxy": ({PROXY: unsigned({"email": "ada@codemie.test"})}, "ada@codemie.test"),
    "a personal token": ({"Authorization": f"Bearer {PERSONAL}"}, f"cmp_{'0' * 16}"),
    "headers of a proxy": ({"X-Auth-Request-Email": "ada@codemie.test"}, "ada@codemie.test"),
    "a claimed identity": ({"user-id": "admin"}, "admin"),
    "no name at all": ({"Authorization": "Bearer secret-text"}, ""),
    "a name of another type": ({"Authorization": f"Bearer {unsigned({'sub': ['x']})}"}, ""),
}


@pytest.mark.parametrize("what", CLAIMS)
async def test_the_log_says_whom_a_bad_credential_claimed_to_be(strict: Platform, what: str) -> None:
    headers, claimed = CLAIMS[what]
    address = f"198.51.100.{list(CLAIMS).index(what) + 150}"

    async with strict.client() as client:
        await client.get("/v1/user", headers={**headers, "X-Forwarded-For": address})

    (row,) = await told(strict, address)
    assert row.get("claimed", "") == claimed
    assert "x" * 43 not in str(row), "no secret of a token"


async def test_nothing_sent_is_nothing_refused(strict: Platform) -> None:
    address = "198.51.100.100"
    async with strict.client() as client:
        answers = [await client.get("/v1/user", headers={"X-Forwarded-For": address}) for _ in range(15)]

    assert {answer.status_code for answer in answers} == {401}
    await flood(strict, "198.51.100.101", 1)
    await told(strict, "198.51.100.101")
    assert await rows(strict, address) == []


async def test_a_flood_is_told_to_wait_and_leaves_one_row(strict: Platform) -> None:
    address = "203.0.113.1"

    answers = await flood(strict, address, 40)

    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 30
    assert 0 < int(answers[-1].headers["retry-after"]) <= 61
    found = await told(strict, address, 2)  # one for each reason
    assert {row["reason"] for row in found} == {"Token validation failed", "Too many attempts"}
    assert len(found) == 2
    assert all(1 <= row["count"] <= 30 for row in found)


async def test_a_flood_stops_neither_other_addresses_nor_tokens_in_use(strict: Platform, issuer: FakeIssuer) -> None:
    address = "203.0.113.2"
    token = issuer.token(somebody())
    assert (await whoami(strict, token, **{"X-Forwarded-For": address})).status_code == 200
    await flood(strict, address, 12)

    assert (await whoami(strict, token, **{"X-Forwarded-For": address})).status_code == 200
    assert (await whoami(strict, issuer.token(somebody()), **{"X-Forwarded-For": "203.0.113.3"})).status_code == 200
    assert (await whoami(strict, issuer.token(somebody()), **{"X-Forwarded-For": address})).status_code == 429


async def test_a_client_cannot_choose_its_address(strict: Platform, every_login: Platform) -> None:
    """The proxy adds the true address on the right; without a trusted proxy nothing that is sent counts."""
    await flood(strict, "203.0.113.99, 203.0.113.4", 12)
    assert (await flood(strict, "203.0.113.98, 203.0.113.4", 1))[0].status_code == 429
    assert (await flood(strict, "203.0.113.99", 1))[0].status_code == 401

    await flood(every_login, "203.0.113.50", 1)
    assert await told(every_login, "127.0.0.1")
    assert await rows(every_login, "203.0.113.50") == []


@pytest.mark.parametrize("address", REDIRECTS)
async def test_open_redirects_are_refused_and_written_down(strict: Platform, address: str) -> None:
    client_address = f"192.0.2.{REDIRECTS.index(address) + 1}"
    headers = {"X-Forwarded-For": client_address}
    async with strict.client() as client:
        answer = await client.get("/v1/auth/sign-in", params={"next": address}, headers=headers)

    assert answer.status_code == 400, answer.text
    assert "location" not in answer.headers
    (row,) = await told(strict, client_address)
    assert row["method"] == "redirect"


async def test_invented_returns_from_the_provider_are_written_down_and_slowed_down(strict: Platform) -> None:
    headers = {"X-Forwarded-For": "192.0.2.77"}
    async with strict.client() as client:
        answers = [
            await client.get("/v1/auth/callback", params={"code": "x", "state": str(number)}, headers=headers)
            for number in range(12)
        ]

    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    (row, *_) = await told(strict, "192.0.2.77")
    assert (row["method"], row["reason"]) == ("return", "This browser has not started this sign-in")


async def test_what_is_counted_is_written_each_window_and_at_the_end(strict: Platform) -> None:
    counted = Refusals(strict.resources.database, 0, window_seconds=0.2)
    async with counted.writing():
        counted.note("10.0.0.1", "bearer", NotAuthenticated("a\x00b"))
        await told(strict, "10.0.0.1", 1)
        for _ in range(5):
            counted.note("10.0.0.1", "bearer", NotAuthenticated("a\x00b"))
        await told(strict, "10.0.0.1", 2)
        for _ in range(3):
            counted.note("10.0.0.1", "bearer", NotAuthenticated("a\x00b"))

    found = await rows(strict, "10.0.0.1")
    assert [row["count"] for row in found[:2]] == [1, 5]
    assert sum(row["count"] for row in found) == 9
    assert {row["reason"] for row in found} == {"a?b"}


async def test_many_addresses_cannot_fill_the_log(strict: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MAX_KINDS", 5)
    counted = Refusals(strict.resources.database, 0)
    method = f"m{time.monotonic_ns()}"
    async with counted.writing():
        for number in range(1_000):
            counted.note(f"10.1.{number // 250}.{number % 250}", method, NotAuthenticated())

    statement = text("SELECT attributes FROM activity_events WHERE attributes->>'method' = :method")
    async with strict.resources.database.session() as session:
        found = [row[0] for row in await session.execute(statement, {"method": method})]
    assert len(found) == 6
    assert sum(row["count"] for row in found) == 1_000
    assert [row["count"] for row in found if row["address"] == OTHERS] == [995]


async def test_without_a_database_refusing_goes_on_and_nothing_is_lost(
    strict: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Refusals(strict.resources.database, 0)
    counted.note("10.2.0.1", "bearer", NotAuthenticated())
    with monkeypatch.context() as patched:
        patched.setattr(type(strict.resources.database), "session", _away)
        assert not await counted._write(time.monotonic())
    assert await counted._write(time.monotonic())

    (row,) = await rows(strict, "10.2.0.1")
    assert row["count"] == 1


def _away(_: Any) -> Any:
    raise OSError("gone")


async def test_a_new_key_under_load_refuses_nobody(every_login: Platform, issuer: FakeIssuer) -> None:
    single_sign_on = every_login.resources.identity.single_sign_on
    assert single_sign_on is not None
    assert (await whoami(every_login, issuer.token(somebody()))).status_code == 200
    issuer.rotate_keys()
    single_sign_on.verifier.keys._tried_at = float("-inf")  # as if the last look were long ago
    tokens = [issuer.token(somebody()) for _ in range(10)]
    before = issuer.key_requests

    claims = await asyncio.gather(*(single_sign_on.verifier.access_token(token) for token in tokens))

    assert len(claims) == 10
    assert issuer.key_requests == before + 1
