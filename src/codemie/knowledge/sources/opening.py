"""From a data source's row to its snapshot."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from codemie.integrations.git_access import GitAccess
from codemie.integrations.lending import Borrower
from codemie.kernel.database import Database
from codemie.kernel.settings import KernelSettings
from codemie.knowledge.credentials import Chosen, SourceCredentials
from codemie.knowledge.settings import KnowledgeSettings
from codemie.knowledge.sources.address import RepositoryAddress, refuse_inside
from codemie.knowledge.sources.contract import Snapshot, SourceProblem
from codemie.knowledge.sources.files import open_files
from codemie.knowledge.sources.git import GitLimits, discard, open_git, settled
from codemie.knowledge.sources.git_cli import GitRunner
from codemie.knowledge.sources.git_problems import DiskFull

CODE = "code"
FILES = "knowledge_base_file"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What opening needs of a data source's row."""

    id: str
    type: str
    settings: Mapping[str, Any]
    setting_id: str | None = None
    owner_id: str = ""
    project: str = ""

    @property
    def chosen(self) -> Chosen | None:
        """The integration it is read with, in its owner's name."""
        if not self.setting_id:
            return None
        return Chosen(self.setting_id, Borrower("data source", self.owner_id, self.project, self.id))


@dataclass(frozen=True, slots=True)
class SourceOpener:
    """Opens data sources of every kind within the installation's limits."""

    settings: KnowledgeSettings
    kernel: KernelSettings
    database: Database
    credentials: SourceCredentials

    async def open(self, source: SourceRow, revision: str | None) -> Snapshot:
        """Open a snapshot, of `revision` when it can still be had. Raises SourceProblem naming the cause."""
        workspace = self.workspace(source.id)
        if source.type == CODE:
            self._check_space()
            link = str(source.settings.get("link", ""))
            return await open_git(
                self.git(link),
                workspace,
                lambda: self.access(link, source.chosen),
                branch=source.settings.get("branch"),
                revision=revision,
                patterns=str(source.settings.get("files_filter") or ""),
                limits=GitLimits(self.settings.max_repository_bytes, self.settings.max_repository_file_bytes),
            )
        if source.type == FILES:
            return await open_files(self.database, source.id, workspace, _table_options(source.settings))
        raise SourceProblem(f"Data sources of the type '{source.type}' cannot be indexed here")

    def git(self, link: str) -> GitRunner:
        """A runner for a repository address. Raises AddressInvalid."""
        allow_file = bool(self.settings.git_file_urls)
        address = RepositoryAddress.parse(link, allow_file=allow_file)
        refuse_inside(address, self.kernel.home)
        home = self.kernel.home.resolve() / "git"
        home.mkdir(parents=True, exist_ok=True)
        return GitRunner(
            address,
            self.settings.egress(),
            home,
            file_protocol=allow_file,
            ssh_key=self.settings.git_ssh_key,
            timeout_seconds=self.settings.git_timeout_seconds,
            probe_seconds=self.settings.git_probe_seconds,
        )

    async def access(self, link: str, chosen: Chosen | None) -> GitAccess | None:
        """What a repository is read with; None for a public one.

        Raises AddressInvalid, and what `SourceCredentials.access` raises.
        """
        address = self.git(link).address
        return await self.credentials.access(chosen, address.url) if chosen else None

    async def probe(self, link: str, branch: str | None, access: GitAccess | None = None) -> str:
        """Check that a repository can be read and return the branch. Raises SourceProblem naming the cause."""
        name, _ = await (await settled(replace(self.git(link), access=access))).refs(branch)
        return name

    def workspace(self, source_id: str) -> Path:
        """Where this machine keeps temporary copies for a data source."""
        return self.kernel.home.resolve() / "workspaces" / source_id

    async def forget(self, source_id: str) -> None:
        """Remove the temporary copies of a data source."""
        await discard(self.workspace(source_id))

    def _check_space(self) -> None:
        home = self.kernel.home.resolve()
        home.mkdir(parents=True, exist_ok=True)
        if free_bytes(home) < self.settings.min_free_bytes:
            raise DiskFull("There is too little disk space left on the worker for a copy of the repository")


def free_bytes(directory: Path) -> int:
    """Free space of the disk a directory is on, in bytes."""
    return shutil.disk_usage(directory).free


def _table_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    names = ("csv_separator", "csv_start_row", "csv_rows_per_document")
    return {name: settings[name] for name in names if settings.get(name) is not None}
