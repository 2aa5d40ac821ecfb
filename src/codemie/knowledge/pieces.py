"""A stretch of a section, while it is being cut."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Text with its lines (0-based inside the section, both included), its headings or the symbols it defines."""

    text: str
    start_line: int | None = None
    end_line: int | None = None
    title: str | None = None
    symbol: str | None = None
    page: int | None = None
