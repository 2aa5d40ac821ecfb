"""What a backup says of itself."""

import json
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from codemie.kernel.errors import Unprocessable

DUMP = "database.dump"
"""The part that is the database, as `pg_dump` writes it."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(_Told):
    """One file of the archive."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Manifest(_Told):
    """The first file of the archive.

    Attributes:
        format: of the archive.
        version: of the CodeMie that made it.
        created: moment of the snapshot, ISO 8601 in UTC.
        revision: of the schema.
        server: version of PostgreSQL.
        key_ids: master keys that open the secrets in it, and how many secrets each; never the keys.
        rows: schema and name of each table → its rows.
        fingerprints: the same → fingerprint of all that is in it; none in backups of older versions.
        files: path in the archive → where the file was.
        parts: path in the archive → size and digest.
    """

    format: Literal["codemie.backup/1"] = "codemie.backup/1"
    version: str
    created: str
    revision: str
    server: str
    key_ids: Mapping[str, int]
    rows: Mapping[str, int]
    fingerprints: Mapping[str, str] = {}
    files: Mapping[str, str]
    parts: Mapping[str, Part]

    @model_validator(mode="after")
    def _complete(self) -> "Manifest":
        if absent := {DUMP, *self.files} - set(self.parts):
            raise ValueError(f"it lists no part {min(absent)}")
        return self

    def as_bytes(self) -> bytes:
        """As it stands in the archive."""
        return (json.dumps(self.model_dump(), indent=2) + "\n").encode()

    @classmethod
    def of(cls, content: bytes) -> "Manifest":
        """Read it back.

        Raises:
            Unprocessable: it is none, or of another format.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise Unprocessable(
                "The backup is damaged, or made by another version",
                details=f"Its manifest cannot be read: {where} {first['msg']}",
                help="Use another backup, or the version of CodeMie that made this one.",
            ) from None
