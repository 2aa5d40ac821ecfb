"""What the skills room keeps open in a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Request

from codemie.agents.asking import Desk
from codemie.configuration.values import SKILL_MAX_CONTENT_LENGTH
from codemie.kernel.crypto import Cipher
from codemie.kernel.database import Database
from codemie.kernel.http import resources
from codemie.kernel.master_keys import open_cipher
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


async def _runtime(request: Request) -> SkillsRuntime:
    """The room as it is now: administrators may change the longest skill while it is open."""
    opened = resources(request)
    runtime: SkillsRuntime = opened.skills
    longest = await opened.configuration.whole_number(SKILL_MAX_CONTENT_LENGTH)
    if longest is None:
        return runtime
    return replace(runtime, settings=runtime.settings.model_copy(update={"max_content_length": longest}))


async def _desk(request: Request) -> Desk:
    opened = resources(request)
    return Desk(opened.database, opened.models.catalogue, opened.settings.agents)


RuntimeDep = Annotated[SkillsRuntime, Depends(_runtime)]
DeskDep = Annotated[Desk, Depends(_desk)]
