"""Documents of a snapshot, read, cut and embedded in batches, a few batches ahead of whoever stores them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from codemie.guardrails.guard import let_in
from codemie.kernel.errors import Unprocessable
from codemie.kernel.telemetry import get_logger
from codemie.knowledge.chunking import Piece, chunk
from codemie.knowledge.documents import Extracted, Section, SkipCode, Skipped, Unreadable
from codemie.knowledge.embedding import Embedder, Vectors
from codemie.knowledge.extraction import ReadOptions, extract
from codemie.knowledge.office import OfficeParser
from codemie.knowledge.sources.contract import Entry, Skip, Snapshot, SourceProblem
from codemie.knowledge.store import StoredDocument

log = get_logger(__name__)

_EMBED_AT_ONCE = 1024

Known = Callable[[Sequence[Entry]], Awaitable[dict[str, int]]]
"""Of these entries, the sources whose stored content is the same, with their number of chunks."""
Guards = Callable[[], Awaitable[str | None]]
"""What stands guard, as `guardrails` takes it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be stored: its pieces and their vectors, or why there are none."""

    entry: Entry
    pieces: list[Piece] = field(default_factory=list[Piece])
    vectors: Vectors | None = None
    skip: Skip | None = None

    def stored(self) -> StoredDocument:
        """The same in the store's terms."""
        entry = self.entry
        skipped = Skipped(entry.source, self.skip.code, self.skip.reason) if self.skip else None
        return StoredDocument(entry.source, entry.content_hash, entry.size_bytes, self.pieces, self.vectors, skipped)


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries `start` to `end` of the listing: those that changed, prepared, and what the unchanged ones hold."""

    start: int
    end: int
    changed: list[Prepared]
    unchanged: dict[str, int]
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is held at a time."""

    documents: int
    bytes: int
    document_bytes: int


