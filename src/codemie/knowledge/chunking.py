"""Documents → pieces of about a thousand characters that make sense alone, each with its position and headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemie.knowledge import code_chunks, prose_chunks
from codemie.knowledge.documents import Extracted, Section
from codemie.knowledge.identifiers import path_words, terms
from codemie.knowledge.pieces import Span
from codemie.knowledge.text_encoding import storable

_TEST_PATH = re.compile(
    r"(^|/)(tests?|__tests__|spec|testing|fixtures)/|(^|/)(test_[^/]*|[^/]*[._-](test|spec)s?)\.\w+$", re.IGNORECASE
)
TEST_WEIGHT = 0.7
"""Tests mention everything and explain little: their rank counts for less."""

_MAX_LABELS = 2000
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to store: text, position, and what makes it findable.

    Args:
        ordinal: its place in the document, from 0.
        title: headings, slide or sheet it stands under.
        symbol: what the code in it defines, qualified.
        labels: words of path, title and symbols, for full text.
        terms: parts of the compound identifiers in the text, for full text.
        weight: factor on its rank.
    """

    ordinal: int
    text: str
    source: str
    title: str | None
    symbol: str | None
    language: str | None
    page: int | None
    start_line: int | None
    end_line: int | None
    labels: str
    terms: str
    weight: float

    @property
    def embedding_text(self) -> str:
        """What is embedded for this piece."""
        return embedding_text(self.text, self.source, self.title, self.symbol, self.language)


def embedding_text(text: str, source: str, title: str | None, symbol: str | None, language: str | None) -> str:
    """A passage under its headings, or code under its path and symbols: what an embedder reads."""
    name = source if language else None
    return "\n".join(part for part in (name, title or symbol, text) if part)


def chunk(document: Extracted) -> list[Piece]:
    """Cut a document. CPU work: milliseconds for a page, so call it in a thread.

    The same document always gives the same pieces.
    """
    sections = (replace(section, text=storable(section.text)) for section in document.sections)
    spans = (span for section in sections for span in _spans(document, section) if span.text.strip())
    path = path_words(document.source)
    is_test = document.kind == "code" and _TEST_PATH.search(document.source)
    weight = TEST_WEIGHT if is_test else 1.0
    return [_piece(document, ordinal, span, path, weight) for ordinal, span in enumerate(spans)]


def _spans(document: Extracted, section: Section) -> Iterator[Span]:
    if document.kind == "code" and document.language:
        spans = code_chunks.spans(section.text, document.language)
    elif document.kind == "prose":
        spans = prose_chunks.by_headings(section.text)
    else:
        spans = prose_chunks.by_paragraphs(section.text)
    for span in (part for whole in spans for part in _bounded(whole)):
        first = section.start_line
        yield Span(
            span.text,
            None if first is None or span.start_line is None else first + span.start_line,
            None if first is None or span.end_line is None else first + span.end_line,
            " › ".join(part for part in (section.title, span.title) if part) or None,
            span.symbol,
            section.page,
        )


def _bounded(span: Span) -> Iterator[Span]:
    """A minified file is one endless line: cut it anywhere, at the price of parts with the same position."""
    if len(span.text) <= _LONGEST:
        yield span
        return
    for part in prose_chunks.parts(span.text, prose_chunks.TARGET):
        yield replace(span, text=part)


def _piece(document: Extracted, ordinal: int, span: Span, path: str, weight: float) -> Piece:
    # Path words go before title and symbols: they are short, and labels are cut at the end.
    labels = " ".join(filter(None, (path, span.title, span.symbol, terms(span.symbol or ""))))
    return Piece(
        ordinal=ordinal,
        text=span.text,
        source=document.source,
        title=span.title,
        symbol=span.symbol,
        language=document.language,
        page=span.page,
        start_line=span.start_line,
        end_line=span.end_line,
        labels=labels[:_MAX_LABELS],
        terms=terms(span.text),
        weight=weight,
    )
