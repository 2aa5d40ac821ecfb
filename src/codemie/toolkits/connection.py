"""What a tool gets for one call: the credential, a way to reach the system, and the run it is part of."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from codemie.identity.caller import Caller
from codemie.integrations.vault import Credential
from codemie.toolkits.failures import NotConfigured
from codemie.toolkits.reach import Reach


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


@dataclass(frozen=True, slots=True)
class ToolRun:
    """The run a call is part of: one answer of an assistant, or one direct call.

    Args:
        caller: in whose name.
        project: where.
        repository: that it works in.
        files: of the conversation.
        write: lets the model write.
        memory: what tools of the run remember for one another, such as the branch they work in.
    """

    caller: Caller
    project: str
    repository: Repository | None = None
    files: ChatFiles | None = None
    write: Write | None = None
    memory: dict[str, str] = field(default_factory=dict[str, str])


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
