"""How far an upgrade of this home came, so that another run, or another person, can go on or back."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from codemie.kernel.errors import ConfigurationError
from codemie.operations.private_file import write_whole

FILE_NAME = "upgrade.json"
State = Literal["backed up", "done", "rolled back"]


@dataclass(frozen=True, slots=True)
class Entry:
    """The last upgrade.

    Args:
        state: how far it came.
        backup: made before anything was changed.
        before: revision that the database was at.
        after: revision that it was to come to.
        version: of the program that did it.
        time: when it began.
    """

    state: State
    backup: str
    before: str
    after: str
    version: str
    time: str


def write(home: Path, entry: Entry) -> None:
    """Keep it, whole or not at all."""
    write_whole(home / FILE_NAME, json.dumps(asdict(entry), indent=2))


def read(home: Path) -> Entry | None:
    """The last one; None where there was none.

    Raises:
        ConfigurationError: the file is damaged.
    """
    path = home / FILE_NAME
    try:
        return Entry(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read", details=str(error), help="Move it away; the backups beside it stay."
        ) from error