class Pipeline:
    """Prepares the batches of one run from a position of the listing on: one is cut, one embedded, one waits.

    Args:
        snapshot: what is read; closed with the pipeline.
        known: tells which entries need no work.
        guards: tells what stands guard over the data source.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        parser: OfficeParser,
        embedder: Embedder,
        known: Known,
        guards: Guards,
        limits: Limits,
        position: int,
    ) -> None:
        self.snapshot = snapshot
        self._parser = parser
        self._embedder = embedder
        self._known = known
        self._guards = guards
        self._limits = limits
        self._ready: asyncio.Queue[Batch | BaseException | None] = asyncio.Queue(maxsize=1)
        self._task = asyncio.create_task(self._produce(position))

    async def next(self) -> Batch | None:
        """The next batch, None at the end. Raises what went wrong with the source."""
        ready = await self._ready.get()
        if isinstance(ready, BaseException):
            raise ready
        return ready

    async def close(self) -> None:
        """Stop preparing and release the snapshot."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self.snapshot.close()

    async def _produce(self, position: int) -> None:
        embedding: asyncio.Task[Batch] | None = None
        try:
            # aclosing: a run that ends early must not leave the source's processes waiting for the garbage collector.
            async with contextlib.aclosing(self._windows(position)) as windows:
                async for start, entries in windows:
                    cut = await self._cut(start, entries)
                    if embedding is not None:
                        await self._ready.put(await embedding)
                    # While the next window is read and cut: embedding does without the interpreter's lock mostly.
                    embedding = asyncio.create_task(self._embed(cut))
            if embedding is not None:
                await self._ready.put(await embedding)
            await self._ready.put(None)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - handed to whoever asks for the next batch, who judges it
            await self._ready.put(error)
        finally:
            if embedding is not None:
                embedding.cancel()

    async def _windows(self, position: int) -> AsyncGenerator[tuple[int, list[Entry]], None]:
        window: list[Entry] = []
        size = 0
        number = 0
        async with contextlib.aclosing(self.snapshot.entries()) as entries:
            async for entry in entries:
                number += 1
                if number <= position:
                    continue
                if window and (len(window) >= self._limits.documents or size + entry.size_bytes > self._limits.bytes):
                    yield number - 1 - len(window), window
                    window, size = [], 0
                window.append(entry)
                size += 0 if entry.skip else entry.size_bytes
        if window:
            yield number - len(window), window

    async def _cut(self, start: int, entries: list[Entry]) -> Batch:
        unchanged = await self._known(entries)
        changed = [entry for entry in entries if entry.source not in unchanged]
        read = await self._admitted([await self._read(entry) for entry in changed])
        return Batch(start, start + len(entries), await asyncio.to_thread(_cut, read), unchanged, entries)

    async def _admitted(self, read: "list[tuple[Entry, Extracted | Skip]]") -> "list[tuple[Entry, Extracted | Skip]]":
        """The documents as guardrails let them in. Raises Unprocessable for a blocked one: that ends the run."""
        guards = await self._guards() if read else None
        if guards is None:
            return read
        return [
            (entry, outcome if isinstance(outcome, Skip) else await _let_in(guards, outcome)) for entry, outcome in read
        ]

    async def _embed(self, batch: Batch) -> Batch:
        texts = [piece.embedding_text for document in batch.changed for piece in document.pieces]
        parts = [
            await self._embedder.embed(texts[first : first + _EMBED_AT_ONCE])
            for first in range(0, len(texts), _EMBED_AT_ONCE)
        ]
        return replace(batch, changed=_with_vectors(batch.changed, parts))

    async def _read(self, entry: Entry) -> "tuple[Entry, Extracted | Skip]":
        if entry.skip is not None:
            return entry, entry.skip
        try:
            data = await self.snapshot.read(entry)
            options = ReadOptions(max_bytes=self._limits.document_bytes, **entry.options)  # type: ignore[arg-type]
            outcomes = [outcome async for outcome in extract(self._parser, entry.source, data, options)]
        except Unreadable as problem:
            return entry, Skip(problem.code, problem.reason)
        except (SourceProblem, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - a parser's bug on a stranger's file must not end the whole source
            log.warning("document_failed", source=entry.source, error=f"{type(error).__name__}: {error}")
            return entry, Skip(SkipCode.PARSER_FAILED, "The document breaks the parser")
        return entry, _single(entry, outcomes)


async def _let_in(guards: str, document: Extracted) -> Extracted:
    sections: list[Section] = []
    for section in document.sections:
        verdict = await let_in(guards, section.text)
        if verdict.blocked:
            raise Unprocessable(verdict.blocked.told, details=f"It was found in {document.source}.")
        sections.append(replace(section, text=verdict.text))
    return replace(document, sections=tuple(sections))


def _single(entry: Entry, outcomes: list[Extracted | Skipped]) -> Extracted | Skip:
    """One entry is one document; a file that turns out to hold several is an archive in disguise."""
    if len(outcomes) != 1 or outcomes[0].source != entry.source:
        return Skip(SkipCode.NESTED_ARCHIVE, "Archives inside archives are not opened")
    outcome = outcomes[0]
    return Skip(outcome.code, outcome.reason) if isinstance(outcome, Skipped) else outcome


def _cut(read: list[tuple[Entry, Extracted | Skip]]) -> list[Prepared]:
    cut: list[Prepared] = []
    for entry, outcome in read:
        if isinstance(outcome, Skip):
            cut.append(Prepared(entry, skip=outcome))
            continue
        pieces = chunk(outcome)
        skip = None if pieces else Skip(SkipCode.NO_TEXT, "The document holds no text")
        cut.append(Prepared(entry, pieces, skip=skip))
    return cut


def _with_vectors(cut: list[Prepared], parts: list[Vectors]) -> list[Prepared]:
    if not parts:
        return cut
    vectors = np.concatenate(parts)
    done: list[Prepared] = []
    first = 0
    for document in cut:
        last = first + len(document.pieces)
        done.append(Prepared(document.entry, document.pieces, vectors[first:last], document.skip))
        first = last
    return done
