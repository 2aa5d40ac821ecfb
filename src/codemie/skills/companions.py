"""Files that come with a skill: safe paths, honest sizes, bounded numbers."""

import base64
import binascii
import mimetypes
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from codemie.kernel.errors import InvalidInput
from codemie.skills.schemas import FileRequest
from codemie.skills.settings import SkillsSettings
from codemie.skills.tables import SkillFile

MAX_PATH = 943
_FORBIDDEN = frozenset('\\:*?"<>|')


def path_problem(path: str) -> str | None:
    """Why the path cannot name a companion file; None when it can."""
    if len(path) > MAX_PATH:
        return f"path is too long (max {MAX_PATH} characters)"
    if not path or path != path.strip():
        return "path is empty or begins or ends with a space"
    if any(ord(character) < 32 or character in _FORBIDDEN for character in path):
        return "path holds a character that is not allowed"
    if path.startswith("/"):
        return "path must be relative"
    if any(part in {"", ".", ".."} for part in path.split("/")):
        return "path must not hold empty parts, '.' or '..'"
    return None


def rows_of(files: Sequence[FileRequest], settings: SkillsSettings) -> list[dict[str, Any]]:
    """The files as they are stored.

    Raises:
        InvalidInput: 400, a path is unsafe or given twice, a content is not base64, or there is too much of it.
    """
    if len(files) > settings.max_files:
        raise InvalidInput("Too many companion files", details=f"A skill has at most {settings.max_files} files.")
    rows: dict[str, dict[str, Any]] = {}
    for file in files:
        if problem := path_problem(file.path):
            raise InvalidInput("Invalid companion file path", details=f"{file.path[:100]}: {problem}")
        if file.path in rows:
            raise InvalidInput("Invalid companion file path", details=f"{file.path}: path is given twice")
        rows[file.path] = _row(file, settings.max_file_bytes)
    if sum(row["size_bytes"] for row in rows.values()) > settings.max_files_bytes:
        raise InvalidInput(
            "Companion files are too large", details=f"Together at most {settings.max_files_bytes} bytes are kept."
        )
    return list(rows.values())


def content_of(file: SkillFile) -> bytes:
    """The bytes of a stored file."""
    if file.encoding == "base64":
        return base64.b64decode(file.content)
    return file.content.encode(errors="replace")


def guess_type(path: str) -> str:
    """The media type by the file's name."""
    if PurePosixPath(path).suffix == ".md":
        return "text/markdown"
    return mimetypes.guess_type(path)[0] or "text/plain"


def _row(file: FileRequest, most: int) -> dict[str, Any]:
    encoding = file.encoding or "text"
    size = _size(file) if encoding == "base64" else len(file.content.encode(errors="surrogatepass"))
    if size > most:
        raise InvalidInput("Companion file is too large", details=f"{file.path}: at most {most} bytes are kept.")
    return {
        "path": file.path,
        "mime_type": file.mime_type or guess_type(file.path),
        "encoding": encoding,
        "size_bytes": size,
        "content": file.content,
    }


def _size(file: FileRequest) -> int:
    try:
        return len(base64.b64decode(file.content, validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("Invalid companion file", details=f"{file.path}: the content is not base64.") from error
