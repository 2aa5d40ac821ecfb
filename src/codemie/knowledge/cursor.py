"""Where an indexing run stands: the JSON in the row, and what it tells people."""

from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from codemie.knowledge import runs
from codemie.knowledge.batches import Batch
from codemie.knowledge.tables import DataSource

_EXTENSIONS_KEPT = 100


@dataclass(slots=True)
class Cursor:
    """Where a run stands; the JSON in the row."""

    mode: runs.Mode = "full"
    generation: int | None = None
    revision: str | None = None
    position: int = 0
    total: int = 0
    filtered: int = 0
    indexed: int = 0
    skipped: int = 0
    chunks: int = 0
    changed: int = 0
    removed: int = 0
    bytes: int = 0
    started: float = 0.0
    extensions: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, row: DataSource) -> "Cursor":
        """Read the row's cursor."""
        return cls(**(row.cursor or {}))

    def count(self, batch: Batch) -> None:
        """Take a stored batch into account."""
        self.position = batch.end
        self.changed += len(batch.changed)
        skipped = [document.entry.source for document in batch.changed if document.skip is not None]
        skipped += [source for source, chunks in batch.unchanged.items() if chunks == 0]
        self.skipped += len(skipped)
        self.indexed += len(batch.entries) - len(skipped)
        self.chunks += sum(len(document.pieces) for document in batch.changed) + sum(batch.unchanged.values())
        self.bytes += sum(entry.size_bytes for entry in batch.entries)
        left_out = set(skipped)
        found = {_extension(entry.source) for entry in batch.entries if entry.source not in left_out} - {""}
        self.extensions = sorted({*self.extensions, *found})[:_EXTENSIONS_KEPT]

    def summary(self) -> dict[str, Any]:
        """The row's `processing_info`, with the keys clients read and counts of our own."""
        entries = self.indexed + self.skipped
        return {
            "documents_count_key": self.indexed,
            "total_documents": self.total,
            "skipped_documents": self.skipped,
            "filtered_documents": self.filtered,
            "changed_documents": self.changed,
            "removed_documents": self.removed,
            "total_size_kb": round(self.bytes / 1024, 1),
            "average_file_size_bytes": round(self.bytes / entries, 1) if entries else 0,
            "unique_extensions": self.extensions,
            "revision": self.revision,
        }

    def restart(self, revision: str) -> None:
        """Begin the listing again: what is stored already is recognised by its hash."""
        kept = {"mode", "generation", "changed", "started"}
        for name, value in asdict(Cursor()).items():
            if name not in kept:
                setattr(self, name, value)
        self.revision = revision


def _extension(source: str) -> str:
    return PurePosixPath(source).suffix.lower()
