"""What extraction makes of bytes: documents with positions, or the reason why there is none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

DocumentKind = Literal["prose", "code", "rows", "text"]
"""How a document is cut: by headings, by syntax, by rows under a repeated header, or by paragraphs."""


class SkipCode(StrEnum):
    """Why a document is not searchable; stable names for clients."""

    EMPTY = "empty"
    NO_TEXT = "no_text"
    BINARY = "binary"
    UNSUPPORTED = "unsupported_type"
    ENCODING = "unreadable_text"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    ZIP_BOMB = "zip_bomb"
    NESTED_ARCHIVE = "nested_archive"
    UNSAFE_PATH = "unsafe_path"
    DUPLICATE = "duplicate"
    TOO_MANY_FILES = "too_many_files"
    TIMEOUT = "timeout"
    PARSER_FAILED = "parser_failed"
    ASSET = "asset"
    NOT_A_FILE = "not_a_file"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document with one position: a page, slide or sheet, or lines from `start_line` (1-based) on."""

    text: str
    page: int | None = None
    start_line: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """A readable document; `language` is a tree-sitter grammar name when `kind` is code."""

    source: str
    kind: DocumentKind
    sections: tuple[Section, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A document that cannot be read: a stable code and a sentence for people."""

    source: str
    code: SkipCode
    reason: str


class Unreadable(Exception):
    """Raised inside extraction; becomes a `Skipped` of the document at hand."""

    def __init__(self, code: SkipCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason

    def of(self, source: str) -> Skipped:
        """The outcome for the document named `source`."""
        return Skipped(source, self.code, self.reason)
