"""Uploaded files, and the files inside uploaded ZIP archives."""

import asyncio
import hashlib
import shutil
import zipfile
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codemie.kernel.database import Database
from codemie.knowledge import archives, repository
from codemie.knowledge.documents import SkipCode, Skipped, Unreadable
from codemie.knowledge.filetypes import extension
from codemie.knowledge.sources.contract import Entry, Skip, SourceProblem
from codemie.knowledge.tables import UploadedFile


@dataclass(slots=True)
class _Archive:
    """An opened archive: its directory and a reader of its files."""

    zip: zipfile.ZipFile
    listed: list[archives.Listed | Skipped]


@dataclass(slots=True)
class FileSnapshot:
    """The files of a file data source as they were when a run began. `revision` is a digest of names and contents."""

    revision: str
    database: Database
    workspace: Path
    files: list[UploadedFile]
    table_options: Mapping[str, Any]
    filtered: int = 0
    _archives: dict[str, _Archive] = field(default_factory=dict[str, _Archive], repr=False)

    async def entries(self) -> AsyncGenerator[Entry, None]:
        """List the files by name, and in place of a ZIP archive the files it holds."""
        for file in self.files:
            if extension(file.name) != "zip":
                yield self._entry(file.name, file.size_bytes, file.sha256, file.id)
                continue
            try:
                archive = await self._archive(file.id)
            except Unreadable as problem:
                yield Entry(file.name, file.size_bytes, file.sha256, "", Skip(problem.code, problem.reason))
                continue
            for number, listed in enumerate(archive.listed):
                # The first file of a name stands for all: a document is known by its name.
                if not (isinstance(listed, Skipped) and listed.code == SkipCode.DUPLICATE):
                    yield self._member(file, number, listed)

    def _entry(self, name: str, size: int, digest: str, locator: str) -> Entry:
        options = self.table_options if extension(name) in {"csv", "tsv"} else {}
        shape = "".join(f":{key}={value}" for key, value in sorted(options.items()))
        return Entry(name, size, f"{digest}{shape}", locator, options=options)

    def _member(self, file: UploadedFile, number: int, listed: archives.Listed | Skipped) -> Entry:
        if isinstance(listed, Skipped):
            skip = Skip(listed.code, listed.reason)
            return Entry(f"{file.name}/{listed.source}", 0, f"{file.sha256}/{number}", "", skip)
        digest = f"crc:{listed.crc:08x}:{listed.size_bytes}"
        return self._entry(f"{file.name}/{listed.name}", listed.size_bytes, digest, f"{file.id}/{number}")

    async def read(self, entry: Entry) -> bytes:
        """Return the content of a file. Raises Unreadable for one that an archive does not give."""
        file_id, _, number = entry.locator.partition("/")
        if not number:
            async with self.database.session() as session:
                return b"".join([part async for part in repository.file_slices(session, file_id)])
        archive = await self._archive(file_id)
        listed = archive.listed[int(number)]
        if isinstance(listed, Skipped):  # never: such entries carry their skip
            raise SourceProblem(listed.reason)
        return await asyncio.to_thread(archives.read, archive.zip, listed)

    async def _archive(self, file_id: str) -> _Archive:
        if file_id not in self._archives:
            path = await self._on_disk(file_id)
            self._archives[file_id] = await asyncio.to_thread(_opened, path)
        return self._archives[file_id]

    async def _on_disk(self, file_id: str) -> Path:
        """Copy an archive out of the database: its directory is at its end."""
        path = self.workspace / f"{file_id}.zip"
        await asyncio.to_thread(self.workspace.mkdir, parents=True, exist_ok=True)
        async with self.database.session() as session:
            with path.open("wb") as target:
                async for part in repository.file_slices(session, file_id):
                    await asyncio.to_thread(target.write, part)
        return path

    async def close(self) -> None:
        """Remove the copies of archives."""
        for archive in self._archives.values():
            archive.zip.close()
        self._archives.clear()
        await asyncio.to_thread(shutil.rmtree, self.workspace, ignore_errors=True)


def _opened(path: Path) -> _Archive:
    with path.open("rb") as file:
        archives.check(file)
    try:
        opened = zipfile.ZipFile(path)  # stays open while the snapshot does
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SourceProblem("The archive was removed while it was read") from error
    return _Archive(opened, list(archives.listing(opened)))


async def open_files(
    database: Database, source_id: str, workspace: Path, table_options: Mapping[str, Any]
) -> FileSnapshot:
    """Open the files of a data source as they are now."""
    async with database.session() as session:
        files = await repository.uploaded_files(session, source_id)
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{file.sha256}\0".encode())
    return FileSnapshot(digest.hexdigest(), database, workspace, files, table_options)


def check_archive(path: Path) -> None:
    """Refuse an uploaded ZIP archive that holds too much. Damaged ones pass: they are listed as skipped later.

    Raises Unreadable, in the words that clients compare.
    """
    with path.open("rb") as file:
        try:
            archives.check(file)
        except Unreadable as problem:
            if problem.code in {SkipCode.TOO_MANY_FILES, SkipCode.ZIP_BOMB}:
                raise
