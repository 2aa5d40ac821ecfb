"""Putting back the files that belong to an installation and are not in its database."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# A restored rehearsal must not find its way to the servers of what it was made from.
_NAMES_SERVERS = re.compile(r"^\s*(database_url|nats_url)\s*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Returned:
    """Where a file of a backup was put.

    Attributes:
        path: of the file now.
        is_aside: it takes no effect there; somebody is to look at it.
    """

    path: Path
    is_aside: bool


def give_back(files: Mapping[str, str], contents: Mapping[str, bytes], home: Path) -> list[Returned]:
    """Put the files of a backup into a home. Nothing that is there is changed.

    What differs from a file that is there, was outside the former home, or names servers of the former installation, is
    put beside as NAME.restored.

    Args:
        files: path in the backup → its place in the former home, or its whole path outside of it.
        contents: path in the backup → what the file holds.
        home: of the installation now.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    told: list[Returned] = []
    for name, former in files.items():
        content = contents[name]
        target = home / Path(former).name
        if target.is_file() and target.read_bytes() == content:
            continue
        aside = target.exists() or "/" in former or _NAMES_SERVERS.search(content.decode(errors="replace")) is not None
        if aside:
            target = target.with_name(f"{target.name}.restored")
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        told.append(Returned(target, aside))
    return told
