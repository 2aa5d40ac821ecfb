"""Where a stack keeps its state: the `backend` block of its files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemie.kernel.errors import ConfigurationError
from codemie.operations.hcl.evaluation import value_of
from codemie.operations.hcl.parser import read
from codemie.operations.hcl.syntax import Attribute
from codemie.operations.hcl.wording import NotKnownHere, NoValue, WrongSyntax

_DECLARES = re.compile(r'^\s*backend\s+"', re.MULTILINE)

MOST_STATE_BYTES = 64 * 2**20
"""What is read of a state; those of the stacks have less than one."""


@dataclass(frozen=True)
class Backend:
    """The block, or that there is none.

    Attributes:
        kind: such as `s3`; empty where there is none.
        place: file and line, or the folder.
    """

    kind: str
    place: str
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def text(self, name: str) -> str:
        """A value; empty where it is given elsewhere, as by -backend-config."""
        return str(self.values.get(name) or "")


def read_backend(folder: Path) -> Backend:
    """The backend of the stack in a folder.

    Raises:
        ConfigurationError: its file cannot be read.
    """
    for file in sorted(folder.glob("*.tf")):
        text = file.read_text(encoding="utf-8")
        if not _DECLARES.search(text):
            continue
        try:
            blocks = [inner for block in read(text).all("terraform") for inner in block.all("backend")]
        except WrongSyntax as error:
            raise ConfigurationError(f"{file}:{error.line} cannot be read", details=str(error)) from error
        for block in blocks:
            values = {name: _plain(attribute) for name, attribute in block.attributes.items()}
            return Backend(block.labels[0], f"{file}:{block.line}", values)
    return Backend("", str(folder))


def _plain(attribute: Attribute) -> Any:
    try:
        return value_of(attribute.value, {})
    except (NoValue, NotKnownHere):
        return None
