"""The repository that a run works in, its active branch, and whose credential may go to its server."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from codemie.toolkits.connection import Connection, Repository
from codemie.toolkits.credentials import fits_by_origin
from codemie.toolkits.failures import NotConfigured, ToolFailed

_MOST_NAMED = 100

_FENCE = re.compile(r"\A```[^\n]*\n(.*?)\n?```\s*\Z", re.DOTALL)

Fits = Callable[[Mapping[str, Any], Repository], int]
"""How well a credential's values fit a repository; 0 is not at all."""


class Checkout(ABC):
    """One repository and the branch that the run works in.

    Args:
        connection: of the call.
        fits: which credentials may go to the repository's server.

    Raises:
        NotConfigured: the run works in no repository, or the credential is for another server.
    """

    def __init__(self, connection: Connection, fits: Fits = fits_by_origin) -> None:
        self.repository = connection.repository
        refuse_foreign(connection, self.repository, fits)
        self._run = connection.run

    @property
    def _key(self) -> str:
        """Of its branch among what tools remember: a conversation may turn to another repository."""
        return f"git branch of {self.repository.url}"

    @property
    def active(self) -> str:
        """The branch that files are read from and written to."""
        return self._run.memory.get(self._key) or self.base

    @property
    def base(self) -> str:
        """Where changes start and return to."""
        return self.repository.branch or "main"

    def activate(self, branch: str) -> None:
        """Work in it from now on."""
        self._run.memory[self._key] = branch

    async def activate_known(self, branch: str) -> None:
        """Work in an existing branch from now on.

        Raises:
            ToolFailed: there is none of that name.
        """
        names = await self.branches()
        if branch not in names:
            raise ToolFailed(
                f"There is no branch '{branch}'", details=f"There are: {', '.join(names[:_MOST_NAMED])}", code=404
            )
        self.activate(branch)

    @abstractmethod
    async def branches(self) -> list[str]:
        """The names of all branches, within reason."""

    def refuse_base(self, branch: str | None = None) -> None:
        """What others build on is changed by merge requests only.

        Args:
            branch: that is to be written to; the active one if None.

        Raises:
            ToolFailed: it is the base.
        """
        if (branch or self.active) == self.base:
            raise ToolFailed(
                f"Nothing is written to the base branch '{self.base}' directly",
                help="Create a branch with create_branch first.",
                code=409,
            )

    @abstractmethod
    async def file(self, path: str, branch: str | None = None) -> str | None:
        """A file of a branch; None if it is not there.

        Args:
            path: from the root of the repository.
            branch: the active one if None.

        Raises:
            ToolFailed: it is no text.
        """

    async def existing(self, path: str, branch: str | None = None) -> str:
        """The same.

        Raises:
            ToolFailed: it is not there.
        """
        text = await self.file(path, branch)
        if text is None:
            raise absent(path, branch or self.active)
        return text

    async def written(self, instructions: str, path: str, text: str, task: str) -> str:
        """What the model writes."""
        if self._run.write is None:
            raise ToolFailed("There is no model here that could write the file")
        written = await self._run.write(instructions, f"File {path}:\n\n{text}\n\nTo be changed: {task}")
        fenced = _FENCE.match(written.strip())
        text = fenced[1] if fenced else written
        if not text.strip():
            raise ToolFailed(
                "The model wrote nothing", details=f"{path} stays as it is.", help="Say more exactly what to do."
            )
        return text


def absent(path: str, branch: str) -> ToolFailed:
    """That a branch has no such file."""
    return ToolFailed(
        f"The file {path} is not in the branch '{branch}'", help="Use list_files or create_file.", code=404
    )


def refuse_foreign(connection: Connection, repository: Repository, fits: Fits) -> None:
    """A credential goes to its own server only, whoever chose it: the repository's address is somebody else's word.

    Raises:
        NotConfigured: the repository is at another server.
    """
    credential = connection.credential
    server, place = str(connection.value("url")), _without_user(repository.url)
    if credential is not None and not credential.id and not server:
        return  # the caller's own token, sent along for this repository
    if credential is None or fits(credential.values, repository) == 0:
        raise NotConfigured(
            details=f"The integration is for {_without_user(server) or 'no server'}, the repository is at {place}.",
            help="Choose an integration of the repository's server.",
        )


def _without_user(url: str) -> str:
    """The address; a password may stand in front of its host."""
    before, at, behind = url.partition("://")
    host, slash, path = behind.partition("/")
    return f"{before}{at}{host.rpartition('@')[2]}{slash}{path}"
