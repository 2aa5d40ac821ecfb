"""The official Python SDK, unmodified from PyPI, in an environment of its own, and scripts that its own Python runs."""

import asyncio
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import require

SDK = "codemie-sdk-python==0.1.703"
# Kept between runs: a fresh environment costs ten seconds and a download.
ENVIRONMENT = Path(__file__).parent.parent.parent / ".cache" / "sdk-venv"


@pytest.fixture(scope="session")
def sdk_python() -> Path:
    """The Python that has the SDK installed."""
    return python_with(SDK, ENVIRONMENT)


def python_with(package: str, environment: Path, *more: str) -> Path:
    """The Python of an environment that has an official package installed; they need 3.12 or newer.

    Args:
        package: its requirement.
        environment: folder; kept between runs.
        more: requirements that the package should have had.
    """
    environment.parent.mkdir(parents=True, exist_ok=True)
    # Several processes share the tests.
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _python_with(package, environment, more)


def _python_with(package: str, environment: Path, more: tuple[str, ...]) -> Path:
    python = environment / "bin" / "python"
    if not (environment / "ready").exists():
        uv = Path(sys.executable).parent / "uv"
        found = str(uv) if uv.exists() else shutil.which("uv")
        modern = str(_modern_python() or "")
        require(modern, f"Python 3.12 or newer, which {package} needs,")
        new = [found, "venv", "--clear", "--python", modern] if found else [modern, "-m", "venv", "--clear"]
        made = _run([*new, str(environment)])
        require(made.returncode == 0, f"an environment for {package} ({made.stderr.strip()})")
        pip = [found, "pip", "install", "--python", str(python)] if found else [str(python), "-m", "pip", "install"]
        got = _run([*pip, package, *more])
        require(got.returncode == 0, f"{package} from the package index")
        (environment / "ready").touch()
    return python


def _modern_python() -> str | None:
    """A Python that runs here and is new enough: ours, one on the path, or one that pyenv keeps unactivated."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [sys.executable, *(f"python3.{minor}" for minor in (14, 13, 12)), *sorted(kept.glob("*/bin/python3"))]
    ask = "import sys; sys.exit(sys.version_info < (3, 12))"
    for candidate in map(str, candidates):
        with contextlib.suppress(OSError):
            if _run([candidate, "-c", ask]).returncode == 0:
                return candidate
    return None


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env=environment)


async def run_script(python: Path, script: Path, *arguments: object) -> dict[str, Any]:
    """What a script saw that the SDK's own Python ran."""
    process = await asyncio.create_subprocess_exec(
        *map(str, (python, script, *arguments)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), timeout=150)
    assert process.returncode == 0, err.decode()[-4000:]
    seen: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return seen
