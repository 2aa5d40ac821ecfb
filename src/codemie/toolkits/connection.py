"""What a tool gets for one call: the credential, a way to reach the system, and the run it is part of."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from codemie.identity.caller import Caller
from codemie.integrations.vault import Credential
from codemie.kernel.tools import Picture
from codemie.plugins.tools import PluginTools
from codemie.toolkits.failures import NotConfigured
from codemie.toolkits.reach import Reach
from codemie.toolkits.reading import Read, plain_text


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository an agent works in; from a code data source.

    Args:
        url: where it is cloned from.
        branch: changes start from here and return to here.
        setting_id: the integration its data source names.
    """

    url: str
    branch: str
    setting_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A file that a person attached to the conversation."""

    name: str
    media_type: str
    content: bytes


class ChatFiles(Protocol):
    """The files of the conversation."""

    async def all(self) -> list[ChatFile]:
        """Every one, oldest first; of one name and content only one."""
        ...


Write = Callable[[str, str], Awaitable[str]]
"""Lets the run's model write: takes instructions and material, gives the text."""
Draw = Callable[[str], Awaitable[Picture]]
"""Has a picture made of a description and keeps it as a file of the caller's."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that code made for the person; `picture` when it is one that can be shown."""

    path: str
    address: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class CodeDone:
    """What came of running code.

    Args:
        message: how it ended.
        output: what it wrote, both streams together.
        files: new and changed files of the workspace.
        exported: those that the person was to get.
        warnings: what was not kept, and why.
    """

    message: str
    output: str
    files: list[str]
    exported: list[Exported]
    warnings: list[str]


RunCode = Callable[[str, Sequence[str] | None], Awaitable[CodeDone]]
"""Runs Python code over the files of the conversation; takes the paths of files that the person is to get."""


class Notes(Protocol):
    """What tools remember beyond a run: in a conversation, for as long as there is one."""

    async def read(self) -> dict[str, str]:
        """What was written last."""
        ...

    async def write(self, notes: Mapping[str, str], /) -> None:
        """Keep them in place of what was there."""
        ...


@dataclass(frozen=True, slots=True)
class ToolRun:
    """The run a call is part of: one answer of an assistant, or one direct call.

    Args:
        caller: in whose name.
        project: where.
        repository: that it works in.
        files: of the conversation.
        write: lets the model write.
        read: reads files of the system.
        draw: makes pictures.
        run_code: runs code, where there is a place for it.
        memory: what tools of the run remember for one another, such as the branch they work in.
        notes: keeps that memory for later runs.
        plugins: tools of agents on other machines, where the installation has an engine for them.
        assistant_id: of the assistant whose run it is; None for a direct call.
    """

    caller: Caller
    project: str
    repository: Repository | None = None
    files: ChatFiles | None = None
    write: Write | None = None
    read: Read = plain_text
    draw: Draw | None = None
    run_code: RunCode | None = None
    memory: dict[str, str] = field(default_factory=dict[str, str])
    notes: Notes | None = None
    plugins: PluginTools | None = None
    assistant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything of one call that does not come from the model.

    Args:
        credential: in the clear; None for toolkits that need none.
        reach: leads to the system.
        run: that the call is part of.
    """

    credential: Credential | None
    reach: Reach
    run: ToolRun

    def value(self, key: str, default: Any = "") -> Any:
        """A value of the credential."""
        found = self.credential.values.get(key) if self.credential else None
        return default if found in (None, "") else found

    def need(self, *keys: str) -> tuple[str, ...]:
        """Values of the credential without which there is nothing to try.

        Raises:
            NotConfigured: one of them is empty.
        """
        missing = [key for key in keys if not self.value(key)]
        if missing:
            alias = f"integration '{self.credential.alias}'" if self.credential else "credential"
            raise NotConfigured(
                details=f"The {alias} has no {' and no '.join(missing)}.", help="Complete it on the Integrations page."
            )
        return tuple(str(self.value(key)).strip() for key in keys)

    def mask(self, key: str, issued: str) -> None:
        """Keep a secret that a system issued for this call out of what is told, as those of the credential are.

        Args:
            key: of the credential's type, one that is secret.
            issued: the secret.
        """
        if self.credential is not None:
            self.credential.values[key] = issued

    @property
    def repository(self) -> Repository:
        """The repository the run works in.

        Raises:
            NotConfigured: it works in none.
        """
        if self.run.repository is None:
            raise NotConfigured(
                details="This tool works in a repository, and there is none.",
                help="Give the assistant a data source of type code.",
            )
        return self.run.repository
