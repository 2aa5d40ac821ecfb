"""Attached files as an agent meets them: tools that read them, and pictures for models that see."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from codemie.agents.request import Image
from codemie.conversations.attachment_store import AttachmentStore
from codemie.conversations.attachments import FileToken, decode_token, mime_type_of
from codemie.identity.caller import Caller
from codemie.kernel.errors import InvalidInput, NotFound
from codemie.kernel.tools import Tool, ToolResult
from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.extraction import extract
from codemie.knowledge.office import OfficeParser
from codemie.models.entries import ModelEntry

_MOST_IMAGE_BYTES = 20 * 2**20
_TIMEOUT_SECONDS = 90.0
_OTHER = "file_analysis"
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
    note: str = ""
    """The line behind the question that tells the model what is attached."""


@dataclass(frozen=True, slots=True)
class FileReader:
    """Opens attached files of one person."""

    store: AttachmentStore
    parser: OfficeParser
    caller: Caller

    async def attach(self, fresh: Iterable[str], earlier: Iterable[str], model: ModelEntry) -> Attached:
        """Files of this turn and of the turns before.

        Args:
            fresh: tokens of this turn; each must be a file of the caller.
            earlier: tokens of earlier turns; files that are gone meanwhile are left out.
            model: whether it sees pictures.

        Raises:
            InvalidInput: a token cannot be decoded.
            NotFound: a file of this turn does not exist, or is somebody else's.
        """
        files = [self._own(token) for token in fresh]
        for file in files:
            if await self.store.find(file.owner, file.name) is None:
                raise _missing(file.name)
        for token in earlier:
            if (file := self._found_earlier(token)) and file not in files:
                files.append(file)
        return await self._sorted(files, model) if files else Attached()

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

    async def _sorted(self, files: list[FileToken], model: ModelEntry) -> Attached:
        images: list[Image] = []
        readable: dict[str, list[FileToken]] = defaultdict(list)
        notes: list[str] = []
        for file in files:
            if not mime_type_of(file.name).startswith("image/"):
                tool = _TOOL_OF.get(PurePath(file.name).suffix.lower(), _OTHER)
                readable[tool].append(file)
                notes.append(f"{file.name} (read it with the tool {tool})")
            elif image := await self._image(file, model):
                images.append(image)
                notes.append(f"{file.name} (shown below)")
            else:
                notes.append(f"{file.name} (a picture, which this model cannot see)")
        tools = tuple(_tool(self, name, group) for name, group in readable.items())
        return Attached(tools, tuple(images), f"\n\nAttached files: {', '.join(notes)}")

    async def _image(self, file: FileToken, model: ModelEntry) -> Image | None:
        if not model.multimodal:
            return None
        content = await self.store.read(file.owner, file.name)
        if content is None or len(content) > _MOST_IMAGE_BYTES:
            return None
        return Image(f"Picture {file.name}:", mime_type_of(file.name), content)

    async def text(self, file: FileToken) -> str:
        """The whole text of a file, with its pages; or why it cannot be read."""
        content = await self.store.read(file.owner, file.name)
        if content is None:
            return f"The file '{file.name}' is gone."
        parts: list[str] = []
        async for document in extract(self.parser, file.name, content):
            if isinstance(document, Extracted):
                parts += [f"# {document.source}", *map(_section_text, document.sections)]
            else:
                parts.append(f"# {document.source}\nCannot be read: {document.reason}.")
        return "\n\n".join(parts)


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
    return Tool(
        name=name,
        description=f"Reads attached {_KIND_OF[name]} and returns their text. Attached: {', '.join(names)[:2000]}.",
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
        return ToolResult("\n\n".join([await self.reader.text(file) for file in files]))
