"""What the assistants room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.assistants.reindexing import Reindexing
from codemie.assistants.seeding import seed
from codemie.assistants.settings import AssistantsSettings
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.master_keys import open_cipher


@dataclass(frozen=True, slots=True)
class AssistantsRuntime:
    """The cipher of the secrets inside assistants, the room's settings, and what builds the marketplace's index."""

    cipher: Cipher
    settings: AssistantsSettings
    reindexing: Reindexing


@asynccontextmanager
async def open_runtime(settings: Any, database: Database, _messaging: Any) -> AsyncIterator[AssistantsRuntime]:
    """Seed the marketplace and hold what requests need."""
    key = settings.identity.master_key
    cipher = open_cipher(settings.kernel.home, key.get_secret_value() if key else None)
    await seed(database)
    reindexing = Reindexing(database)
    try:
        yield AssistantsRuntime(cipher, settings.assistants, reindexing)
    finally:
        await reindexing.close()


async def _cipher(request: Request) -> Cipher:
    runtime: AssistantsRuntime = resources(request).assistants
    return runtime.cipher


async def _settings(request: Request) -> AssistantsSettings:
    runtime: AssistantsRuntime = resources(request).assistants
    return runtime.settings


SettingsDep = Annotated[AssistantsSettings, Depends(_settings)]
CipherDep = Annotated[Cipher, Depends(_cipher)]
