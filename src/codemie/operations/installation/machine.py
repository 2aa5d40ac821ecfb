"""Checks of the machine this runs on: disk, memory, clock, and the files the platform keeps there."""

import os
import shutil
import time
from pathlib import Path
from typing import Protocol

import psutil
from sqlalchemy import text

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, warned
from codemie.kernel.database import Database
from codemie.operations.installation.limits import Limits
from codemie.operations.installation.subject import Installation

_MB = 2**20
_CGROUP = Path("/sys/fs/cgroup")


class Machine(Protocol):
    """What a machine tells of itself; bytes and Unix seconds."""

    def disk(self, folder: Path) -> tuple[int, int]: ...  # all, free
    def memory(self) -> tuple[int, int]: ...
    def now(self) -> float: ...


class ThisMachine:
    """The one this process runs on, or the container it is locked into."""

    def disk(self, folder: Path) -> tuple[int, int]:
        """Size of the disk and what is free on it; of the folder's nearest parent that is there."""
        there = next(each for each in (folder, *folder.parents) if each.is_dir())
        found = shutil.disk_usage(there)
        return found.total, found.free

    def memory(self) -> tuple[int, int]:
        """Memory that this may use, and what is free of it."""
        whole = psutil.virtual_memory()
        limit, used = _number(_CGROUP / "memory.max"), _number(_CGROUP / "memory.current")
        if limit is None or used is None or limit >= whole.total:
            return whole.total, whole.available
        # What the page cache holds is given back when it is needed.
        cache = _inactive(_CGROUP / "memory.stat")
        return limit, min(whole.available, limit - used + cache)

    def now(self) -> float:
        """Its clock."""
        return time.time()


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _inactive(file: Path) -> int:
    try:
        rows = dict(line.split() for line in file.read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return 0
    return int(rows.get("inactive_file", 0))


@check(
    "disk.space",
    title="The disk of the home folder has room",
    symptom="The platform does not start, or stops saving: “no space left on device”.",
    remedy=("Free some space", "Move the home folder to another disk: CODEMIE_HOME"),
    faq=("F53",),
)
async def disk_space(machine: Machine, installation: Installation, limits: Limits) -> Finding:
    """Data of the embedded database, logs, or other programs have filled the disk."""
    home = installation.settings.kernel.home.expanduser().resolve()
    total, free = machine.disk(home)
    if not total:
        return skipped("its file system has no size")
    evidence = {"home": home, "free": f"{free // _MB} MB", "size": f"{total // _MB} MB"}
    if free < limits.disk_bytes:
        return failed(f"{free // _MB} MB are free", *disk_space.remedy, **evidence)
    if free < total * limits.disk_share:
        return warned(f"{free // _MB} MB are free, {free / total:.0%}", *disk_space.remedy, **evidence)
    return passed(f"{free // _MB} MB are free, {free / total:.0%}", **evidence)


@check(
    "memory.free",
    title="There is memory left",
    symptom="Processes end without a word (exit code 137), or everything becomes slow.",
    severity=Severity.MAJOR,
    remedy=("Give the machine or the container more memory", "Run the worker on another machine"),
    faq=("F44", "F52"),
)
async def memory(machine: Machine, limits: Limits) -> Finding:
    """The machine is too small for what runs on it, or the limit of the container is too low."""
    total, free = machine.memory()
    evidence = {"free": f"{free // _MB} MB", "limit": f"{total // _MB} MB"}
    if free < limits.memory_bytes:
        return failed(f"{free // _MB} MB are free", *memory.remedy, **evidence)
    if free < total * limits.memory_share:
        return warned(f"{free // _MB} MB are free, {free / total:.0%}", *memory.remedy, **evidence)
    return passed(f"{free // _MB} MB are free, {free / total:.0%}", **evidence)


@check(
    "clock.skew",
    title="This machine and the database agree on the time",
    symptom="People are signed out at once, or tokens are refused as not yet valid.",
    severity=Severity.MAJOR,
    remedy=("Let both machines follow the same time servers (chrony, systemd-timesyncd)",),
    faq=("F13",),
    needs=("db.reachable",),
)
async def clock_skew(database: Database, machine: Machine, limits: Limits) -> Finding:
    """One of the clocks is not set by a time server, or the machine was asleep."""
    async with database.session() as session:
        before = machine.now()
        theirs = float(await session.scalar(text("SELECT extract(epoch FROM clock_timestamp())::float")) or 0)
        after = machine.now()
    skew = theirs - (before + after) / 2
    # What the question itself took says nothing about the clocks.
    off = max(0.0, abs(skew) - (after - before) / 2)
    evidence = {"difference": f"{skew:+.1f} s"}
    if off > limits.skew_seconds:
        return failed(f"The database's clock is {skew:+.0f} s off", *clock_skew.remedy, **evidence)
    if off > limits.slight_skew_seconds:
        return warned(f"The database's clock is {skew:+.1f} s off", *clock_skew.remedy, **evidence)
    return passed(f"The clocks differ by {off:.1f} s", **evidence)


@check(
    "storage.writable",
    title="The home folder can be written",
    symptom="The platform does not start, or files of a conversation cannot be kept.",
    remedy=("Let the account of the platform own it: chown -R", "Mount a writable volume at CODEMIE_HOME"),
)
async def home_writable(installation: Installation) -> Finding:
    """The folder is not there, belongs to somebody else, or its volume is mounted read-only."""
    home = installation.settings.kernel.home.expanduser().resolve()
    if not home.is_dir():
        return failed(f"{home} is no folder", *home_writable.remedy, home=home)
    if os.statvfs(home).f_flag & os.ST_RDONLY:
        return failed(f"{home} is mounted read-only", *home_writable.remedy, home=home)
    if not os.access(home, os.W_OK | os.X_OK):
        return failed(f"{home} may not be written", *home_writable.remedy, home=home)
    return passed(f"{home} may be written", home=home)


@check(
    "logs.size",
    title="Logs do not fill the disk",
    symptom="The disk fills up slowly while nobody uses the platform.",
    severity=Severity.MINOR,
    remedy=("Delete former logs", "Lower the level: CODEMIE_LOG_LEVEL=WARNING"),
    faq=("F71",),
    needs=("storage.writable",),
)
async def logs(installation: Installation, limits: Limits) -> Finding:
    """The level is DEBUG, something fails again and again, or former logs are kept by hand."""
    home = installation.settings.kernel.home.expanduser().resolve()
    files = [file for pattern in ("logs/*", "nats/*.log*", "postgres/*.log*") for file in home.glob(pattern)]
    if not files:
        return skipped("this process writes its log to standard error")
    taken = sum(file.stat().st_size for file in files if file.is_file())
    evidence = {"files": len(files), "size": f"{taken // _MB} MB"}
    if taken > limits.log_bytes:
        return warned(f"{len(files)} logs take {taken // _MB} MB", *logs.remedy, **evidence)
    return passed(f"{len(files)} logs take {taken // _MB} MB", **evidence)


CHECKS = (disk_space, memory, clock_skew, home_writable, logs)
