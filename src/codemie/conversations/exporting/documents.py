"""What is exported: a title and parts, each with a heading, Markdown, and where it comes from."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """A message.

    Args:
        heading: who and when.
        markdown: what was said.
        sources: what it is based on, one line each.
        pictures: what tools showed on the way: ``file_url`` tokens, then `data:` addresses once they are read.
        written_by: which model wrote it, as a line for people.
        files: what was attached, by name.
    """

    heading: str
    markdown: str
    sources: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    written_by: str = ""
    files: tuple[str, ...] = ()

    @property
    def attached(self) -> str:
        """The attached files as a line for people; empty when there are none."""
        return f"Attached: {', '.join(self.files)}" if self.files else ""


@dataclass(frozen=True, slots=True)
class Document:
    """Everything of one export."""

    title: str
    parts: tuple[Part, ...]

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Document":
        """From what `dataclasses.asdict` made."""
        parts = (
            Part(
                heading=part["heading"],
                markdown=part["markdown"],
                sources=tuple(part["sources"]),
                pictures=tuple(part["pictures"]),
                written_by=part["written_by"],
                files=tuple(part["files"]),
            )
            for part in value["parts"]
        )
        return cls(value["title"], tuple(parts))
