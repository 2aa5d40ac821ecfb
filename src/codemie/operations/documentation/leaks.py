"""What must not stand in texts that go to others: tokens, addresses of people, names of internal networks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codemie.kernel.errors import NotFound
from codemie.operations.bundle.redaction import tokens_in

_TEXTS = frozenset({".md", ".html", ".txt", ".yaml", ".yml", ".json", ".toml", ".tf", ".tfvars", ".hcl", ".xml", ".js"})
_MOST_BYTES = 4 * 2**20
_EMAIL = re.compile(r"(?i)(?<![\w.%+-])[a-z0-9][\w.%+-]*@(?P<domain>(?:[a-z0-9-]+\.)+[a-z]{2,})\b")
_INTERNAL = re.compile(r"(?i)\b(?P<host>(?:[a-z0-9-]+\.)+(?:internal|intranet|intra|corp|lan|local))\b")
_RESERVED = re.compile(r"(?i)(?:^|\.)(?:example(?:\.(?:com|org|net|internal|corp|local))?|test|invalid|localhost)$")
"""Names that belong to nobody: RFC 2606, RFC 6761, and inner networks of an example."""
_KNOWN = frozenset(
    {"codemie.ai", "your-company.com", "metadata.google.internal", "host.docker.internal", "lb.internal"}
)
"""Names that everybody has: of the administrator that comes along, of clouds, of containers."""
_IN_CLUSTERS = (".svc.cluster.local", ".compute.internal", ".ec2.internal", ".iam.gserviceaccount.com")


@dataclass(frozen=True)
class Leak:
    """Something that should not be there.

    Args:
        path: of the file.
        line: from 1.
        kind: what it is.
        shown: as much of it as may be shown.
    """

    path: Path
    line: int
    kind: str
    shown: str


def scan(paths: Iterable[Path], forbidden: Iterable[str] = ()) -> list[Leak]:
    """Everything suspicious in files, and in the texts below folders.

    Args:
        paths: files and folders.
        forbidden: words that must not occur, such as the name of a customer; in any case of letters.

    Raises:
        NotFound: there is no such path.
    """
    words = tuple(word.lower() for word in forbidden if word.strip())
    return [leak for file in _files(paths) for leak in leaks(file, _read(file), words)]


def leaks(path: Path, text: str, forbidden: tuple[str, ...] = ()) -> Iterator[Leak]:
    """What should not be in one text."""
    for kind, begin in tokens_in(text):
        yield Leak(path, text.count("\n", 0, begin) + 1, kind, f"{text[begin : begin + 4]}…")
    for number, line in enumerate(text.splitlines(), 1):
        for found in _EMAIL.finditer(line):
            if not _is_anybodys(found["domain"]):
                yield Leak(path, number, "address of a person", found[0])
        for found in _INTERNAL.finditer(line):
            if not _is_anybodys(found["host"]):
                yield Leak(path, number, "host of an internal network", found["host"])
        lowered = line.lower()
        yield from (Leak(path, number, "forbidden word", word) for word in forbidden if word in lowered)


def _is_anybodys(name: str) -> bool:
    lowered = name.lower()
    return lowered in _KNOWN or bool(_RESERVED.search(lowered)) or f".{lowered}".endswith(_IN_CLUSTERS)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if file.suffix in _TEXTS and file.is_file())
        elif path.is_file():
            yield path
        else:
            raise NotFound(f"There is no {path}")


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        return opened.read(_MOST_BYTES).decode(errors="replace")
