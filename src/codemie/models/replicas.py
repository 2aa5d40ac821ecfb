"""The processes of the platform and the model file each of them uses, asked over NATS.

Every process reads the file again at its next look, so nobody needs to be told of a change: asking makes it look. What
is asked for is whether a version could be used there, before it is, and which one is used, after.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from codemie.kernel.database import new_id
from codemie.kernel.documents import DocumentError
from codemie.kernel.messaging import Messaging
from codemie.models import credentials, errors
from codemie.models.catalogue import Catalogue, Models
from codemie.models.versions import Versions, digest

_SUBJECT = "codemie.models"
_ROUND_SECONDS = 3.0
_PAUSE_SECONDS = 0.2
_MOST_PROBLEMS = 10


@dataclass(frozen=True)
class Replica:
    """A process of the platform, as it says of itself.

    Attributes:
        id: new with each start.
        place: host and process id.
        file: that its models were read from.
        sha256: of that file.
        problems: why it cannot use what it was asked about, or what is wrong with its file.
    """

    id: str
    place: str
    file: str
    sha256: str
    problems: tuple[str, ...] = ()


class Answering:
    """What this process says of its models.

    Args:
        catalogue: of the process.
        messaging: of the process.
    """

    def __init__(self, catalogue: Catalogue, messaging: Messaging) -> None:
        self._catalogue = catalogue
        self._messaging = messaging
        self._id = new_id()
        self._place = f"{socket.gethostname()}, process {os.getpid()}"

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Answer while the block runs."""
        async with self._messaging.answering(_SUBJECT, self._answer):
            yield

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        self._catalogue.models()  # looks, and reads the file where it changed
        problems = [self._catalogue.problem] if self._catalogue.problem else []
        if "version" in question:
            problems = await asyncio.to_thread(self._problems, int(question["version"]), str(question["sha256"]))
        return {
            "id": self._id,
            "place": self._place,
            "file": str(self._catalogue.path),
            "sha256": self._catalogue.digest,
            "problems": problems[:_MOST_PROBLEMS],
        }

    def _problems(self, number: int, sha256: str) -> list[str]:
        """Why a version cannot be used in this process."""
        path = Versions(self._catalogue.path).path(number)
        try:
            content = path.read_bytes()
        except OSError as error:
            return [f"{path} cannot be read: {error.strerror}. Do all processes share the folder of the model file?"]
        if digest(content) != sha256:
            return [f"{path} is another file here"]
        try:
            models = self._catalogue.parse(content, str(path))
        except DocumentError as error:
            return [str(error)]
        return list(dict.fromkeys(_missing(models)))


def _missing(models: Models) -> Iterator[str]:
    """Credentials that the file names and this process does not have; names of variables and files, never values."""
    for entry in (*models.chat, *models.embedding):
        named = entry.endpoint.base_url_env
        if named and not entry.endpoint.base_url and not os.environ.get(named):
            yield f"the variable {named} is not set"
        try:
            credentials.api_key(entry)
        except errors.ModelError as error:
            yield error.message


async def asked(messaging: Messaging) -> list[Replica]:
    """Every process that answers now, and which file it uses."""
    return _read(await messaging.ask_everybody(_SUBJECT, {}, _ROUND_SECONDS))


async def asked_about(messaging: Messaging, number: int, sha256: str) -> list[Replica]:
    """Every process that answers, with what keeps it from using a version."""
    return _read(await messaging.ask_everybody(_SUBJECT, {"version": number, "sha256": sha256}, _ROUND_SECONDS))


async def followed(messaging: Messaging, expected: list[Replica], sha256: str, seconds: float) -> list[Replica]:
    """Wait until all expected processes use the file, at most `seconds`; those that do not, as far as is known."""
    waiting = {replica.id: replica for replica in expected}
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        wanted = set(waiting)

        def all_there(answers: list[dict[str, Any]], wanted: set[str] = wanted) -> bool:
            return wanted <= {answer["id"] for answer in answers}

        for replica in _read(await messaging.ask_everybody(_SUBJECT, {}, _ROUND_SECONDS, all_there)):
            if replica.sha256 == sha256:
                waiting.pop(replica.id, None)
            else:
                waiting[replica.id] = replica
        if not waiting or asyncio.get_running_loop().time() > deadline:
            return list(waiting.values())
        await asyncio.sleep(_PAUSE_SECONDS)


def _read(answers: list[dict[str, Any]]) -> list[Replica]:
    return sorted(
        (Replica(**{**answer, "problems": tuple(answer["problems"])}) for answer in answers),
        key=lambda replica: replica.place,
    )
