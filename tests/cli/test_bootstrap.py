"""The first line of `make run`: which Python is taken, and what is said when there is none."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "scripts" / "bootstrap"


def bootstrap(tmp_path: Path, version: str | None) -> "subprocess.CompletedProcess[str]":
    """Run a copy of the script where the only Python has this version."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "cat", "rm"):
        (programs / name).symlink_to(shutil.which(name) or name)
    if version:
        (programs / "python3").write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" || exit 1\n')
        (programs / "python3").chmod(0o755)
    return subprocess.run(
        ["/bin/sh", str(tmp_path / "scripts" / "bootstrap")],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("version", "found"), [("3.9.2", "found: Python 3.9.2."), (None, "none")])
def test_an_old_python_or_none_is_named_with_the_remedy(tmp_path: Path, version: str | None, found: str) -> None:
    refused = bootstrap(tmp_path, version)

    assert refused.returncode == 1
    assert "CodeMie needs Python 3.11 to 3.14" in refused.stderr
    assert found in refused.stderr
    assert "make run PYTHON=" in refused.stderr
    assert not (tmp_path / ".venv").exists()
