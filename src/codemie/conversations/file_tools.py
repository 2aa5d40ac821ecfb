"""Attached files as an agent meets them: tools that read them, and pictures for models that see."""

import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from codemie.agents.request import Image
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.attachments import FileToken, decode_token, mime_type_of
from codemie.conversations.viewing import VIEWER
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, NotFound
from codemie.kernel.tools import Tool, ToolResult
from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.extraction import extract
from codemie.knowledge.office import OfficeParser
from codemie.models.entries import ModelEntry

_MOST_IMAGES = 20
_MOST_IMAGE_BYTES = 20 * 2**20
"""Of all pictures of a run together: every one of them is sent with every call of the model."""
_TIMEOUT_SECONDS = 90.0
_NOT_IN_A_NAME = re.compile(r"[\s\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069<>]+")
_OTHER = "file_analysis"
_SHOWN, _LOOKED_AT = "shown below", f"a picture; look at it with the tool {VIEWER}"
_TOOL_OF: Mapping[str, str] = {
    ".pdf": "pdf_tool",
    ".docx": "docx_tool",
    ".pptx": "pptx_tool",
    ".xlsx": "excel_tool",
    ".xls": "excel_tool",
    ".xlsb": "excel_tool",
    ".csv": "csv_tool",
    ".eml": "email_analysis_tool",
    ".msg": "email_analysis_tool",
}
_KIND_OF: Mapping[str, str] = {
    "pdf_tool": "PDF documents",
    "docx_tool": "Word documents",
    "pptx_tool": "presentations",
    "excel_tool": "spreadsheets",
    "csv_tool": "CSV tables",
    "email_analysis_tool": "e-mails",
    _OTHER: "files",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """What attached files add to a run."""

    tools: tuple[Tool, ...] = ()
    images: tuple[Image, ...] = ()
    unseen: tuple[Image, ...] = ()
    """Pictures that the run's model cannot see, for one that can."""
    note: str = ""
    """The line behind the question that tells the model what is attached."""


@dataclass(frozen=True, slots=True)
class FileReader:
    """Opens attached files of one person; a tool gives at most about `most_characters` of their text."""

    store: AttachmentStore
    parser: OfficeParser
    caller: Caller
    most_characters: int

    async def attach(
        self, fresh: Iterable[str], earlier: Iterable[str], model: ModelEntry, *, has_viewer: bool = False
    ) -> Attached:
        """Files of this turn and of the turns before.

        Args:
            fresh: tokens of this turn; each must be a file of the caller.
            earlier: tokens of earlier turns, oldest first; files that are gone meanwhile are left out.
            model: whether it sees pictures.
            has_viewer: whether there is another model that does.

        Raises:
            InvalidInput: a token cannot be decoded.
            NotFound: a file of this turn does not exist, or is somebody else's.
        """
        files = [self._own(token) for token in fresh]
        for file in files:
            if await self.store.find(file.owner, file.name) is None:
                raise _missing(file.name)
        for token in reversed(tuple(earlier)):
            if (file := self._found_earlier(token)) and file not in files:
                files.append(file)
        if not files:
            return Attached()
        attached = await self._sorted(files, _SHOWN if model.multimodal else _LOOKED_AT if has_viewer else None)
        return attached if model.multimodal else replace(attached, images=(), unseen=attached.images)

    def _own(self, token: str) -> FileToken:
        file = decode_token(token)
        if file.owner != self.caller.id or not file.is_plain:
            raise _missing(file.name)
        return file

    def _found_earlier(self, token: str) -> FileToken | None:
        try:
            return self._own(token)
        except (InvalidInput, NotFound):
            return None

    async def _sorted(self, files: list[FileToken], seen: str | None) -> Attached:
        """Tools for the files, and pictures where somebody sees them; `seen` tells the model how."""
        images: list[Image] = []
        readable: dict[str, list[FileToken]] = defaultdict(list)
        notes: list[str] = []
        for file in files:
            name = _in_line(file.name)
            if not mime_type_of(file.name).startswith("image/"):
                tool = _TOOL_OF.get(PurePath(file.name).suffix.lower(), _OTHER)
                readable[tool].append(file)
                notes.append(f"{name} (read it with the tool {tool})")
            elif seen is None:
                notes.append(f"{name} (a picture, which this model cannot see)")
            elif image := await self._image(file, images):
                images.append(image)
                notes.append(f"{name} ({seen})")
            else:
                notes.append(f"{name} (a picture, left out because there are too many or it is too large)")
        tools = tuple(_tool(self, name, group) for name, group in readable.items())
        return Attached(tools, tuple(images), note=f"\n\nAttached files: {', '.join(notes)}")

    async def _image(self, file: FileToken, shown: list[Image]) -> Image | None:
        """The picture, if it fits beside those that are shown anyway."""
        room = _MOST_IMAGE_BYTES - sum(len(image.content) for image in shown)
        if len(shown) >= _MOST_IMAGES or await self.store.size(file.owner, file.name) > room:
            return None
        content = await self.store.read(file.owner, file.name)
        return None if content is None else Image(f"Picture {_in_line(file.name)}:", mime_type_of(file.name), content)

    async def text(self, files: Iterable[FileToken]) -> str:
        """The text of the files with their pages, or why one cannot be read; no more than a model will read."""
        parts: list[str] = []
        room = self.most_characters
        for file in files:
            async with aclosing(self._parts(file)) as found:
                async for part in found:
                    # One more than there is room for: so that the cut is seen, and marked, behind.
                    parts.append(part[: room + 1])
                    room -= len(part)
                    if room < 0:
                        return "\n\n".join(parts)
        return "\n\n".join(parts)

    async def _parts(self, file: FileToken) -> AsyncGenerator[str]:
        content = await self.store.read(file.owner, file.name)
        if content is None:
            yield f"The file '{file.name}' is gone."
            return
        async for document in extract(self.parser, file.name, content):
            if isinstance(document, Extracted):
                yield f"# {document.source}"
                for section in document.sections:
                    yield _section_text(section)
            else:
                yield f"# {document.source}\nCannot be read: {document.reason}."


def _in_line(name: str) -> str:
    """A file's name as it stands in the question: it can neither end the line nor pose as more than a name."""
    return _NOT_IN_A_NAME.sub(" ", name)[:200].strip()


def _section_text(section: Section) -> str:
    return f"Page {section.page}:\n{section.text}" if section.page else section.text


def _missing(name: str) -> NotFound:
    return NotFound(
        "File not found",
        details=f"The attached file '{name}' does not exist, or you have no access to it.",
        help="Upload it again and use the file_url the upload answers with.",
    )


def _tool(reader: FileReader, name: str, files: list[FileToken]) -> Tool:
    names = list(dict.fromkeys(file.name for file in files))
    listed = ", ".join(map(_in_line, names))[:2000]
    return Tool(
        name=name,
        description=f"Reads attached {_KIND_OF[name]} and returns their text. Attached: {listed}.",
        parameters={
            "type": "object",
            "properties": {
                "file_name": {
                    "type": "string",
                    "enum": names,
                    "description": "The file to read; all of them when left out.",
                }
            },
            "additionalProperties": False,
        },
        call=_Reading(reader, {file.name: file for file in files}),
        timeout_seconds=_TIMEOUT_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    reader: FileReader
    files: Mapping[str, FileToken] = field(repr=False)

    async def __call__(self, arguments: dict[str, Any]) -> ToolResult:
        wanted = self.files.get(str(arguments.get("file_name")))
        files = [wanted] if wanted else list(self.files.values())
        return ToolResult(await self.reader.text(files))
