"""Pictures that tools give back, kept as files of the person who asked: people see what models are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from codemie.agents.request import Image
from codemie.conversations.attachment_store import AttachmentStore, MadeFile
from codemie.conversations.attachments import decode_token, mime_type_of
from codemie.conversations.history import StoredCall
from codemie.kernel.database import new_id
from codemie.kernel.errors import CodeMieError, InvalidInput
from codemie.kernel.telemetry import get_logger
from codemie.kernel.tools import Picture, Tool, ToolResult

log = get_logger(__name__)

SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
"""Formats that browsers show and that cannot hold a script."""
_MOST_SHOWN_AGAIN, _MOST_BYTES_AGAIN = 4, 5 * 2**20


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
        if suffix is None or picture.address is not None:
            return picture
        file = MadeFile(f"{tool_name}-{new_id()}{suffix}", picture.content)
        try:
            return replace(picture, address=await self.store.keep(file, self.owner))
        except CodeMieError as error:  # full, or away for a moment: the result is worth more than its picture
            log.warning("picture_not_kept", tool=tool_name, error=str(error))
            return picture


@dataclass(frozen=True, slots=True)
class PictureShelf:
    """Finds pictures of earlier replies again, for a model that sees."""

    store: AttachmentStore
    owner: str

    async def filled(self, calls: Mapping[int, Sequence[StoredCall]]) -> dict[int, list[StoredCall]]:
        """The calls with what they showed, the newest replies' first, as many as are worth showing once more."""
        room, filled = _MOST_SHOWN_AGAIN, dict[int, list[StoredCall]]()
        for reply, made in calls.items():
            filled[reply] = []
            for stored in made:
                pictures = [found for token in stored.picture_tokens[:room] if (found := await self._found(token))]
                room -= len(pictures)
                shown = tuple(Image(f"Picture that {stored.call.name} gave back:", *picture) for picture in pictures)
                filled[reply].append(replace(stored, call=replace(stored.call, pictures=shown)))
        return filled

    async def _found(self, token: str) -> tuple[str, bytes] | None:
        """Kind and bytes of a picture of the owner's; None for everything else."""
        try:
            file = decode_token(token)
        except InvalidInput:
            return None
        kind = mime_type_of(file.name)
        if file.owner != self.owner or not file.is_plain or kind not in SUFFIXES:
            return None
        if await self.store.size(file.owner, file.name) > _MOST_BYTES_AGAIN:
            return None
        content = await self.store.read(file.owner, file.name)
        return None if content is None else (kind, content)
