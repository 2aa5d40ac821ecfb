"""Homes and installations for the command line's tests."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemie.embedded.postgres import EmbeddedPostgres
from tests.cli.installation import Installation, environment


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home that the tests of one module use one after the other: only the first pays for its creation."""
    folder = Path(tempfile.mkdtemp(prefix="cm-cli-"))
    yield folder / "home"
    EmbeddedPostgres(folder / "home" / "postgres").stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def up(home: Path) -> Iterator[Callable[..., Installation]]:
    """Starts `codemiectl up` on the module's home; whatever still runs after the test is ended."""
    started: list[Installation] = []

    def start(**extra: str) -> Installation:
        started.append(Installation(environment(home, **extra)))
        return started[-1]

    yield start
    for installation in started:
        if installation.process.poll() is None:
            installation.stop()
