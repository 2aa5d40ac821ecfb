"""`codemiectl idp explain`: what a token maps to, and never the token."""

import asyncio
from pathlib import Path

import pytest
from tests.fakes.oidc_issuer import FakeIssuer
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


def test_what_is_no_token_is_refused(settled: Path) -> None:
    settled.write_text("not a token")
    with pytest.raises(Refused):
        idp.explain(str(settled))
