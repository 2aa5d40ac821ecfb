"""The model files this installation has used, numbered, and the exchange of one for another in one instant.

Beside `models.yaml` is the folder `models.yaml.versions`: `1.yaml`, `2.yaml` … and `versions.json`, which says what
each is, and which exchange is under way. Every file is written beside its place and moved there, so whoever is killed
leaves the old or the new one. Several machines may share the folder; who writes holds a lock elsewhere.
"""

import os
import stat
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from codemie.kernel.database import utcnow
from codemie.kernel.errors import ConfigurationError, Conflict, NotFound
from codemie.models.starter import DEFAULT_FILE

FOLDER = ".versions"
_MANIFEST = "versions.json"
Kind = Literal["switch", "rollback"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Version(_Row):
    """A model file that was in use.

    Attributes:
        number: counts from 1; its file is `NUMBER.yaml`.
        sha256: of its bytes.
        since: when it was kept first.
        by: who brought it; empty where it was found in use.
        replaced: the version that was in use before it; None for the first.
    """

    number: int
    sha256: str
    since: datetime
    by: str = ""
    replaced: int | None = None


class Exchange(_Row):
    """One version in place of another.

    Attributes:
        operation: names it in the audit log.
        former: number of the version in use until then.
        wanted: number of the one that takes its place.
        replacements: language models that take another's place: old → new.
        is_verified: whether the models were asked before.
        reindexed: embedding models whose data sources are indexed anew with another: old → new.
    """

    operation: str
    kind: Kind
    former: int
    wanted: int
    date: datetime
    by: str
    replacements: dict[str, str] = {}
    is_verified: bool = True
    reindexed: dict[str, str] = {}


class Manifest(_Row):
    """What `versions.json` says.

    Attributes:
        active: the version that was put in place last.
        versions: by number.
        pending: an exchange that has begun and not ended.
        last: the exchange that ended last.
    """

    schema_version: Literal[1] = 1
    active: int | None = None
    versions: tuple[Version, ...] = ()
    pending: Exchange | None = None
    last: Exchange | None = None

    def find(self, number: int | None) -> Version | None:
        """The version of that number."""
        return next((version for version in self.versions if version.number == number), None)

    def of(self, content: bytes) -> Version | None:
        """The version that has this content."""
        return next((version for version in self.versions if version.sha256 == digest(content)), None)

    def with_version(self, version: Version) -> "Manifest":
        """The same with this version, in place of one of its number."""
        others = (each for each in self.versions if each.number != version.number)
        rows = sorted((*others, version), key=lambda each: each.number)
        return self.model_copy(update={"versions": tuple(rows)})


class Versions:
    """The versions of one model file.

    Args:
        file: the one in use; it need not exist, then the packaged one is in use.
    """

    def __init__(self, file: Path) -> None:
        self.file = file.resolve()
        self.folder = self.file.with_name(self.file.name + FOLDER)

    def path(self, number: int) -> Path:
        """Where the version of that number is kept."""
        return self.folder / f"{number}.yaml"

    def manifest(self) -> Manifest:
        """What is known; nothing before the first exchange.

        Raises:
            ConfigurationError: the manifest cannot be read.
        """
        place = self.folder / _MANIFEST
        try:
            return Manifest.model_validate_json(place.read_bytes())
        except FileNotFoundError:
            return Manifest()
        except (OSError, ValidationError) as error:
            message = f"{place} cannot be read: {type(error).__name__}"
            raise ConfigurationError(message, help="Put it back from a backup, or move the folder away") from error

    def in_use(self) -> bytes:
        """The content of the file in use.

        Raises:
            OSError: it cannot be read.
        """
        try:
            return self.file.read_bytes()
        except FileNotFoundError:
            return DEFAULT_FILE.read_bytes()

    def content(self, number: int) -> bytes:
        """The file of a version.

        Raises:
            NotFound: there is none.
            Conflict: it is not what it was when it was kept.
        """
        version = self.manifest().find(number)
        if version is None:
            known = ", ".join(str(each.number) for each in self.manifest().versions) or "none yet"
            raise NotFound(f"There is no version {number}", help=f"There are: {known}")
        try:
            content = self.path(number).read_bytes()
        except OSError as error:
            raise NotFound(f"The file of version {number} is gone", details=str(self.path(number))) from error
        if digest(content) != version.sha256:
            raise Conflict(f"{self.path(number)} was changed since it was kept", help="Switch to a file of yours")
        return content

    def adopt(self) -> Version:
        """Make sure that the file in use is the active version; one that was edited by hand becomes a version.

        Raises:
            OSError: the folder cannot be written.
        """
        content, manifest = self.in_use(), self.manifest()
        found = manifest.of(content)
        if found is None:
            found = self.keep(content, "").model_copy(update={"replaced": manifest.active})
            manifest = manifest.with_version(found)
        if manifest.active != found.number:
            self._write_manifest(manifest.model_copy(update={"active": found.number}))
        return found

    def keep(self, content: bytes, by: str) -> Version:
        """Write a content as a version; the manifest does not name it yet. One that is kept already is not kept twice.

        Raises:
            OSError: the folder cannot be written.
        """
        manifest = self.manifest()
        number = max((each.number for each in manifest.versions), default=0) + 1
        version = manifest.of(content) or Version(number=number, sha256=digest(content), since=utcnow(), by=by)
        self._write(self.path(version.number), content)
        return version

    def begin(self, exchange: Exchange, wanted: Version) -> None:
        """Say what is about to happen. Whoever finds that after a kill can tell by the file in use how far it came.

        Raises:
            OSError: the folder cannot be written.
        """
        manifest = self.manifest().with_version(wanted)
        self._write_manifest(manifest.model_copy(update={"pending": exchange}))

    def swap(self, exchange: Exchange) -> None:
        """Put the wanted version into the place of the file in use.

        Raises:
            Conflict: the file in use is not the former version any more.
            OSError: it cannot be replaced.
        """
        if self.in_place() != exchange.former:
            raise Conflict(f"{self.file} was changed meanwhile", help="Look at it, and run the command again")
        self._write(self.file, self.content(exchange.wanted))

    def end(self, exchange: Exchange) -> None:
        """The exchange is complete, and written down."""
        manifest = self.manifest()
        wanted = manifest.find(exchange.wanted)
        if exchange.kind == "switch" and wanted is not None:
            manifest = manifest.with_version(wanted.model_copy(update={"replaced": exchange.former}))
        done = {"active": exchange.wanted, "pending": None, "last": exchange}
        self._write_manifest(manifest.model_copy(update=done))

    def undo(self) -> None:
        """Forget an exchange that did not happen; what it brought stays as a version that may be chosen."""
        self._write_manifest(self.manifest().model_copy(update={"pending": None}))

    def in_place(self) -> int | None:
        """Number of the version that the file in use is; None where somebody edited it."""
        found = self.manifest().of(self.in_use())
        return found.number if found else None

    def _write_manifest(self, manifest: Manifest) -> None:
        self._write(self.folder / _MANIFEST, manifest.model_dump_json(indent=2).encode())

    def _write(self, place: Path, content: bytes) -> None:
        """Write a file whole or not at all, for those who may read the file in use."""
        self._prepare_folder()
        mode, owner = self._access()
        # One name for all: what a killed command left there is overwritten by the next.
        beside = place.with_name(f".{place.name}.new")
        try:
            with beside.open("wb") as target:
                os.fchmod(target.fileno(), mode)
                if owner is not None:
                    with suppress(PermissionError):  # then whoever runs this owns it, as with any editor
                        os.fchown(target.fileno(), *owner)
                target.write(content)
                target.flush()
                os.fsync(target.fileno())
            beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
        _settle(place.parent)

    def _prepare_folder(self) -> None:
        if self.folder.is_dir():
            return
        mode, owner = self._access()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(mode | 0o700 | (mode & 0o444) >> 2)
        if owner is not None:
            with suppress(PermissionError):
                os.chown(self.folder, *owner)
        _settle(self.folder.parent)

    def _access(self) -> tuple[int, tuple[int, int] | None]:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return 0o600, None
        return stat.S_IMODE(found.st_mode), (found.st_uid, found.st_gid)


def digest(content: bytes) -> str:
    """Names a content: SHA-256."""
    return sha256(content).hexdigest()


def _settle(folder: Path) -> None:
    """Bring what was moved in the folder to the disk: a power cut must not take it back."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
