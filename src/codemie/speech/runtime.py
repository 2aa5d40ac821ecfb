"""What the speech room keeps open while a process runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.kernel.errors import NotFound
from codemie.kernel.http import resources
from codemie.kernel.rate_limits import RateLimit
from codemie.speech.azure import SpeechService
from codemie.speech.settings import SpeechSettings


@dataclass(frozen=True, slots=True)
class Speech:
    """``resources.speech``.

    Args:
        settings: of the room.
        service: None where none is configured.
        limit: of what one person may ask of it.
    """

    settings: SpeechSettings
    service: SpeechService | None
    limit: RateLimit

    def required(self) -> SpeechService:
        """The service.

        Raises:
            NotFound: 404, none is configured.
        """
        if self.service is None:
            raise NotFound(
                "No speech service is configured",
                details="Neither speech.azure_region nor speech.azure_key is set.",
                help="An administrator sets CODEMIE_SPEECH_AZURE_REGION and CODEMIE_SPEECH_AZURE_KEY.",
            )
        return self.service


@asynccontextmanager
async def open_runtime(settings: Any, _database: Any, _messaging: Any) -> AsyncGenerator[Speech]:
    """Hold the connections to the service, if there is one; nothing is asked of it before somebody speaks."""
    room: SpeechSettings = settings.speech
    service = SpeechService(room) if room.is_configured else None
    try:
        yield Speech(room, service, RateLimit("requests to the speech service", room.requests_per_minute))
    finally:
        if service is not None:
            await service.close()


async def _speech(request: Request) -> Speech:
    opened: Speech = resources(request).speech
    return opened


SpeechDep = Annotated[Speech, Depends(_speech)]
