"""What the integrations room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.integrations.vault import Vault
from codemie.kernel.crypto import open_cipher
from codemie.kernel.database import Database
from codemie.kernel.http import resources


@dataclass(frozen=True, slots=True)
class IntegrationsRuntime:
    """The vault of this installation."""

    vault: Vault


@asynccontextmanager
async def open_runtime(settings: Any, _database: Database, _messaging: Any) -> AsyncIterator[IntegrationsRuntime]:
    """Hold what requests need."""
    key = settings.identity.master_key
    yield IntegrationsRuntime(Vault(open_cipher(settings.kernel.home, key.get_secret_value() if key else None)))


async def _vault(request: Request) -> Vault:
    runtime: IntegrationsRuntime = resources(request).integrations
    return runtime.vault


VaultDep = Annotated[Vault, Depends(_vault)]
