"""Slowing down whoever guesses passwords, and keeping passwords secret."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.support import ADMIN_PASSWORD, Platform, environment_for, serving

from codemie.identity import attempts, passwords
from codemie.identity.attempts import AttemptLimiter
from codemie.identity.passwords import Passwords
from codemie.kernel.errors import InvalidInput, TooManyRequests, Unavailable

LOGIN = "/v1/local-auth/login"


@pytest.fixture
async def strict(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform that loses patience soon, and logs everything."""
    extra = {
        "CODEMIE_IDENTITY_LOGIN_FAILURES": "3",
        "CODEMIE_IDENTITY_LOGIN_FAILURES_PER_ADDRESS": "5",
        "CODEMIE_LOG_LEVEL": "DEBUG",
    }
    async with serving(environment_for(tmp_path, postgres_url, nats_url, **extra)) as running:
        yield running


async def sign_in(platform: Platform, login: str, password: str) -> httpx2.Response:
    async with platform.client() as client:
        return await client.post(LOGIN, json={"email": login, "password": password})


async def test_guessing_one_account_is_stopped_with_a_time_to_wait(strict: Platform) -> None:
    for _ in range(3):
        assert (await sign_in(strict, "admin", "wrong")).status_code == 401

    right = await sign_in(strict, "ADMIN", ADMIN_PASSWORD)

    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 901
    assert right.json()["error"]["message"] == "Too many attempts"
    assert (await sign_in(strict, "somebody-else", "wrong")).status_code == 401


async def test_trying_many_accounts_from_one_address_is_stopped(strict: Platform) -> None:
    statuses = [(await sign_in(strict, f"user-{number}", "wrong")).status_code for number in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_correct_sign_ins_are_never_counted(strict: Platform) -> None:
    for _ in range(8):
        assert (await sign_in(strict, "admin", ADMIN_PASSWORD)).status_code == 200
    await sign_in(strict, "admin", "wrong")
    await sign_in(strict, "admin", "wrong")
    assert (await sign_in(strict, "admin", ADMIN_PASSWORD)).status_code == 200
    await sign_in(strict, "admin", "wrong")
    assert (await sign_in(strict, "admin", ADMIN_PASSWORD)).status_code == 200


async def test_no_log_line_holds_a_password_or_token(strict: Platform, caplog: pytest.LogCaptureFixture) -> None:
    planted = "Planted-Passphrase-4711"
    with caplog.at_level(logging.DEBUG):
        await sign_in(strict, "admin", planted)
        token = (await sign_in(strict, "admin", ADMIN_PASSWORD)).json()["access_token"]
        async with strict.client(token) as client:
            change = {"current_password": planted, "new_password": planted + "2"}
            assert (await client.post("/v1/local-auth/change-password", json=change)).status_code == 401
            incomplete = {"new_password": planted}
            assert (await client.post("/v1/local-auth/change-password", json=incomplete)).status_code == 422
    # The test's own HTTP client logs what it sends and receives.
    ours = [record for record in caplog.records if not record.name.startswith("httpcore2")]
    written = "\n".join(str(record.__dict__) for record in ours)
    assert "user.login_failed" in written
    for secret in (planted, ADMIN_PASSWORD, token):
        assert secret not in written


def test_a_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(attempts.time, "monotonic", lambda: now[0])
    limiter = AttemptLimiter(2, 60)
    for _ in range(2):
        limiter.require_open("k")
        limiter.count("k")
    with pytest.raises(TooManyRequests) as refusal:
        limiter.require_open("k")
    assert refusal.value.headers["Retry-After"] == "61"
    now[0] += 60
    limiter.require_open("k")


def test_zero_means_unlimited_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MAX_KEYS", 10)
    limiter = AttemptLimiter(0, 60)
    for number in range(100):
        limiter.count(f"k{number % 50}")
        limiter.require_open(f"k{number % 50}")
    assert len(limiter._windows) == 10


async def test_passwords_are_hashed_by_argon2id_and_verified() -> None:
    held = Passwords(12)
    stored = await held.hash("a-long-passphrase")
    assert stored.startswith("$argon2id$")
    assert await held.verify("a-long-passphrase", stored)
    assert not await held.verify("another-passphrase", stored)
    assert not await held.verify("a-long-passphrase", None)
    assert not await held.verify("x" * 300, stored)
    assert not await held.verify("x", "not a hash")
    held.close()


def test_stored_passwords_cost_what_owasp_asks_for() -> None:
    # Tests hash faster (tests/conftest.py); what the platform does is what these say.
    assert passwords._MEMORY_KIB >= 19 * 1024
    assert passwords._ITERATIONS >= 2


async def test_hashes_of_older_parameters_are_made_again() -> None:
    from argon2 import PasswordHasher

    held = Passwords(12)
    older = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("a-long-passphrase")
    assert await held.verify("a-long-passphrase", older)
    assert held.is_outdated(older)
    assert not held.is_outdated(await held.hash("a-long-passphrase"))
    held.close()


async def test_a_flood_of_hashes_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MAX_WAITING", 3)
    held = Passwords(12)
    flood = await asyncio.gather(*(held.verify("x", None) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(outcome, Unavailable) for outcome in flood) == 3
    assert not await held.verify("x", None)
    held.close()


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 257])
async def test_unacceptable_passwords_are_refused(password: str) -> None:
    held = Passwords(12)
    with pytest.raises(InvalidInput):
        await held.hash(password)
    held.close()
