"""ZIP archives from strangers: bounded in count, size, ratio and depth; names checked; nothing touches the disk."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from codemie.knowledge.documents import SkipCode, Skipped, Unreadable

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold. Sizes in bytes, uncompressed."""

    total_bytes: int = 500 * 2**20
    member_bytes: int = 100 * 2**20
    files: int = 1000
    entries: int = 10_000
    ratio: int = 200
    ratio_floor_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside an archive."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of an archive as its directory describes it; sizes are claims."""

    name: str
    size_bytes: int
    crc: int
    info: zipfile.ZipInfo


DEFAULT_LIMITS = ArchiveLimits()
OFFICE_LIMITS = ArchiveLimits(files=50_000, entries=50_000)
"""One document is many parts: every slide brings four of them. They are never indexed one by one."""


def check(file: bytes | IO[bytes], limits: ArchiveLimits = DEFAULT_LIMITS) -> None:
    """Refuse an archive as a whole by what its directory says, before anything is unpacked.

    Raises:
        Unreadable: damaged, too many files, or more bytes than allowed. The reasons are the upload protocol's.
    """
    with _opened(file) as archive:
        infos = archive.infolist()
    if len(infos) > limits.entries or sum(not _ignored(info) for info in infos) > limits.files:
        raise Unreadable(SkipCode.TOO_MANY_FILES, f"Archives are limited to {limits.files} files.")
    if sum(info.file_size for info in infos) > limits.total_bytes:
        megabytes = limits.total_bytes >> 20
        raise Unreadable(SkipCode.ZIP_BOMB, f"Uncompressed content exceeds the {megabytes} MB limit.")


def members(data: bytes, limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[Member | Skipped]:
    """Yield the files of an archive one by one, and a `Skipped` for every file that stays unread.

    Raises:
        Unreadable: the archive as a whole is refused; see `check`.
    """
    check(data, limits)
    left = limits.total_bytes
    with _opened(data) as archive:
        for listed in listing(archive):
            if isinstance(listed, Skipped):
                yield listed
                continue
            try:
                content = read(archive, listed, limits, left)
            except Unreadable as problem:
                yield problem.of(listed.name)
                continue
            left -= len(content)
            yield Member(listed.name, content)


def listing(archive: zipfile.ZipFile) -> Iterator[Listed | Skipped]:
    """Yield what an archive's directory names, without unpacking, and a `Skipped` for a name that is refused."""
    seen: set[str] = set()
    for info in archive.infolist():
        if _ignored(info):
            continue
        try:
            yield Listed(_safe_name(info, seen), info.file_size, info.CRC, info)
        except Unreadable as problem:
            yield problem.of(info.filename)


def read(archive: zipfile.ZipFile, listed: Listed, limits: ArchiveLimits = DEFAULT_LIMITS, left: int = 2**62) -> bytes:
    """Unpack one file of an archive, at most `left` bytes.

    Raises:
        Unreadable: encrypted, damaged, or larger than the limits allow.
    """
    return _content(archive, listed.info, min(left, limits.member_bytes), limits)


def _opened(file: bytes | IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(file) if isinstance(file, bytes) else file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable(SkipCode.DAMAGED, "The ZIP archive is damaged and cannot be opened") from error


def _ignored(info: zipfile.ZipInfo) -> bool:
    """Folders and the companion files that macOS adds say nothing."""
    parts = info.filename.split("/")
    return info.is_dir() or "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _safe_name(info: zipfile.ZipInfo, seen: set[str]) -> str:
    name = info.filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in name:
        raise Unreadable(SkipCode.UNSAFE_PATH, "The archive names this file outside of itself")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise Unreadable(SkipCode.UNSAFE_PATH, "Symbolic links in archives are not followed")
    if name.lower().endswith((".zip", ".jar", ".war")):
        raise Unreadable(SkipCode.NESTED_ARCHIVE, "Archives inside archives are not opened")
    name = "/".join(part for part in parts if part not in {"", "."})
    if name in seen:
        raise Unreadable(SkipCode.DUPLICATE, "The archive holds another file of this name")
    seen.add(name)
    return name


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, limits: ArchiveLimits) -> bytes:
    if info.flag_bits & 0x1:
        raise Unreadable(SkipCode.ENCRYPTED, "The file is protected by a password")
    if info.file_size > limits.ratio_floor_bytes and info.file_size > limits.ratio * max(info.compress_size, 1):
        raise Unreadable(SkipCode.ZIP_BOMB, f"The file unpacks to more than {limits.ratio} times its size")
    if info.file_size > limit:
        raise Unreadable(SkipCode.TOO_LARGE, f"The file is larger than {limit >> 20} MB")
    try:
        return _read(archive, info, limit)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(SkipCode.DAMAGED, "The archive is damaged at this file") from error


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """Read with a bound of our own: sizes in the directory are claims."""
    content = bytearray()
    with archive.open(info) as file:
        while piece := file.read(_READ_BYTES):
            content += piece
            if len(content) > limit:
                raise Unreadable(SkipCode.ZIP_BOMB, "The file unpacks to more than the archive says")
    return bytes(content)
