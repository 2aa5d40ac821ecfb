"""What a check of ours sends on purpose is told apart in the audit log, and nobody else can hide under that name."""

import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.fakes.oidc_issuer import FakeIssuer
from tests.identity.single_sign_on import platform_at
from tests.support import MASTER_KEY, Platform, until

from codemie.identity import probes
from codemie.kernel.crypto import Cipher
from codemie.kernel.master_keys import open_cipher

FORGED = {"authorization": "Bearer forged"}


@pytest.fixture(scope="module")
async def proxied(
    issuer: FakeIssuer, tmp_path_factory: pytest.TempPathFactory, postgres_url: str, nats_url: str
) -> AsyncIterator[Platform]:
    """A platform behind a proxy it trusts, so that each test has an address of its own."""
    extra = {"CODEMIE_IDENTITY_TRUSTED_PROXIES": "127.0.0.0/8", "CODEMIE_IDENTITY_REFUSALS_PER_MINUTE": "3"}
    home: Path = tmp_path_factory.mktemp("probed")
    async with platform_at(issuer, home, postgres_url, nats_url, **extra) as running:
        yield running


@pytest.fixture
def cipher(proxied: Platform) -> Cipher:
    """The installation's."""
    return open_cipher(proxied.home, MASTER_KEY)


async def event_of(platform: Platform, headers: list[tuple[str, str]]) -> str:
    """What the log calls the refusal of a request with these headers."""
    address = f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"
    async with platform.client() as client:
        answer = await client.get("/v1/user", headers=[*headers, ("x-forwarded-for", address)])
    assert answer.status_code == 401, answer.text
    network = address.removesuffix("::1")

    async def told() -> str | None:
        async with platform.resources.database.session() as session:
            return await session.scalar(
                text("SELECT event_type FROM activity_events WHERE attributes->>'address' LIKE :network"),
                {"network": f"{':'.join(part.lstrip('0') or '0' for part in network.split(':'))}%"},
            )

    return str(await until(told, what=f"a row about {address}"))


@pytest.mark.parametrize("credentials", [FORGED, {"user-id": "doctor"}])
async def test_the_refusal_of_a_check_is_called_so(
    proxied: Platform, cipher: Cipher, credentials: dict[str, str]
) -> None:
    proof = probes.proof(cipher, credentials)

    assert await event_of(proxied, [*credentials.items(), (probes.HEADER, proof)]) == "credential.probed"


async def test_a_proof_covers_no_other_credential(proxied: Platform, cipher: Cipher) -> None:
    named = {"user-id": "doctor"}
    proof = (probes.HEADER, probes.proof(cipher, named))
    guesses = [
        [("authorization", "Bearer guess"), proof],
        [*named.items(), ("cookie", "codemie_access_token=guess"), proof],
        [*named.items(), ("x-forwarded-access-token", "guess"), proof],
        [*named.items(), ("x-forwarded-access-token", ""), ("x-forwarded-access-token", "guess"), proof],
        [("user-id", "admin"), proof],
    ]

    assert {await event_of(proxied, guess) for guess in guesses} == {"credential.refused"}


async def test_what_is_no_proof_of_this_installation_hides_nothing(
    proxied: Platform, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = probes.proof(Cipher([b"x" * 32]), FORGED)
    past = time.time() - probes.SECONDS - 1
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: past)
        stale = probes.proof(cipher, FORGED)

    for given in (others, stale, "", "true", "codemiectl doctor", "=" * 100, "A" * 5_000):
        assert await event_of(proxied, [*FORGED.items(), (probes.HEADER, given)]) == "credential.refused"


async def test_a_check_that_sends_much_has_to_wait_like_everybody(proxied: Platform, cipher: Cipher) -> None:
    headers = {**FORGED, probes.HEADER: probes.proof(cipher, FORGED), "x-forwarded-for": "198.51.100.7"}
    async with proxied.client() as client:
        answers = [(await client.get("/v1/user", headers=headers)).status_code for _ in range(5)]

    assert answers == [401, 401, 401, 429, 429]
