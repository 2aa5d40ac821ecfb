"""Settings of the knowledge room."""

from pathlib import Path

from pydantic import Field

from codemie.kernel.egress import EgressEntries, EgressPolicy
from codemie.kernel.settings import Section

MEGABYTE = 2**20


class KnowledgeSettings(Section):
    """Limits and permissions for data sources. Sizes in bytes, times in seconds."""

    max_upload_files: int = Field(10, ge=1, description="Files one upload into a data source may hold.")
    max_upload_bytes: int = Field(100 * MEGABYTE, ge=1, description="Largest file a data source accepts.")
    searches_per_minute: int = Field(
        600, ge=0, description="Searches of one person a minute, counted by each process; 0 means no limit."
    )
    callbacks_per_minute: int = Field(
        60,
        ge=0,
        description="Answers of outside indexers taken from one address a minute, by each process; 0: no limit.",
    )
    max_image_bytes: int = Field(10 * MEGABYTE, ge=1, description="Largest image a data source accepts.")
    max_repository_bytes: int = Field(4096 * MEGABYTE, ge=1, description="Largest repository copy, packed, on disk.")
    max_repository_file_bytes: int = Field(10 * MEGABYTE, ge=1, description="Larger files of a repository are skipped.")
    min_free_bytes: int = Field(
        256 * MEGABYTE, ge=0, description="Free disk space below which uploads and clones are refused."
    )
    git_file_urls: bool | None = Field(
        None,
        description="Whether file:// repositories on the server's disk may be data sources. Unset: only when "
        "`codemiectl up` starts the embedded database, that is, on somebody's own machine.",
    )
    git_timeout_seconds: float = Field(1800, gt=0, description="Longest time fetching a repository may take.")
    git_probe_seconds: float = Field(20, gt=0, description="Longest time the check of a repository address may take.")
    git_ssh_key: Path | None = Field(
        None, description="Private key file used for every ssh:// repository. Unset: ssh works without a key only."
    )
    egress_allow: EgressEntries = Field(
        (),
        description="Host names and CIDR networks, comma-separated, that data sources may reach although they are "
        "private, loopback or reserved.",
    )
    batch_documents: int = Field(128, ge=1, le=1000, description="Documents committed together while indexing.")
    batch_bytes: int = Field(2 * MEGABYTE, ge=1, description="Document bytes held in memory together while indexing.")
    concurrent_sources: int = Field(2, ge=1, description="Data sources one worker indexes at the same time.")
    search_timeout_seconds: float = Field(20, gt=0, description="Longest time one search by an assistant may take.")

    def egress(self) -> EgressPolicy:
        """The addresses data sources may connect to."""
        return EgressPolicy.of(self.egress_allow)
