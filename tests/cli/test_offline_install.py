"""One machine without the internet: everything is installed and started from a bundle alone."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from codemie.embedded.postgres import EmbeddedPostgres
from tests.cli.installation import Installation, environment
from tests.support import require

pytestmark = [
    pytest.mark.process,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        os.environ.get("CODEMIE_LONG_TESTS") != "1", reason="downloads 280 MB and takes minutes: CODEMIE_LONG_TESTS=1"
    ),
]
ROOT = Path(__file__).parents[2]
# Nothing listens there: whatever wants to reach out fails at once.
NOWHERE = "http://127.0.0.1:9"
CLOSED = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL"), NOWHERE)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder of nobody else: pytest shuts its own again and again, and PostgreSQL of root is not root."""
    folder = Path(tempfile.mkdtemp(prefix="cm-offline-"))
    yield folder
    EmbeddedPostgres(folder / "home" / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def unpacked(place: Path) -> Path:
    """The folder of a bundle with packages, as somebody unpacks it."""
    require((ROOT / ".uv" / "bin" / "python").exists(), "uv, which `make test` brings,")
    require((ROOT / "web" / "dist" / "index.html").exists(), "the built web UI")
    command = [sys.executable, "-m", "codemie.cli", "bundle", "create", "--no-images", "--no-docs", "--out", "b.tar"]
    made = subprocess.run(
        [*command, "--checkout", ROOT], cwd=place, capture_output=True, text=True, timeout=600, check=False
    )
    assert made.returncode == 0, made.stderr
    subprocess.run(["tar", "-xf", "b.tar"], cwd=place, check=True)
    (place / "b.tar").unlink()
    return place / "codemie-0.1.0"


def test_it_is_installed_and_started_with_no_way_out(unpacked: Path, place: Path) -> None:
    target = place / "codemie"
    # Compiling what is never started takes longer than all the rest.
    variables = {**os.environ, **CLOSED, "PYTHON": str(ROOT / ".uv" / "bin" / "python"), "PIP_NO_COMPILE": "1"}
    variables.pop("PIP_FIND_LINKS", None)
    installed = subprocess.run(
        ["sh", unpacked / "install.sh", target], env=variables, capture_output=True, text=True, timeout=600, check=False
    )
    assert installed.returncode == 0, installed.stderr
    assert installed.stdout.startswith("0.1.0\n")

    env = environment(place / "home", CODEMIE_KERNEL_WEB_DIR=str(target / "web"), **CLOSED)
    running = Installation(env, command=[str(target / ".venv" / "bin" / "codemiectl")])
    try:
        running.until("Ready", seconds=240)
        page = httpx2.get(running.url, timeout=20)
    finally:
        ended = running.stop(signal.SIGTERM)

    assert (page.status_code, "<title>CodeMie" in page.text) == (200, True)
    assert ended == 0, running.said


def test_a_folder_that_was_changed_is_not_installed(unpacked: Path, tmp_path: Path) -> None:
    wheel = next((unpacked / "wheels").glob("codemie-*.whl"))
    content = wheel.read_bytes()
    wheel.write_bytes(content + b"\0")

    refused = subprocess.run(
        ["sh", unpacked / "install.sh", tmp_path / "codemie"], capture_output=True, text=True, timeout=120, check=False
    )

    wheel.write_bytes(content)
    assert (refused.returncode, "is not what was packed" in refused.stderr) == (1, True), refused.stderr
    assert not (tmp_path / "codemie").exists()
