"""A skill as an archive: SKILL.md and the files it refers to. Archives are hostile: only bytes that were read count."""

import base64
import io
import zipfile
import zlib
from pathlib import PurePosixPath

from codemie.kernel.errors import InvalidInput
from codemie.skills import companions, markdown
from codemie.skills.schemas import BundlePreview, CompanionFile
from codemie.skills.settings import SkillsSettings

MANIFEST = "SKILL.md"
_MOST_ENTRIES = 5_000
_PIECE = 65_536


def preview(archive: bytes, settings: SkillsSettings) -> BundlePreview:
    """What a zip file holds.

    Raises:
        InvalidInput: 400, not an archive, no SKILL.md in it, or more than a skill may have.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            return _read(opened, settings)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _invalid("The file is not a zip archive that can be read.") from error


def _read(archive: zipfile.ZipFile, settings: SkillsSettings) -> BundlePreview:
    entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_noise(entry.filename)]
    if len(entries) > _MOST_ENTRIES:
        raise _invalid("The archive holds too many files.")
    manifest = min(
        (entry for entry in entries if PurePosixPath(entry.filename).name.lower() == MANIFEST.lower()),
        key=lambda entry: entry.filename.count("/"),
        default=None,
    )
    if manifest is None:
        raise _invalid(f"The archive holds no {MANIFEST}.")
    root = manifest.filename[: -len(MANIFEST)]
    others = [entry for entry in entries if entry is not manifest and entry.filename.startswith(root)]
    if len(others) > settings.max_files:
        raise _invalid(f"The archive holds more than {settings.max_files} files.")
    document = markdown.parse(_text(_bytes(archive, manifest, settings.max_file_bytes)), f"{root.strip('/')}.md")
    left = settings.max_files_bytes
    files: list[CompanionFile] = []
    for entry in others:
        content = _bytes(archive, entry, min(settings.max_file_bytes, left))
        left -= len(content)
        files.append(_companion(entry.filename[len(root) :], content))
    return BundlePreview(
        name=document.name, description=document.description, content=document.content, companion_files=files
    )


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """The entry's bytes, counted as they come: the size an archive states may be a lie."""
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as opened:
        while piece := opened.read(_PIECE):
            size += len(piece)
            if size > most:
                raise _invalid(f"'{entry.filename[:100]}' is larger than a skill's files may be.")
            pieces.append(piece)
    return b"".join(pieces)


def _companion(path: str, content: bytes) -> CompanionFile:
    if problem := companions.path_problem(path):
        raise InvalidInput("Invalid companion file path", details=f"{path[:100]}: {problem}")
    encoding, text = _encoded(content)
    return CompanionFile(
        path=path, mime_type=companions.guess_type(path), encoding=encoding, size_bytes=len(content), content=text
    )


def _encoded(content: bytes) -> tuple[str, str]:
    """Text as it is, everything else as base64. PostgreSQL keeps no NUL in text."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    return ("base64", base64.b64encode(content).decode()) if "\0" in text else ("text", text)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _invalid(f"{MANIFEST} is not UTF-8 text.") from error


def _is_noise(name: str) -> bool:
    """What operating systems leave in archives."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"


def _invalid(details: str) -> InvalidInput:
    return InvalidInput("Invalid skill bundle", details=details)
