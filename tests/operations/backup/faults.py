"""Backups that would not bring an installation back, each in its own way."""

import hashlib
import io
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from codemie.kernel.crypto import Cipher
from codemie.kernel.migration import head
from codemie.operations.backup import archive, target
from codemie.operations.backup.creation import create
from codemie.operations.backup.manifest import DUMP, Manifest
from codemie.operations.contents import Part
from tests.databases import create_database, drop_database
from tests.operations.injection import Fault

Told = dict[str, object]


@dataclass(frozen=True)
class Subject:
    """An installation, and what makes backups of it.

    Attributes:
        url: of its database, to which nobody is connected.
        folder: for files.
    """

    url: str
    cipher: Cipher
    folder: Path

    def backup(self, change: Callable[["psycopg.Connection"], None] = lambda _: None) -> Path:
        """Of a copy of its database in which something was changed."""
        name = f"drilled_{uuid.uuid4().hex[:8]}"
        url = create_database(self.url, name)
        out = self.folder / f"{name}.backup"
        try:
            with target.connected(url) as connection:
                change(connection)
            create(url, out, {}, self.folder, self.cipher)
        finally:
            drop_database(self.url, name)
        return out

    def rewritten(self, file: Path, change: Callable[[Told], None], dump: bytes | None = None) -> Path:
        """The same backup, with a manifest that tells something else, and perhaps another dump."""
        manifest = archive.verify(file, self.cipher)
        told, out = manifest.model_dump(), self.folder / f"rewritten-{uuid.uuid4().hex[:8]}.backup"
        with archive.part(file, self.cipher, manifest, DUMP) as content:
            kept = dump if dump is not None else content.read()
        told["parts"][DUMP] = Part(bytes=len(kept), sha256=hashlib.sha256(kept).hexdigest()).model_dump()
        change(told)
        archive.write(out, Manifest.of(json.dumps(told).encode()), {DUMP: lambda: io.BytesIO(kept)}, self.cipher)
        return out


@dataclass(frozen=True)
class Spoilt(Fault):
    """A backup with this fault, made of an installation."""

    made: Callable[[Subject], Path] = Subject.backup


@dataclass(frozen=True)
class Held(Fault):
    """An administrator who does not let go of the database of the drill."""

    def hold(self, url: str) -> "psycopg.Connection":
        """Stay connected to it as somebody whose connection the role of the platform may not end."""
        return psycopg.connect(make_url(url).set(username="postgres").render_as_string(hide_password=False))


def _flipped(subject: Subject) -> Path:
    file = subject.backup()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return file


def _garbage(subject: Subject) -> Path:
    return subject.rewritten(subject.backup(), lambda _: None, dump=b"PGDMP and nothing that follows from it")


def _one_more(subject: Subject) -> Path:
    def told(manifest: Told) -> None:
        rows = manifest["rows"]
        assert isinstance(rows, dict)
        rows["public.users"] += 1

    return subject.rewritten(subject.backup(), told)


def _another_value(subject: Subject) -> Path:
    def told(manifest: Told) -> None:
        prints = manifest["fingerprints"]
        assert isinstance(prints, dict)
        prints["public.users"] = "1"

    return subject.rewritten(subject.backup(), told)


def _strange_schema(subject: Subject) -> Path:
    file = subject.backup(lambda db: db.execute("UPDATE alembic_version SET version_num = 'by hand'") and None)
    return subject.rewritten(file, lambda manifest: manifest.update(revision=head()))


def _spoilt_secret(subject: Subject) -> Path:
    statement = "UPDATE integrations SET sealed = set_byte(sealed, 90, get_byte(sealed, 90) # 1)"
    return subject.backup(lambda db: db.execute(statement) and None)


def _lost_column(subject: Subject) -> Path:
    return subject.backup(
        lambda db: db.execute("ALTER TABLE conversation_shares DROP COLUMN access_count CASCADE") and None
    )


FAULTS: tuple[Spoilt | Held, ...] = (
    Spoilt("drill.archive", "a bit of the file is flipped", made=_flipped),
    Spoilt("drill.restore", "the dump is no dump", made=_garbage),
    Spoilt("drill.counts", "the backup was made of one row more", made=_one_more),
    Spoilt("drill.fingerprints", "the backup was made of another value", made=_another_value),
    Spoilt("drill.schema", "the schema is of a revision that nobody knows", made=_strange_schema),
    Spoilt("drill.secrets", "a stored secret is damaged", made=_spoilt_secret),
    Spoilt("drill.reads", "a column of a table is missing", made=_lost_column),
    Held("drill.removed", "an administrator stays connected to the database of the drill"),
)
