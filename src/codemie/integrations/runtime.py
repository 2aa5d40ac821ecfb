"""What the integrations room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.integrations.egress_address import EgressAddress
from codemie.integrations.settings import IntegrationsSettings
from codemie.integrations.vault import Vault
from codemie.integrations.withdrawals import Withdrawals
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.master_keys import open_cipher
from codemie.kernel.rate_limits import RateLimit


@dataclass(frozen=True, slots=True)
class IntegrationsRuntime:
    """The vault of this installation, how often a person may try a credential and from where, who hears of its end."""

    vault: Vault
    settings: IntegrationsSettings
    tests: RateLimit
    address: EgressAddress
    withdrawals: Withdrawals


@asynccontextmanager
async def open_runtime(settings: Any, _database: Database, _messaging: Any) -> AsyncIterator[IntegrationsRuntime]:
    """Hold what requests need."""
    key = settings.identity.master_key
    vault = Vault(open_cipher(settings.kernel.home, key.get_secret_value() if key else None))
    tests = RateLimit("connection tests", settings.integrations.tests_per_minute)
    yield IntegrationsRuntime(vault, settings.integrations, tests, EgressAddress(settings.integrations), Withdrawals())


async def _room(request: Request) -> IntegrationsRuntime:
    room: IntegrationsRuntime = resources(request).integrations
    return room


RoomDep = Annotated[IntegrationsRuntime, Depends(_room)]


async def _vault(room: RoomDep) -> Vault:
    return room.vault


VaultDep = Annotated[Vault, Depends(_vault)]
