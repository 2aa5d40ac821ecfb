"""What Terraform said went wrong, read from its log: the lines of `-json`, or the text that people see.

The JSON form is Terraform's machine-readable UI (developer.hashicorp.com/terraform/internals/machine-readable-ui); of
the text, an error begins with `Error: ` and goes on while its frame does; a few commands print theirs bare.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_BEGINNING = re.compile(r"^[│|\s]*Error: (?P<summary>.+)$")
# What the commands around the state (`state list`, `state push`) say has no frame and no `Error: `.
_BARE = re.compile(
    r"^(?P<summary>(?:Failed to |Error (?:acquiring|loading|reading|writing|saving|locking|unlocking) |No state file)"
    r".+)$"
)
_PLACE = re.compile(r"^\s*on (?P<file>\S+) line (?P<line>\d+)")
_ADDRESS = re.compile(r"^\s*with (?P<address>[^\s,]+),$")
_MOST_LINES = 200


@dataclass(frozen=True)
class Complaint:
    """One error of Terraform.

    Attributes:
        summary: its headline.
        detail: the rest.
        address: the resource it is about, such as `aws_vpc.this`; empty when it is about none.
        place: file and line of the configuration; empty when it is in none.
    """

    summary: str
    detail: str = ""
    address: str = ""
    place: str = ""

    @property
    def text(self) -> str:
        """All of it, on one line, for patterns."""
        return " ".join(f"{self.summary} {self.detail}".split())


def complaints(log: str) -> list[Complaint]:
    """Every error of a log, in its order, each once.

    Args:
        log: of `terraform plan`, `apply` or any other command, with or without `-json`, with or without colours.
    """
    lines = _COLOURS.sub("", log).splitlines()
    found = list(_of_json(lines)) or list(_of_text(lines, _BEGINNING)) or list(_of_text(lines, _BARE))
    return list(dict.fromkeys(found))


def _of_json(lines: list[str]) -> Iterator[Complaint]:
    for line in lines:
        if not line.startswith("{"):
            continue
        try:
            message: Any = json.loads(line)
        except ValueError:
            continue
        told = cast("dict[str, Any]", message).get("diagnostic")
        if isinstance(told, dict) and cast("dict[str, Any]", told).get("severity") == "error":
            yield _from_json(cast("dict[str, Any]", told))


def _from_json(told: dict[str, Any]) -> Complaint:
    where = told.get("range") or {}
    place = f"{where['filename']}:{where['start']['line']}" if where.get("filename") and where.get("start") else ""
    return Complaint(
        summary=str(told.get("summary", "")),
        detail=str(told.get("detail", "")),
        address=str(told.get("address", "")),
        place=place,
    )


def _of_text(lines: list[str], beginning: re.Pattern[str]) -> Iterator[Complaint]:
    for number, line in enumerate(lines):
        if begun := beginning.match(line):
            yield _from_text(begun["summary"], lines[number + 1 : number + 1 + _MOST_LINES], beginning)


def _from_text(summary: str, following: list[str], beginning: re.Pattern[str]) -> Complaint:
    detail: list[str] = []
    address = place = ""
    for framed in following:
        if framed.startswith("╵") or beginning.match(framed):
            break
        line = framed.lstrip("│").rstrip()
        if found := _PLACE.match(line):
            place = f"{found['file']}:{found['line']}"
        elif found := _ADDRESS.match(line):
            address = found["address"]
        else:
            detail.append(line.strip())
    return Complaint(summary.strip(), "\n".join(detail).strip(), address, place)
