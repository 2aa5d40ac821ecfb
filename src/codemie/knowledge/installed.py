"""The embedding models that come with the installation."""

from functools import cache

from codemie.knowledge.embedding import Embedders


@cache
def installed() -> Embedders:
    """The embedders at hand without a network; loads 16 MB (and 23 MB for MiniLM on its first use)."""
    # What they are made of loads with them: an API that never embeds does without.
    from codemie.knowledge import minilm, static_vectors

    return Embedders(static_vectors.embedder(), minilm.embedder())
