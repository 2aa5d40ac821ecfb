"""What an archive says of itself: a manifest with the size and digest of every part, read with suspicion."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from codemie.kernel.errors import Unprocessable

_BLOCK = 2**20


class Told(BaseModel):
    """What a manifest tells; nothing else may stand in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def as_bytes(self) -> bytes:
        """As it stands in the archive."""
        return (json.dumps(self.model_dump(), indent=2) + "\n").encode()


class Part(Told):
    """One file of the archive."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


ToldT = TypeVar("ToldT", bound=Told)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of archive, and what is said of a bad one.

    Attributes:
        name: as people call it.
        remedy: what to do with one that is not what was written.
        other: what to do with one that says what this version does not understand.
    """

    name: str
    remedy: str
    other: str

    def damaged(self, why: str) -> Unprocessable:
        """The refusal of one that is not what was written."""
        return Unprocessable(f"The {self.name} is damaged", details=why[:1].upper() + why[1:], help=self.remedy)

    def read(self, manifest: type[ToldT], content: bytes) -> ToldT:
        """Its manifest.

        Raises:
            Unprocessable: it is none, of another format, or says what cannot be.
        """
        try:
            return manifest.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise Unprocessable(
                f"The {self.name} is damaged, or made by another version",
                details=f"Its manifest cannot be believed: {where} {first['msg']}".replace("  ", " "),
                help=self.other,
            ) from None


def part_of(path: Path) -> Part:
    """Size and digest of a file."""
    with path.open("rb") as file:
        return digested(file)


def digested(content: IO[bytes]) -> Part:
    """Size and digest of what is left of a stream."""
    digest, size = hashlib.sha256(), 0
    while block := content.read(_BLOCK):
        digest.update(block)
        size += len(block)
    return Part(bytes=size, sha256=digest.hexdigest())
