"""What the tests of the walk share."""

from pathlib import Path

import pytest

from codemie.plugins.diagnosis import network
from tests.plugins.diagnosis.certificates import Issued, issued


@pytest.fixture(scope="session")
def root() -> Issued:
    """An authority of its own."""
    return issued("Root of the test", is_authority=True)


@pytest.fixture
def ca(root: Issued, tmp_path: Path) -> Path:
    """The file that says to trust it."""
    path = tmp_path / "root.pem"
    path.write_bytes(root.pem)
    return path


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to this machine."""

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(network, "resolve", resolve)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no platform is, nobody waits long for it."""
    monkeypatch.setattr("codemie.plugins.diagnosis.life._PLATFORM_SECONDS", 0.3)
