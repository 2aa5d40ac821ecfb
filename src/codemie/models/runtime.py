"""What the models room keeps open while a process runs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.messaging import Messaging
from codemie.kernel.settings import KernelSettings
from codemie.kernel.telemetry import get_logger
from codemie.models.catalogue import Catalogue
from codemie.models.replicas import Answering
from codemie.models.settings import ModelsSettings
from codemie.models.transport import close_transport

log = get_logger(__name__)


class RelevantSettings(Protocol):
    """The part of the process's settings that this room reads."""

    @property
    def kernel(self) -> KernelSettings: ...

    @property
    def models(self) -> ModelsSettings: ...


@dataclass(frozen=True, slots=True)
class ModelsRuntime:
    """`resources.models`."""

    catalogue: Catalogue


@asynccontextmanager
async def open_runtime(
    settings: RelevantSettings,
    database: Database,  # noqa: ARG001 - every room's runtime has this signature
    messaging: Messaging,
) -> AsyncGenerator[ModelsRuntime]:
    """Read the catalogue, say over NATS which file it is, and close the connections to model endpoints at the end.

    Raises:
        ConfigurationError: the catalogue is broken; names file, line and key.
    """
    catalogue = Catalogue.of(settings.models, settings.kernel.home)
    for warning in catalogue.models().warnings:
        log.warning("model_catalogue", warning=warning)
    try:
        async with Answering(catalogue, messaging).running():
            yield ModelsRuntime(catalogue)
    finally:
        await close_transport()


async def _catalogue(request: Request) -> Catalogue:
    runtime: ModelsRuntime = resources(request).models
    return runtime.catalogue


CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]
"""The catalogue of this process."""
