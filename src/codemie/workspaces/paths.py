"""Paths inside a workspace: what they may look like, and which of them are taken."""

import re
import unicodedata
from collections.abc import Collection
from itertools import count
from pathlib import PurePosixPath

from codemie.kernel.errors import InvalidInput
from codemie.workspaces.schemas import MOST_PATH_CHARACTERS

_RESERVED_FOLDER, _RESERVED_FILE = ".codemie_bridge", "codemie_runtime_sdk.py"
RUNTIME_MODULE = _RESERVED_FILE
CODE_FILE = f"{_RESERVED_FOLDER}/code.py"
"""Where code stands that is run without being a file of the workspace."""
_MOST_COMPONENT_BYTES = 255
_LONGEST_SUFFIX = 20
# Letters of other alphabets that look like those of the two reserved names.
_LOOKALIKES = str.maketrans("асеорхуіјѕԁӏкмтԍьоαειικμντυρϲϳ", "aceopxyijsdlkmtgboaeiikmvtupcj")


def invalid(details: str) -> InvalidInput:
    """What every problem of a workspace looks like to clients."""
    return InvalidInput("Invalid workspace request", details=details)


def normal_path(path: str) -> str:
    """The one spelling of a path: relative, with slashes, without detours.

    Raises:
        InvalidInput: 400, it is too long, leads out of the workspace or cannot be a file's name.
    """
    cleaned = unicodedata.normalize("NFC", path).replace("\\", "/").lstrip("/")
    parts = [part for part in cleaned.split("/") if part != "."]
    if len(cleaned) > MOST_PATH_CHARACTERS:
        raise invalid(f"file_path is longer than {MOST_PATH_CHARACTERS} characters")
    for part in parts:
        if part in {"", ".."} or not part.isprintable() or len(part.encode(errors="replace")) > _MOST_COMPONENT_BYTES:
            raise invalid(f"file_path '{path[:200]}' is not a path inside the workspace")
    if not parts:
        raise invalid("file_path is empty")
    return "/".join(parts)


def file_name(name: str) -> str:
    """The name of an uploaded file as one part of a path: that takes so many bytes, an upload as many letters."""
    if len(name.encode()) <= _MOST_COMPONENT_BYTES:
        return name
    suffix = PurePosixPath(name).suffix
    kept = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return name.encode()[: _MOST_COMPONENT_BYTES - len(kept.encode())].decode(errors="ignore") + kept


def free_name(name: str, folders: Collection[str]) -> str:
    """The same where the workspace has folders, or the platform files, that may have this very name."""
    wanted = file_name(name)
    if wanted not in folders and not _is_reserved(wanted):
        return wanted
    others = (file_name(f"chat-{number}-{name}") for number in count(1))
    return next(other for other in others if other not in folders)


def writable_path(path: str) -> str:
    """The same, for changing it.

    Raises:
        InvalidInput: 400, also where the path is that of the platform's own files, or looks like it.
    """
    normal = normal_path(path)
    if _is_reserved(normal):
        raise invalid("file_path is reserved")
    return normal


def _is_reserved(path: str) -> bool:
    first, _, rest = path.partition("/")
    root = _skeleton(first)
    return root == _RESERVED_FOLDER or (root == _RESERVED_FILE and not rest)


def _skeleton(name: str) -> str:
    """What a name looks like to a person."""
    plain = unicodedata.normalize("NFKD", name).casefold().translate(_LOOKALIKES).replace("ı", "i")
    seen = (letter for letter in plain if unicodedata.category(letter) not in {"Mn", "Me", "Cf"})
    return "".join(seen).strip()


def matches_glob(path: str, pattern: str) -> bool:
    """`*` and `?` stay within a folder, `**` does not; a pattern without a slash is looked for at any depth."""
    wanted = pattern.lstrip("/")
    if "/" not in wanted:
        wanted = f"**/{wanted}"
    return re.fullmatch(_glob(wanted), path) is not None


def _glob(pattern: str) -> str:
    translated = ""
    for piece in re.findall(r"\*\*/|\*+|\?|[^*?]+", pattern):
        if piece == "**/":
            translated += "(?:[^/]+/)*"
        elif piece.startswith("**"):
            translated += ".*"
        elif piece == "*":
            translated += "[^/]*"
        else:
            translated += "[^/]" if piece == "?" else re.escape(piece)
    return translated
