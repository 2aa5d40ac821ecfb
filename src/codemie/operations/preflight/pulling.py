"""What registries say of the images that an installation names; each is asked once for all checks."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from codemie.operations.registry.client import Document, Registries, opened
from codemie.operations.registry.failures import Denied, LoginWanted, Missing, RegistryFailed
from codemie.operations.registry.logins import Logins
from codemie.operations.registry.names import Image
from codemie.operations.registry.platforms import platforms

SECONDS = 30.0
"""For one image."""


class State(StrEnum):
    """How a registry answers."""

    THERE = "there"
    MISSING = "not there"
    CLOSED = "wants a login"
    WRONG_LOGIN = "refuses the login"
    DENIED = "does not allow it"
    SILENT = "does not answer"


_STATES = {LoginWanted: State.CLOSED, Denied: State.DENIED, Missing: State.MISSING}


@dataclass(frozen=True)
class Answer:
    """What a registry says of one image.

    Attributes:
        platforms: what it is for; None where that is not told.
        said: why nothing is known.
    """

    state: State
    platforms: Collection[str] | None = None
    said: str = ""


@dataclass
class Images:
    """The images of an installation.

    Attributes:
        wanted: as the chart names them.
        pull_secrets: names of secrets in the cluster with logins.
        logins: of this machine.
        platforms: of the nodes.
    """

    wanted: tuple[Image, ...]
    pull_secrets: tuple[str, ...] = ()
    logins: Logins = field(default_factory=dict[str, str])
    platforms: tuple[str, ...] = ("linux/amd64",)
    _asked: "asyncio.Task[Mapping[str, Answer]] | None" = None

    async def answers(self) -> Mapping[str, Answer]:
        """Image → what its registry says."""
        if self._asked is None:
            # A task of its own: a check that runs out of time must not take the answer from the others.
            self._asked = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asked)

    async def _ask(self) -> Mapping[str, Answer]:
        async with opened(self.logins) as registries:
            said = await asyncio.gather(*(_answer(registries, image) for image in self.wanted))
        return {image.name: answer for image, answer in zip(self.wanted, said, strict=True)}


async def _answer(registries: Registries, image: Image) -> Answer:
    try:
        async with asyncio.timeout(SECONDS):
            found = await registries.document(image)
            return await _with_platforms(registries, image, found)
    except RegistryFailed as error:
        state = _STATES.get(type(error), State.SILENT)
        return Answer(
            State.WRONG_LOGIN if state is State.CLOSED and registries.knows_login(image) else state, said=str(error)
        )
    except TimeoutError:
        return Answer(State.SILENT, said=f"The registry {image.host} does not answer within {SECONDS:g} s")


async def _with_platforms(registries: Registries, image: Image, found: Document) -> Answer:
    try:
        return Answer(State.THERE, await platforms(registries, image, found))
    except RegistryFailed as error:
        return Answer(State.THERE, said=str(error))
