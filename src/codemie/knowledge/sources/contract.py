"""What every kind of data source offers to the indexing."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from codemie.kernel.errors import Unprocessable
from codemie.knowledge.documents import SkipCode


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a document is not indexed: a stable code and a sentence for people."""

    code: SkipCode
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as listed: enough to decide whether it changed, without reading it.

    `locator` is the source's own way to find the bytes again; `content_hash` changes whenever the chunks would;
    `options` says how the document wants to be read, for example the separator of a CSV file.
    """

    source: str
    size_bytes: int
    content_hash: str
    locator: str
    skip: Skip | None = None
    options: Mapping[str, object] = field(default_factory=dict[str, object])


class Snapshot(Protocol):
    """A frozen view of a data source, identified by `revision`.

    Opened again with the same revision, on any machine, it lists the same entries in the same order.
    """

    revision: str
    filtered: int
    """Documents the source's own include and exclude patterns left out, known once `entries` has ended."""

    def entries(self) -> AsyncGenerator[Entry, None]:
        """List every document, in a stable order, including those to skip."""
        ...

    async def read(self, entry: Entry) -> bytes:
        """Return the bytes of a listed document. Raises SourceProblem when the source itself is gone."""
        ...

    async def close(self) -> None:
        """Release processes and files of this snapshot."""
        ...


class SourceProblem(Unprocessable):
    """The source cannot be read: the cause in one sentence, and what to do about it.

    Its kinds, for repositories: Unreachable, Unauthorised, BranchUnknown, RepositoryEmpty,
    NotARepository, AddressInvalid, TooBig, DiskFull (`sources.git_problems`).
    """

    title = "Datasource setup is incorrect"
    code: ClassVar[str] = "source"
