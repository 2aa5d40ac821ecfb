"""Texts → vectors. Every embedder has an identity; vectors of different identities are never compared."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from codemie.kernel.errors import Conflict

Vectors = NDArray[np.float32]
"""One normalised row per text."""

MAX_DIMENSION = 4000
"""The HNSW index of pgvector takes half-precision vectors up to here."""


class Embedder(Protocol):
    """A model that turns texts into vectors.

    `identity` names model, version and weights: it changes whenever vectors would.
    """

    @property
    def identity(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised float32 row per text, in order; never blocks the event loop."""
        ...


class EmbedderMismatch(Conflict):
    """Vectors of one model were about to be mixed with those of another."""

    title = "Embedding model mismatch"


def require_same(expected: str, actual: str) -> None:
    """Refuse to mix vectors.

    Raises:
        EmbedderMismatch: the identities differ.
    """
    if expected != actual:
        raise EmbedderMismatch(
            "The data source was indexed with another embedding model",
            details=f"Its vectors come from {expected}, the model at hand is {actual}.",
            help="Re-index the data source with the model that is configured now, or configure the former one.",
        )


class ThreadedEmbedder:
    """An embedder whose blocking function runs in threads: two, so that a question need not wait for a batch."""

    def __init__(self, identity: str, dimension: int, function: Callable[[Sequence[str]], Vectors]) -> None:
        self.identity = identity
        self.dimension = dimension
        self._function = function
        self._threads = ThreadPoolExecutor(2, "embedding")

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row per text."""
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._function, texts)


class RemoteEmbedder:
    """A model of the catalogue, reached over the network.

    Args:
        name: the model's base name; with the dimension it is the identity.
        embed: the call that returns one row per text; errors and retries are its business.
    """

    def __init__(self, name: str, dimension: int, embed: Callable[[Sequence[str]], Awaitable[Vectors]]) -> None:
        self.identity = f"{name}:{dimension}"
        self.dimension = dimension
        self._embed = embed

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row per text.

        Raises:
            EmbedderMismatch: the endpoint behind the name now answers with another dimension.
        """
        vectors = np.asarray(await self._embed(texts), dtype=np.float32)
        if vectors.ndim != 2 or vectors.shape != (len(texts), self.dimension):
            require_same(self.identity, f"{self.identity.rsplit(':', 1)[0]}:{vectors.shape[-1]}")
        return normalised(vectors)


def normalised(vectors: Vectors) -> Vectors:
    """Rows of length one; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Embedders:
    """The embedders of this process: the static one always, the better default when it is installed, others by name."""

    static: Embedder
    default: Embedder | None
    others: Mapping[str, Embedder] = field(default_factory=dict[str, Embedder])

    def named(self, identity: str) -> Embedder:
        """The embedder of this identity, to embed a question for vectors made with it.

        Raises:
            EmbedderMismatch: this process has no such embedder.
        """
        embedder = self.find(identity)
        if embedder is None:
            raise EmbedderMismatch(
                "The embedding model of the data source is not available",
                details=f"Its vectors come from {identity}, which this installation does not offer.",
                help="Install or configure that model, or re-index the data source with another one.",
            )
        return embedder

    def find(self, identity: str | None) -> Embedder | None:
        """The embedder of this identity, or None."""
        known = (self.static, self.default, *self.others.values())
        return next((embedder for embedder in known if embedder is not None and embedder.identity == identity), None)
