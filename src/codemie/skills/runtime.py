"""What the skills room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.agents.asking import Desk
from codemie.kernel.crypto import Cipher, open_cipher
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.skills.settings import SkillsSettings


@dataclass(frozen=True, slots=True)
class SkillsRuntime:
    """The cipher of the secrets inside skills, and the room's settings."""

    cipher: Cipher
    settings: SkillsSettings


@asynccontextmanager
async def open_runtime(settings: Any, _database: Database, _messaging: Any) -> AsyncIterator[SkillsRuntime]:
    """Hold what requests need."""
    key = settings.identity.master_key
    cipher = open_cipher(settings.kernel.home, key.get_secret_value() if key else None)
    yield SkillsRuntime(cipher, settings.skills)


def _runtime(request: Request) -> SkillsRuntime:
    runtime: SkillsRuntime = resources(request).skills
    return runtime


def _desk(request: Request) -> Desk:
    opened = resources(request)
    return Desk(opened.database, opened.models.catalogue, opened.settings.agents)


RuntimeDep = Annotated[SkillsRuntime, Depends(_runtime)]
DeskDep = Annotated[Desk, Depends(_desk)]
