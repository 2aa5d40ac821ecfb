"""What a bundle says of itself."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from codemie.operations.contents import Kind, Part, Told
from codemie.operations.registry.names import REPOSITORY

BLOBS = "images/blobs/sha256"
"""Folder of what images are made of, each file named by its digest."""
_DIGEST = r"^sha256:[0-9a-f]{64}$"
_SAFE = re.compile(r"^[\w.+@-]+( [\w.+@-]+)*$")


BUNDLE = Kind(
    "bundle",
    remedy="Bring the file over again, or make a new one",
    other="Bring the file over again, or make a new bundle",
)


class Packed(Told):
    """An image of the bundle.

    Attributes:
        source: where it came from.
        repository: below which a registry is to have it.
        reference: its tag, or `digest` where it was named by one.
        value: of the chart that names it; empty where none does.
        digest: of what is in the bundle; another than the source's where that is for more platforms.
        kind: media type of what the digest names.
        bytes: of all that it is made of.
    """

    source: str
    repository: Annotated[str, Field(pattern=REPOSITORY)]
    reference: str
    value: str = ""
    digest: Annotated[str, Field(pattern=_DIGEST)]
    kind: str
    platforms: tuple[str, ...]
    bytes: Annotated[int, Field(ge=0)]


class Manifest(Told):
    """The first file of a bundle.

    Attributes:
        version: of the CodeMie that is in it.
        created: ISO 8601 in UTC.
        python: that the packages are for, as `3.12`; empty where there are none.
        system: likewise, as `linux x86_64`.
        left_out: part → why it is not in it.
        parts: path in the bundle → size and digest.
    """

    format: Literal["codemie.bundle/1"] = "codemie.bundle/1"
    version: Annotated[str, Field(pattern=r"^[\w.+-]+$")]
    created: str
    python: str = ""
    system: str = ""
    images: tuple[Packed, ...] = ()
    left_out: Mapping[str, str] = {}
    parts: Mapping[str, Part]

    @field_validator("parts")
    @classmethod
    def _inside(cls, parts: Mapping[str, Part]) -> Mapping[str, Part]:
        for path in parts:
            if not is_inside(path):
                raise ValueError(f"{path!r} leads out of the bundle, or is no plain name")
        return parts

    @model_validator(mode="after")
    def _named_by_content(self) -> "Manifest":
        for path, part in self.parts.items():
            if path.startswith(f"{BLOBS}/") and path != f"{BLOBS}/{part.sha256}":
                raise ValueError(f"{path} is not named by its content")
        for image in self.images:
            if blob(image.digest) not in self.parts:
                raise ValueError(f"the image {image.source} is not in it")
        return self

    @classmethod
    def of(cls, content: bytes) -> "Manifest":
        """Read it back.

        Raises:
            Unprocessable: it is none, of another format, or says what cannot be.
        """
        return BUNDLE.read(cls, content)


def is_inside(path: str) -> bool:
    """Whether a path is of plain names, and leads nowhere but down."""
    parts = PurePosixPath(path).parts
    return bool(parts) and "/".join(parts) == path and all(_SAFE.match(each) and each != ".." for each in parts)


def blob(digest: str) -> str:
    """The path of what a digest names."""
    return f"{BLOBS}/{digest.removeprefix('sha256:')}"
