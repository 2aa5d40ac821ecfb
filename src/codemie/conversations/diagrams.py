"""Mermaid diagrams as pictures, for clients that cannot draw them themselves."""

import asyncio
import json
from importlib.util import find_spec
from typing import Literal

from codemie.conversations.exporting import running
from codemie.conversations.exporting.diagram import NO_DIAGRAM
from codemie.kernel.errors import InvalidInput, Unavailable
from codemie.kernel.telemetry import get_logger

log = get_logger(__name__)

DiagramFormat = Literal["svg", "png"]
MEDIA_TYPES: dict[DiagramFormat, str] = {"svg": "image/svg+xml", "png": "image/png"}
_RENDERER = ("merman", "resvg_py")
_SECONDS = 20.0
_AT_ONCE = asyncio.Semaphore(2)


async def drawn(code: str, wanted: DiagramFormat) -> bytes:
    """The diagram as a picture, drawn in a process of its own.

    Raises:
        InvalidInput: 400, it is no diagram, or too large a one.
        Unavailable: 503, there is no renderer here, or it is busy.
    """
    if not all(map(find_spec, _RENDERER)):
        raise Unavailable(
            "The diagram renderer is not available",
            details="This installation has no renderer for Mermaid diagrams.",
            help="Install the extra 'diagrams', or show the diagram in the web UI, which draws it in the browser.",
        )
    try:
        async with asyncio.timeout(_SECONDS):
            await _AT_ONCE.acquire()
    except TimeoutError as error:
        raise Unavailable("Too many diagrams are being drawn", retry_after=10) from error
    try:
        order = json.dumps({"code": code, "format": wanted}).encode()
        made = await running.run("codemie.conversations.exporting.diagram", order, _SECONDS)
    except TimeoutError as error:
        raise _wrong("It takes too long to draw.") from error
    finally:
        _AT_ONCE.release()
    if made.status == NO_DIAGRAM:
        raise _wrong(made.problems)
    if made.status != 0:
        log.warning("diagram_failed", status=made.status, problem=made.problems[-2000:])
        raise _wrong("It cannot be drawn with what one diagram may use.")
    return made.output


def _wrong(details: str) -> InvalidInput:
    return InvalidInput("Mermaid diagram configuration error", details=details)
