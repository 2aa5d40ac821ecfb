"""A repository at its server: what the servers of all vendors have in common."""

from abc import abstractmethod
from urllib.parse import urlsplit

from codemie.toolkits.connection import Repository
from codemie.toolkits.failures import ToolFailed
from codemie.toolkits.git.changes import Proposal
from codemie.toolkits.git.checkout import Checkout


class WorkingCopy(Checkout):
    """A repository in which the tools of all vendors work the same way."""

    @abstractmethod
    async def create_branch(self, name: str) -> bool:
        """Create a branch from the base; False if the name is taken."""

    @abstractmethod
    async def paths(self, folder: str) -> list[str]:
        """The files of the active branch below a folder; of all folders if it is empty."""

    @abstractmethod
    async def add(self, path: str, content: str, message: str) -> None:
        """Add a file by a commit on the active branch."""

    @abstractmethod
    async def replace(self, path: str, content: str, message: str) -> None:
        """Replace a file that was read, by a commit on the active branch."""

    @abstractmethod
    async def delete(self, path: str, message: str) -> None:
        """Delete a file by a commit on the active branch."""

    @abstractmethod
    async def propose(self, title: str, description: str, target: str) -> str:
        """Ask that the active branch be merged into the target; says under which number."""

    @abstractmethod
    async def proposal(self, number: int) -> Proposal:
        """A merge request or pull request."""

    @abstractmethod
    async def comment(self, number: int, path: str, index: int, comment: str) -> None:
        """Comment on the line of a proposal's diff that has this index."""


def place(repository: Repository) -> tuple[str, str]:
    """The server, and the path of the repository there."""
    parts = urlsplit(repository.url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}", parts.path.strip("/").removesuffix(".git")


def as_text(path: str, content: bytes) -> str:
    """The content of a file.

    Raises:
        ToolFailed: it is no text.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ToolFailed("The file is no text", details=f"{path}: {len(content)} bytes", code=415) from error
