"""`codemiectl idp explain`: what a token maps to, and never the token."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from tests.fakes.oidc_issuer import FakeIssuer, hmac_signed
from tests.identity.single_sign_on import somebody

from codemie.cli import idp
from codemie.cli.exits import Refused


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch, issuer: FakeIssuer, tmp_path: Path) -> Path:
    """Settings for the fake issuer; gives a file to put a token into."""
    monkeypatch.setenv("CODEMIE_HOME", str(tmp_path))
    monkeypatch.setenv("CODEMIE_IDENTITY_MODE", "oidc")
    monkeypatch.setenv("CODEMIE_IDENTITY_OIDC_ISSUER", issuer.url)
    return tmp_path / "token"


async def _explained(file: Path, token: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    await asyncio.to_thread(file.write_text, token)
    code = 0
    try:
        await asyncio.to_thread(idp.explain, str(file))
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    printed = capsys.readouterr().out
    assert not any(part in printed for part in token.split(".")), "the token was printed"
    return code, printed


async def test_a_good_token_is_explained(settled: Path, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str]) -> None:
    person = somebody(applications="apollo, gemini")

    code, printed = await _explained(settled, issuer.token(person), capsys)

    assert code == 0, printed
    assert "apollo, gemini" in printed
    assert "This token signs in." in printed


async def test_what_is_missing_names_the_setting(
    settled: Path, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    person = somebody(realm_access=None, groups=["developer"], user_type="visitor")

    code, printed = await _explained(settled, issuer.token(person, aud="other"), capsys)

    assert code == 1
    for told in (
        "identity.claim_roles",
        "groups",
        "identity.oidc_audience",
        "identity.claim_user_type",
        "applications",
    ):
        assert told in printed


async def test_it_says_who_the_user_becomes(
    settled: Path, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    person = somebody(
        applications=["apollo", "boss@codemie.test"],
        applications_admin="gemini",
        realm_access={"roles": ["maintainer"]},
        guest=True,
    )

    code, printed = await _explained(settled, issuer.token(person), capsys)

    assert code == 0, printed
    user = printed.partition("The user it gives:")[2]
    assert "platform roles    administrator, maintainer, external user" in user
    assert "project           apollo\n" in user
    assert "project           gemini (administers it)\n" in user
    assert "not given         boss@codemie.test" in user
    assert "first_login" in user


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": 1_700_000_000}, "expires is 2023-11-14 22:13:20 UTC: get a fresh token."),
    "no expiry": ({"exp": None}, "expires is missing"),
    "expiry as text": ({"exp": "soon"}, "expires is missing"),
    "not valid yet": ({"nbf": 4_000_000_000}, "valid from is 2096-10-02 07:06:40 UTC"),
    "another audience": ({"aud": ["other", 7, {"a": 1}]}, "audience is other: see identity.oidc_audience"),
    "no audience": ({"aud": None}, "audience is missing"),
    "another issuer": ({"iss": "https://elsewhere.test"}, "issuer is https://elsewhere.test: see identity.oidc_issuer"),
    "a claim of a wrong type": ({"applications": {"a": 1}}, "claim applications: expected a list of names"),
    "no projects": ({"applications": None}, "claim applications is missing"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_it_says_why_a_token_is_refused(
    settled: Path, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    changes, reason = REFUSED[what]

    code, printed = await _explained(settled, issuer.token(somebody(applications="a"), **changes), capsys)

    assert code == 1
    assert reason in printed.partition("does not sign in")[2]


async def test_algorithm_and_signature_are_explained(
    settled: Path, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    claims = {"iss": issuer.url, "aud": "codemie", "exp": 4_000_000_000, "iat": 1, **somebody().all_claims()}
    _, printed = await _explained(settled, hmac_signed(claims, b"key"), capsys)
    assert "algorithm is HS256: see identity.oidc_algorithms." in printed

    stranger = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    _, printed = await _explained(settled, issuer.sign(claims, "RS256", stranger), capsys)
    assert "Its signature does not hold." in printed or "unknown key" in printed


async def test_a_token_cannot_talk_to_the_terminal(
    settled: Path, issuer: FakeIssuer, capsys: pytest.CaptureFixture[str]
) -> None:
    person = somebody(name="\x1b[2J evil", applications=["a\x07b"])

    _, printed = await _explained(settled, issuer.token(person, iss="x\x1b[31m"), capsys)

    assert "\x1b" not in printed
    assert "\x07" not in printed


def test_what_is_no_token_is_refused(settled: Path) -> None:
    settled.write_text("not a token")
    with pytest.raises(Refused):
        idp.explain(str(settled))
