"""Pictures as every format takes them: PNG, of a size that fits a page.

Their bytes come from tools. What is no picture, or would fill the memory once unpacked, is left out.
"""

import base64
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_MOST_PIXELS = 50_000_000
_WIDEST = 1600
_FAULTS = (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture to be placed."""

    png: BytesIO
    width: int
    height: int

    def scaled(self, widest: float, highest: float) -> tuple[float, float]:
        """Width and height within bounds, the proportions kept; never enlarged beyond 96 pixels an inch."""
        factor = min(widest / self.width, highest / self.height, 0.75)
        return self.width * factor, self.height * factor


def drawn(addresses: tuple[str, ...]) -> list[Drawn]:
    """Those pictures that can be shown."""
    return [picture for address in addresses if (picture := _drawn(address))]


def _drawn(address: str) -> Drawn | None:
    try:
        with Image.open(BytesIO(base64.b64decode(address.partition(",")[2])), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            shown = opened.convert("RGBA")
        shown.thumbnail((_WIDEST, _WIDEST))
        png = BytesIO()
        shown.save(png, "PNG")
    except _FAULTS:
        return None
    png.seek(0)
    return Drawn(png, shown.width, shown.height)
