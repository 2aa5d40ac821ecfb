"""The folder that file tools cannot leave.

A path is walked one name at a time from an open descriptor of the folder, and the system never follows a link for us:
links are read and walked the same way, `..` goes back along the descriptors we hold. So neither `..`, nor a link, nor
somebody who swaps a folder for a link between a check and its use leads outside.
"""

import errno
import os
import secrets
import stat
import unicodedata
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from codemie.kernel.errors import (
    AccessDenied,
    CodeMieError,
    ConfigurationError,
    InvalidInput,
    NotFound,
    OutOfSpace,
    TooLarge,
)

MAX_LINKS = 40
MAX_DEPTH = 256
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe without a writer would block for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class OutsideJail(AccessDenied):
    """The path leads out of the folder that the agent serves."""

    title = "Access denied"


@dataclass(frozen=True, slots=True)
class _Place:
    """A name in an open folder. The name is no link, and may not exist."""

    folder: int
    name: str


class Jail:
    """One folder and everything below it.

    Args:
        root: the folder; links on the way to it are followed now, once.
        hidden: files that are never read or written, wherever they lie: those that hold secrets of the agent.

    Raises:
        ConfigurationError: there is no such folder.
    """

    def __init__(self, root: Path, hidden: Iterable[Path] = ()) -> None:
        try:
            self.root = root.resolve(strict=True)
            self._descriptor = os.open(self.root, _FOLDER)
        except OSError as error:
            raise ConfigurationError(
                "The folder to serve cannot be opened",
                details=f"{root}: {error.strerror}",
                help="Name another with --repo-path.",
            ) from error
        self._hidden = tuple(hidden)

    def close(self) -> None:
        os.close(self._descriptor)

    def read(self, path: str, max_bytes: int) -> bytes:
        """The content of a file.

        Raises:
            OutsideJail: the path leads outside.
            NotFound: there is no such file.
            TooLarge: it has more than `max_bytes`.
            InvalidInput: it is not an ordinary file.
        """
        with self._place(path) as place, _told(path):
            descriptor = os.open(place.name, _FILE, dir_fd=place.folder)
            with os.fdopen(descriptor, "rb") as file:
                found = os.fstat(descriptor)
                self._require_ordinary(found, path)
                if found.st_size > max_bytes:
                    raise TooLarge(details=f"{path} has {found.st_size} bytes; {max_bytes} are the most.")
                return file.read(max_bytes)

    def write(self, path: str, content: bytes) -> bool:
        """Create or replace a file, in one step; missing folders are made. Whether the file is new.

        Raises:
            OutsideJail: the path leads outside.
            InvalidInput: something other than a file has that name.
        """
        with self._place(path, make=True) as place, _told(path):
            before = _look(place)
            if before is not None:
                self._require_ordinary(before, path)
            mode = before.st_mode & 0o777 if before else 0o666
            _replace(place, content, mode, keep_mode=before is not None)
            return before is None

    def names(self, path: str) -> list[str]:
        """What lies in a folder, sorted.

        Raises:
            OutsideJail: the path leads outside.
            NotFound: there is no such folder.
        """
        with self._folder(path) as folder, _told(path):
            return sorted(os.listdir(folder))  # noqa: PTH208 - of an open folder

    def below(self, path: str, *, most: int, skip: frozenset[str]) -> tuple[list[str], bool]:
        """Files below a folder, as paths from the root if `path` is one, and whether there are more than `most`.

        Links are named, not followed. Folders called as in `skip` are named, with a `/`, and not entered.
        """
        found: list[str] = []
        start = PurePosixPath(*self._parts(path))
        with self._folder(path) as folder, _told(path):
            for here, folders, files, _ in os.fwalk(".", dir_fd=folder):
                base = start / here
                found += [str(base / name) for name in files]
                found += [f"{base / name}/" for name in folders if name in skip]
                folders[:] = sorted(set(folders) - skip) if here.count("/") < MAX_DEPTH else []
                if len(found) > most:
                    return sorted(found[:most]), True
        return sorted(found), False

    @contextmanager
    def _folder(self, path: str) -> Generator[int]:
        with self._place(path) as place:
            with _told(path):
                descriptor = os.open(place.name, _FOLDER, dir_fd=place.folder)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    @contextmanager
    def _place(self, path: str, *, make: bool = False) -> Generator[_Place]:
        """Walk to where a path leads; the descriptors are closed at the end of the block."""
        walk = _Walk(self._descriptor, self._parts_of_absolute)
        try:
            with _told(path):
                place = walk.to(self._parts(path), path, make=make)
            yield place
        finally:
            walk.close()

    def _parts(self, path: str) -> list[str]:
        if "\0" in path or len(path) > 4096:
            raise InvalidInput("The path cannot be used", details="It is too long, or has a NUL character in it.")
        return self._parts_of_absolute(path) if path.startswith("/") else path.split("/")

    def _parts_of_absolute(self, path: str) -> list[str]:
        root = self.root.as_posix().rstrip("/") + "/"
        if not f"{path}/".startswith(root):
            raise OutsideJail(details=f"{path} is outside of the folder that this agent serves.")
        return path[len(root) :].split("/")

    def _require_ordinary(self, found: os.stat_result, path: str) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise InvalidInput("That is not an ordinary file", details=path)
        for file in self._hidden:
            with suppress(OSError):
                if os.path.samestat(file.stat(), found):
                    raise OutsideJail(details=f"{path} holds secrets of the agent.")


