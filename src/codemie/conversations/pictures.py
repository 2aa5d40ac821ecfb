"""Pictures that tools give back, kept as files of the person who asked: people see what models are shown."""

from dataclasses import dataclass, replace
from typing import Any

from codemie.conversations.attachment_store import AttachmentStore, MadeFile
from codemie.kernel.database import new_id
from codemie.kernel.errors import CodeMieError
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Picture, Tool, ToolResult

log = get_logger(__name__)

SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
"""Formats that browsers show and that cannot hold a script."""


@dataclass(frozen=True, slots=True)
class PictureKeeper:
    """Keeps the pictures of one person's run; a reply that is stored refers to them, and they go with it."""

    store: AttachmentStore
    owner: str

    def keeping(self, tool: Tool) -> Tool:
        """The same tool, its pictures kept."""

        async def call(arguments: dict[str, Any]) -> ToolResult:
            result = await tool.call(arguments)
            if not result.pictures:
                return result
            pictures = [await self._kept(tool.name, picture) for picture in result.pictures]
            return replace(result, pictures=tuple(pictures))

        return replace(tool, call=call)

    async def _kept(self, tool_name: str, picture: Picture) -> Picture:
        suffix = SUFFIXES.get(picture.media_type)
        if suffix is None:
            return picture
        file = MadeFile(f"{tool_name}-{new_id()}{suffix}", picture.content)
        try:
            return replace(picture, address=await self.store.keep(file, self.owner))
        except CodeMieError as error:  # full, or away for a moment: the result is worth more than its picture
            log.warning("picture_not_kept", tool=tool_name, error=str(error))
            return picture
