"""What the routes that may publish an assistant are given."""

from typing import Annotated

from fastapi import Depends

from codemie.assistants.marketplace import Publisher
from codemie.assistants.runtime import CipherDep, SettingsDep
from codemie.skills.runtime import DeskDep


async def _publisher(desk: DeskDep, cipher: CipherDep, settings: SettingsDep) -> Publisher:
    return Publisher(desk, cipher, settings)


PublisherDep = Annotated[Publisher, Depends(_publisher)]
