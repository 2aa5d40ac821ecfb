"""Brings the database to this version's schema before anything else uses it, once per version.

Migrating costs a process that imports half the platform. After it succeeded on the embedded database, a mark beside
the data says for which version; while that holds, a start needs no look. Whoever removes the data removes the mark.
"""

import hashlib
import importlib.metadata
import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import codemie
from codemie.cli.exits import PREFIX
from codemie.kernel.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a migration did.

    Args:
        summary: for the person at the terminal.
        made_administrator: whether the first administrator was created just now.
    """

    summary: str
    made_administrator: bool = False


def is_up_to_date(mark: Path | None) -> bool:
    """Whether the mark says that this version's migrations did their work."""
    return mark is not None and mark.exists() and mark.read_text(encoding="utf-8") == _version()


def bring_up_to_date(environment: Mapping[str, str], mark: Path | None, stopping: threading.Event) -> Outcome | None:
    """Run `codemiectl migrate`; None when we were asked to stop meanwhile.

    Args:
        environment: names the database.
        mark: file beside the embedded database, written on success; None for a database of the operator's.
        stopping: set when somebody wants us to stop.

    Raises:
        ConfigurationError: it failed; carries its last line.
    """
    # A process of its own: what it imports would stay in our memory as long as the platform runs.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "codemie.cli", "migrate", "--json"],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    said, errors = _let_finish(process, stopping)
    if process.returncode != 0 and stopping.is_set():
        return None
    if process.returncode != 0:
        lines = errors.strip().splitlines() or ["no reason given"]
        raise ConfigurationError("The database could not be brought up to date", details=lines[-1].removeprefix(PREFIX))
    outcome = _read(said)
    if mark:
        mark.write_text(_version(), encoding="utf-8")
    return outcome


def _let_finish(process: "subprocess.Popen[str]", stopping: threading.Event) -> tuple[str, str]:
    # Migrations are transactions: one that is interrupted never happened.
    while True:
        try:
            return process.communicate(timeout=0.2)
        except subprocess.TimeoutExpired:
            if stopping.is_set():
                process.terminate()


def _read(said: str) -> Outcome:
    did: dict[str, Any] = json.loads(said.splitlines()[-1])
    count = len(did["applied"])
    return Outcome(f"{count} migrations applied" if count else "up to date", did["administrator"] is not None)


def _version() -> str:
    """Everything the schema follows from: our revisions, and the release of DBOS, which has tables of its own."""
    digest = hashlib.sha256(f"{codemie.__version__} {importlib.metadata.version('dbos')}".encode())
    for path in sorted((Path(codemie.__file__).parent / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
