"""Files on their way: those of the conversation that go to Azure DevOps, and attachments that a model reads."""

import mimetypes
from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from codemie.toolkits.connection import ChatFile, ToolRun
from codemie.toolkits.failures import ToolFailed

_SHOWN = 100_000


async def chat_files(run: ToolRun) -> list[ChatFile]:
    """The files of the conversation, if it is one."""
    return await run.files.all() if run.files else []


def digest(content: bytes) -> str:
    """What tells contents apart."""
    return sha256(content).hexdigest()


def noted(sentence: str, files: Sequence[str]) -> str:
    """The sentence, and which files went along."""
    return f"{sentence} Attached files: {', '.join(files)}." if files else sentence


async def read(run: ToolRun, name: str, content: bytes) -> dict[str, Any]:
    """An attachment as a model reads it: what it says, or what it is where it says nothing."""
    about = {
        "filename": name,
        "mime_type": mimetypes.guess_type(name)[0] or "application/octet-stream",
        "size_bytes": len(content),
    }
    reading = await run.read(name, content)
    if reading.text is None:
        note = f"Its content is not shown: {reading.problem}."
        return {**about, "content_type": "binary", "content": None, "note": note}
    length = len(reading.text)
    note = f"The first {_SHOWN} of {length} characters." if length > _SHOWN else "The whole text."
    return {**about, "content_type": "text", "content": reading.text[:_SHOWN], "note": note}


def chosen(named: str, names: Sequence[str]) -> int:
    """The place of the newest attachment of that name among names, oldest first.

    Raises:
        ToolFailed: none has it.
    """
    for place in range(len(names) - 1, -1, -1):
        if names[place].lower() == named.strip().lower():
            return place
    there = f"There are: {', '.join(names[:50])}." if names else "There are none."
    raise ToolFailed(f"There is no attachment '{named[:200]}'", details=there, code=404)


def path_of(url: str) -> str:
    """What of an address tells attachments apart, however it was escaped."""
    return unquote(urlsplit(url.strip()).path).lower()
