"""Pictures without a model: the description on a colour of its own. The same words always give the same bytes."""

from __future__ import annotations

import asyncio
import io
import textwrap
from hashlib import blake2b

from codemie.models import errors
from codemie.models.entries import ModelEntry
from codemie.models.mock.front import answered, wait
from codemie.models.mock.request import ChatRequest

_SIZE, _MARGIN, _LINE = 384, 24, 26
_LETTERS, _LINES = 34, 11


async def picture(entry: ModelEntry, description: str) -> bytes:
    """A small PNG that shows the description; rules that match it delay it or fail it, as they do with chats.

    Raises:
        ModelError: what a real endpoint's answer to the scripted fault would mean.
    """
    request = ChatRequest(entry.base_name, [{"role": "user", "content": description}])
    reply = await answered(entry, request)
    await wait(entry, reply.delay_seconds)
    if reply.truncate_after_tokens is not None:
        raise errors.ModelUnavailableError("The answer broke off before it was complete.")
    return await asyncio.to_thread(_painted, description)


def _painted(description: str) -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    hue = int.from_bytes(blake2b(description.encode(errors="replace"), digest_size=2).digest()) % 360
    image = Image.new("RGB", (_SIZE, _SIZE), f"hsl({hue}, 55%, 88%)")
    canvas, ink = ImageDraw.Draw(image), f"hsl({hue}, 60%, 22%)"
    canvas.rectangle((8, 8, _SIZE - 9, _SIZE - 9), outline=ink, width=3)
    words = " ".join(description.split())
    lines = textwrap.wrap(words, _LETTERS, max_lines=_LINES, placeholder=" …")
    for number, line in enumerate(lines):
        canvas.text((_MARGIN, _MARGIN + number * _LINE), line, fill=ink, font=ImageFont.load_default(18))
    note = "Mock picture, drawn without a model"
    canvas.text((_MARGIN, _SIZE - _MARGIN - 14), note, fill=ink, font=ImageFont.load_default(13))
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
