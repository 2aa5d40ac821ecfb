"""What a folder of Terraform tells: versions, addresses of the state without values, and the end of a log."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any, LiteralString

from codemie.operations.bundle.archive import Archive
from codemie.operations.terraform.diagnosis import diagnosed

_SECONDS = 60.0
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOCK = re.compile(r"Lock Info:[^\n]*\n(?:[^\n]*\b(?:ID|Path|Operation|Who|Version|Created|Info):[^\n]*\n?)+")
_PLAN = re.compile(r"(?m)^[^\n]*?((?:Plan: \d|No changes\.|Apply complete!|Destroy complete!)[^\n]*)$")
_MOST_BYTES = 256 * 1024
_LONGEST = 500
"""Letters of what Terraform says when it fails."""


async def collect(archive: Archive, folder: Path, log: Path | None) -> None:
    """Put into the archive what can be learnt; what cannot is named as left out.

    Args:
        archive: in the making.
        folder: where `terraform init` was run.
        log: what a run printed, of which the end is taken.
    """
    await _add(archive, "terraform/version.json", folder, "version", "-json")
    await _add(archive, "terraform/state-addresses.txt", folder, "state", "list")
    await _add(archive, "terraform/providers.txt", folder, "providers")
    lock = folder / ".terraform.lock.hcl"
    if lock.is_file():
        archive.add("terraform/lock.hcl", lock.read_text(encoding="utf-8", errors="replace"))
    else:
        archive.leave_out("terraform/lock.hcl", "terraform init was not run there")
    printed = _end(log) if log is not None else ""
    if printed:
        archive.add_log("terraform/log-tail.txt", printed)
    _add_or_say(
        archive, "terraform/lock-holder.txt", _holder(folder, printed), "neither folder nor log tells of a lock"
    )
    _add_or_say(archive, "terraform/plan-summary.txt", _summary(printed), "no log with a plan was given")


def _add_or_say(archive: Archive, path: str, text: str, otherwise: LiteralString) -> None:
    if text:
        archive.add(path, text + "\n")
    else:
        archive.leave_out(path, otherwise)


def _holder(folder: Path, printed: str) -> str:
    """Who holds the lock of the state: a file beside a local state, else what a run was told that met it."""
    file = folder / ".terraform.tfstate.lock.info"
    if file.is_file():
        return file.read_text(encoding="utf-8", errors="replace")
    met = _LOCK.findall(_plain(printed))
    return met[-1].strip() if met else ""


def _summary(printed: str) -> str:
    """What the last plan would do, and what became of it."""
    return "\n".join(_PLAN.findall(_plain(printed))[-2:])


def _plain(printed: str) -> str:
    return _COLOUR.sub("", printed)


async def _add(archive: Archive, path: str, folder: Path, *arguments: str) -> None:
    try:
        code, printed, errors = await _run(folder, *arguments)
    except (OSError, TimeoutError) as error:
        archive.failed(path, f"terraform {' '.join(arguments)}: {type(error).__name__}")
        return
    if code:
        archive.failed(path, _in_a_line(errors) or f"terraform {' '.join(arguments)} ended with {code}")
    elif path.endswith(".json"):
        archive.add_document(path, _parsed(printed))
    else:
        archive.add(path, printed)


async def _run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        "terraform", f"-chdir={folder}", *arguments, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        printed, errors = await asyncio.wait_for(process.communicate(), _SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, printed.decode(errors="replace"), errors.decode(errors="replace")


def _in_a_line(errors: str) -> str:
    """Why Terraform failed and what to do, in place of the frames that it draws for a terminal."""
    told = "; ".join(". ".join((each.cause, *each.remedy[:1])) for each in diagnosed(errors))
    return (told or " ".join(_plain(errors).split()))[:_LONGEST]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _end(file: Path) -> str:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - _MOST_BYTES))
        return opened.read().decode(errors="replace")
