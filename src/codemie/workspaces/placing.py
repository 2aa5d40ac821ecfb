"""Laying files of others beside those of a workspace: each once, over nothing that is or was there."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from codemie.kernel.errors import InvalidInput
from codemie.kernel.telemetry import get_logger
from codemie.workspaces import repository, service
from codemie.workspaces.service import Shelf

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file to be placed; its content is read only when it is."""

    path: str
    read: Callable[[], Awaitable[bytes]]


async def place(shelf: Shelf, files: Sequence[Offered]) -> None:
    """Write those files whose places were never taken. What does not fit is left out."""
    if not await _absent(shelf, files):
        return
    # Somebody else may be placing the same files.
    await repository.hold(shelf.session, shelf.workspace.id)
    for file in await _absent(shelf, files):
        try:
            await service.write(shelf, file.path, await file.read())
        except InvalidInput as error:
            log.info("file_not_placed", path=file.path, reason=error.details)


async def _absent(shelf: Shelf, files: Sequence[Offered]) -> list[Offered]:
    """Files of deleted rows count as placed: their owner did not want them."""
    taken = {row.path for row in await repository.files(shelf.session, shelf.workspace.id)}
    return [file for file in files if file.path not in taken]
