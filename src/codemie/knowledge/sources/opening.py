"""From a data source's row to its snapshot."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemie.kernel.database import Database
from codemie.kernel.settings import KernelSettings
from codemie.knowledge.settings import KnowledgeSettings
from codemie.knowledge.sources.address import RepositoryAddress, refuse_inside
from codemie.knowledge.sources.contract import Snapshot, SourceProblem
from codemie.knowledge.sources.files import open_files
from codemie.knowledge.sources.git import GitLimits, discard, open_git
from codemie.knowledge.sources.git_cli import GitRunner
from codemie.knowledge.sources.git_problems import DiskFull
from codemie.knowledge.sources.redirects import settle

CODE = "code"
FILES = "knowledge_base_file"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What opening needs of a data source's row."""

    id: str
    type: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceOpener:
    """Opens data sources of every kind within the installation's limits."""

    settings: KnowledgeSettings
    kernel: KernelSettings
    database: Database

    async def open(self, source: SourceRow, revision: str | None) -> Snapshot:
        """Open a snapshot, of `revision` when it can still be had. Raises SourceProblem naming the cause."""
        workspace = self.workspace(source.id)
        if source.type == CODE:
            self._check_space()
            return await open_git(
                self.git(str(source.settings.get("link", ""))),
                workspace,
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

    async def probe(self, link: str, branch: str | None) -> str:
        """Check that a repository can be read and return the branch. Raises SourceProblem naming the cause."""
        runner = self.git(link)
        settled = await settle(runner.address, runner.egress, seconds=runner.probe_seconds)
        name, _ = await runner.at(settled).refs(branch)
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
