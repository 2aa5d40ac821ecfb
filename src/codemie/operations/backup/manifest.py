"""What a backup says of itself."""

from collections.abc import Mapping
from typing import Literal

from pydantic import model_validator

from codemie.operations.contents import Kind, Part, Told

DUMP = "database.dump"
"""The part that is the database, as `pg_dump` writes it."""


BACKUP = Kind(
    "backup",
    remedy="Copy it again from where it was kept, or use another.",
    other="Use another backup, or the version of CodeMie that made this one.",
)


class Manifest(Told):
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

    @classmethod
    def of(cls, content: bytes) -> "Manifest":
        """Read it back.

        Raises:
            Unprocessable: it is none, or of another format.
        """
        return BACKUP.read(cls, content)