class _Walk:
    """The open folders from the root to where we are.

    Args:
        root: descriptor of the root.
        from_root: reads an absolute path as names from the root, or refuses it.
    """

    def __init__(self, root: int, from_root: Callable[[str], list[str]]) -> None:
        self._open = [os.dup(root)]
        self._from_root = from_root
        self._links = 0

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())

    def to(self, parts: Iterable[str], path: str, *, make: bool) -> _Place:
        """Go there, and say in which folder under which name the end of the path lies.

        Args:
            parts: names of the path.
            path: the whole of it, to be named in errors.
            make: make folders that are missing.
        """
        left = deque(part for part in parts if part not in {"", "."})
        while left:
            name = left.popleft()
            if name == "..":
                self._up(path)
                continue
            if (target := self._link(name)) is not None:
                left.extendleft(reversed(self._followed(target)))
                continue
            if make:
                _require_not_git(name)
            if not left:
                return _Place(self._open[-1], name)
            self._into(name, make=make)
        return _Place(self._open[-1], ".")

    def _up(self, path: str) -> None:
        if len(self._open) == 1:
            raise OutsideJail(details=f"{path} leads out of the folder that this agent serves.")
        os.close(self._open.pop())

    def _link(self, name: str) -> str | None:
        """What a link says; None for anything else."""
        try:
            return os.readlink(name, dir_fd=self._open[-1])
        except OSError as error:
            if error.errno in {errno.EINVAL, errno.ENOENT}:
                return None
            raise

    def _followed(self, target: str) -> list[str]:
        self._links += 1
        if self._links > MAX_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if not target.startswith("/"):
            return [part for part in target.split("/") if part not in {"", "."}]
        parts = self._from_root(target)
        while len(self._open) > 1:
            os.close(self._open.pop())
        return [part for part in parts if part not in {"", "."}]

    def _into(self, name: str, *, make: bool) -> None:
        if len(self._open) > MAX_DEPTH:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._open[-1])
        self._open.append(os.open(name, _FOLDER, dir_fd=self._open[-1]))


def _require_not_git(name: str) -> None:
    """Whoever writes Git's configuration or hooks has Git run programs. Some file systems ignore case and more."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) != "Cf")
    if bare.casefold().rstrip(". ") == ".git":
        raise AccessDenied("Git's own files are not written", details=name, help="Use the Git tool.")


def _look(place: _Place) -> os.stat_result | None:
    try:
        return os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _replace(place: _Place, content: bytes, mode: int, *, keep_mode: bool) -> None:
    """A new file beside it takes its name: a reader sees the old or the new; the old one's other names keep it."""
    beside = f".{place.name[:200]}.{secrets.token_hex(8)}"
    descriptor = os.open(beside, _NEW, mode, dir_fd=place.folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if keep_mode:
                os.fchmod(descriptor, mode)
            file.write(content)
        os.replace(beside, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    except BaseException:  # cancelled too: no draft may stay beside the file
        with suppress(OSError):
            os.unlink(beside, dir_fd=place.folder)
        raise


@contextmanager
def _told(path: str) -> Generator[None]:
    """Failures of the system in words; `path` is as it was asked for."""
    try:
        yield
    except OSError as error:
        raise _error(error, path) from error


def _error(error: OSError, path: str) -> CodeMieError:
    match error.errno:
        case errno.ENOENT:
            return NotFound("No such file or directory", details=path)
        case errno.ENOTDIR | errno.EISDIR | errno.ENXIO:
            return InvalidInput(f"{error.strerror}", details=path)
        case errno.ELOOP:
            return OutsideJail(details=f"{path} has too many links, or was changed while it was looked up.")
        case errno.ENOSPC | errno.EDQUOT:
            return OutOfSpace(details=path)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return AccessDenied(f"{error.strerror}", details=path)
        case _:
            return InvalidInput("The path cannot be used", details=f"{path}: {error.strerror}.")
