"""A rehearsal of a restore: a database and a folder that are thrown away, and what is found in them."""

import asyncio
import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path

import codemie
from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel import migration
from codemie.kernel.crypto import Cipher, DecryptionFailed
from codemie.kernel.database import Database
from codemie.kernel.errors import CodeMieError
from codemie.kernel.row_security import SYSTEM
from codemie.operations import rotation
from codemie.operations.backup import archive, rehearsal_repository, restoration, target
from codemie.operations.backup.manifest import DUMP, Manifest
from codemie.operations.sealed_columns import SEALED_COLUMNS


@dataclass
class Place:
    """An empty database and a folder; both go away again.

    Attributes:
        folder: that nobody else may enter.
        url: of the database.
        beside: URL of the one beside which it was made; None: it is on a server of its own.
        problem: why something could not be taken away.
    """

    folder: Path
    url: str
    beside: str | None = None
    problem: str = ""
    _own: EmbeddedPostgres | None = None

    @classmethod
    def made(cls, beside: str | None) -> "Place":
        """A new one.

        Args:
            beside: URL of the database beside which it is to be; None: on a server of its own, on this machine.

        Raises:
            Conflict: the role may make no database.
            Unavailable, ConfigurationError: there is no server, or none can be started.
        """
        folder = Path(tempfile.mkdtemp(prefix="codemie-drill-"))
        try:
            if beside:
                return cls(folder, target.fresh_beside(beside, dt.datetime.now(dt.UTC), "drill"), beside)
            own = EmbeddedPostgres(folder / "postgres")
            return cls(folder, own.start(), _own=own)
        except BaseException:  # an interruption, too, leaves nothing behind
            shutil.rmtree(folder)
            raise

    def remove(self) -> None:
        """Take both away; why one of them does not go is a `problem`."""
        for part in (self._remove_database, lambda: shutil.rmtree(self.folder)):
            try:
                part()
            except (CodeMieError, OSError) as error:
                self.problem = str(error)

    def _remove_database(self) -> None:
        if self.beside:
            target.drop(self.beside, target.name_of(self.url))
        elif self._own:
            self._own.stop()

    def left(self) -> list[str]:
        """What is still there.

        Raises:
            Unavailable: the server does not answer.
        """
        name = target.name_of(self.url)
        databases = [f"the database {name}"] if self.beside and target.is_there(self.beside, name) else []
        return databases + ([f"the folder {self.folder}"] if self.folder.exists() else [])


async def place_for(beside: str | None) -> Place:
    """`Place.made`; who is interrupted meanwhile leaves none behind."""
    making = asyncio.create_task(asyncio.to_thread(Place.made, beside))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        (await making).remove()
        raise


@dataclass
class Rehearsal:
    """A restore that nobody will use.

    Attributes:
        file: the backup.
        cipher: with the master keys that are here; None: there are none.
        place: where to.
        found: in each table before the schema was brought to this version.
    """

    file: Path
    cipher: Cipher | None
    place: Place
    found: Mapping[str, target.Content] = field(default_factory=dict[str, target.Content])
    _manifest: Manifest | None = None

    @property
    def manifest(self) -> Manifest:
        """Of the backup, which is proved."""
        if self._manifest is None:
            raise RuntimeError("What needs the manifest comes behind drill.archive")
        return self._manifest

    def prove(self) -> Manifest:
        """Read the backup as a whole.

        Raises:
            Unprocessable: it is damaged.
            ConfigurationError: it is of a newer version, or a master key is not here.
            OSError: it cannot be read.
        """
        self._manifest = archive.verify(self.file, self.cipher)
        restoration.refuse_unfit(self._manifest, self.cipher.key_ids if self.cipher else ())
        return self._manifest

    def load(self) -> None:
        """Bring it into the database; errors of `restoration.load`."""
        dump = partial(archive.part, self.file, self.cipher, self.manifest, DUMP)
        self.found = restoration.load(self.place.url, dump)

    def migrate(self) -> list[str]:
        """Bring the schema to this version; errors and result of `migration.migrate`."""
        return migration.migrate(self.place.url)

    async def open_secrets(self) -> tuple[int, Counter[str]]:
        """How many stored secrets open with the master keys that are here, and how many of each column do not."""
        opened, lost = 0, Counter[str]()
        async with self._database() as database:
            for column in SEALED_COLUMNS:
                async for rows in rotation.stored(database, column):
                    verdicts = [
                        self._opens(sealed, column.context(row))
                        for row in rows
                        for sealed in rotation.sealed_of(column, row)
                    ]
                    opened += verdicts.count(True)
                    lost[column.name] += verdicts.count(False)
        return opened, +lost

    def _opens(self, sealed: bytes, context: str) -> bool:
        try:
            return self.cipher is not None and self.cipher.open(sealed, context=context) is not None
        except DecryptionFailed:
            return False

    async def read_something(self) -> tuple[int, int]:
        """Read rows of every table the way the platform does: how many tables, how many rows.

        Raises:
            DBAPIError, LookupError, ValueError, TypeError: a row cannot be read; names its table.
        """
        for tables in sorted(Path(codemie.__file__).parent.glob("*/tables.py")):
            import_module(f"codemie.{tables.parent.name}.tables")
        async with self._database() as database, database.session() as session:
            return await rehearsal_repository.read_each(session)

    @asynccontextmanager
    async def _database(self) -> AsyncGenerator[Database]:
        database = Database(self.place.url, pool_size=1, unbound=SYSTEM)
        try:
            yield database
        finally:
            await database.close()
