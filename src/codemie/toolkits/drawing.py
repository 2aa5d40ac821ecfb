"""Tools that have a picture made: drawn by a model, kept as a file of the caller's, charged to the project."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from codemie.identity.caller import Caller
from codemie.kernel.database import new_id
from codemie.kernel.tools import Picture
from codemie.models import errors
from codemie.models.entries import ModelEntry
from codemie.models.pictures import Drawn, draw, painter
from codemie.models.service import Spending, record
from codemie.toolkits.api import Api
from codemie.toolkits.connection import Connection, Draw, ToolRun
from codemie.toolkits.failures import NotConfigured, ToolFailed
from codemie.toolkits.runtime import Workbench

_SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}


@dataclass(frozen=True, slots=True)
class Order:
    """For whom pictures are made.

    Args:
        project: who pays.
        model: that draws, by name; the first that does if there is none of that name.
        assistant_id: whose run it is.
        conversation_id: in which it is.
    """

    project: str
    model: str | None = None
    assistant_id: str | None = None
    conversation_id: str | None = None


def drawer(bench: Workbench, caller: Caller, order: Order) -> Draw:
    """Makes pictures in the name of the caller."""

    async def make(description: str) -> Picture:
        entry = painter(bench.desk.catalogue.models(), order.model)
        if entry is None:
            raise NotConfigured(
                "No model of this installation makes pictures",
                help="An administrator can add one to the model catalogue: supports_image_generation: true.",
            )
        started = time.perf_counter()
        fetch = _Fetching(bench, ToolRun(caller, order.project))
        try:
            drawn = await draw(entry, description, fetch)
        except errors.ModelError as error:
            raise _told(entry, error) from error
        await _charge(bench, caller, order, entry, drawn, time.perf_counter() - started)
        name = f"picture-{new_id()}{_SUFFIXES[drawn.media_type]}"
        token = await bench.files.keep_made(name, drawn.content, caller.id)
        return Picture(drawn.media_type, drawn.content, token)

    return make


@dataclass(frozen=True, slots=True)
class _Fetching:
    """Reads a picture at the address that an endpoint named: whatever it names, the way out is guarded."""

    bench: Workbench
    run: ToolRun

    async def __call__(self, url: str) -> bytes:
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.netloc:
            raise errors.UnknownModelError("The endpoint answered with an address that is none.")
        origin = f"{parts.scheme}://{parts.netloc}"
        server = Api(Connection(None, self.bench.reach, self.run), "The store of pictures", origin, {})
        return (await server.ask("GET", url)).body


async def _charge(
    bench: Workbench, caller: Caller, order: Order, entry: ModelEntry, drawn: Drawn, seconds: float
) -> None:
    async with bench.database.session() as session:
        spending = Spending(
            entry,
            drawn.usage,
            caller.id,
            order.project,
            order.conversation_id,
            order.assistant_id,
            duration_ms=round(seconds * 1000),
        )
        await record(session, spending)


def _told(entry: ModelEntry, error: errors.ModelError) -> ToolFailed:
    """What went wrong, for a model that may do something about it and for the person who reads along."""
    what, advice = f"Model '{entry.base_name}' drew nothing", "An administrator can check its row in the catalogue."
    match error:
        case errors.ContentFilterError():
            what, advice = "The picture was refused", "Describe another one: the provider's rules forbid this one."
        case errors.ModelRateLimitError(retry_after_seconds=float() as wait):
            advice = f"It is busy: try again in {wait:.0f} seconds."
        case errors.ModelRateLimitError() | errors.ModelUnavailableError() | errors.ModelTimeoutError():
            advice = "Try again later."
        case _:
            pass
    return ToolFailed(what, details=error.message, help=advice, code=error.status_code)
