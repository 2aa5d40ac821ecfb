"""What the knowledge room keeps open while the process runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from codemie.integrations.vault import Vault
from codemie.kernel.database import Database
from codemie.kernel.messaging import Messaging
from codemie.kernel.rate_limits import RateLimit
from codemie.knowledge.credentials import SourceCredentials
from codemie.knowledge.settings import KnowledgeSettings
from codemie.knowledge.sources.opening import SourceOpener

if TYPE_CHECKING:
    from codemie.knowledge.embedders import SourceEmbedders


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The room's long-lived objects, handed to its use cases."""

    settings: KnowledgeSettings
    database: Database
    messaging: Messaging
    sources: SourceOpener
    embedders: "SourceEmbedders"
    search_limit: RateLimit
    callback_limit: RateLimit


@asynccontextmanager
async def open_runtime(
    settings: Any, database: Database, messaging: Messaging, vault: Vault
) -> AsyncIterator[Knowledge]:
    """Open the room for one process; embedding models load when first used."""
    from codemie.knowledge.embedders import SourceEmbedders
    from codemie.models.catalogue import Catalogue

    room: KnowledgeSettings = settings.knowledge
    credentials = SourceCredentials(database, vault, settings.integrations)
    opener = SourceOpener(room, settings.kernel, database, credentials)
    catalogue = Catalogue.of(settings.models, settings.kernel.home)
    searches = RateLimit("searches", room.searches_per_minute)
    callbacks = RateLimit("callbacks", room.callbacks_per_minute)
    yield Knowledge(room, database, messaging, opener, SourceEmbedders(catalogue), searches, callbacks)


async def get_knowledge(request: Request) -> Knowledge:
    """The room's objects of this process."""
    knowledge: Knowledge = request.app.state.resources.knowledge
    return knowledge


KnowledgeDep = Annotated[Knowledge, Depends(get_knowledge)]
