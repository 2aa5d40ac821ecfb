"""The route of administrators who have the marketplace's index built anew."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from codemie.assistants.reindexing import Reindexing
from codemie.identity.access import SuperuserDep
from codemie.kernel.http import Message, resources

router = APIRouter(prefix="/v1/admin/marketplace", tags=["assistants"])


async def _reindexing(request: Request) -> Reindexing:
    found: Reindexing = resources(request).assistants.reindexing
    return found


@router.post("/reindex", status_code=202)
async def reindex_marketplace(caller: SuperuserDep, reindexing: Annotated[Reindexing, Depends(_reindexing)]) -> Message:
    """Build anew what published assistants are found and sorted by, in the background."""
    started = reindexing.start(caller)
    return Message(message="Marketplace reindexing started" if started else "Marketplace reindexing is under way")
