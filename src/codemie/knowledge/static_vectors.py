"""Static vectors: the idf-weighted mean of token vectors, thousands of passages a second on one core.

Weights and tokenizer are those inside the `wordllama` wheel, read directly: its loader looks elsewhere, and downloads.
"""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from codemie.knowledge.embedding import ThreadedEmbedder, Vectors, normalised

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_BATCH = 256
_MAX_CHARS = 8000


class StaticModel:
    """Token vectors, already multiplied by the idf of their token."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.vectors = load_file(folder / _WEIGHTS)["embedding.weight"].astype(np.float32)
        # In place, and hashed without a copy: each would be 32 MB.
        self.vectors *= token_weights(len(self.vectors))[:, None]
        self.sha256 = hashlib.sha256(np.ascontiguousarray(self.vectors).data).hexdigest()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row per text; a text without known tokens gives a zero row."""
        rows = [self._sums(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)]
        return normalised(np.concatenate(rows))

    def _sums(self, texts: Sequence[str]) -> Vectors:
        encodings = self.tokenizer.encode_batch_fast([text[:_MAX_CHARS] for text in texts], add_special_tokens=False)
        sums = np.zeros((len(texts), self.vectors.shape[1]), np.float32)
        for row, encoding in enumerate(encodings):
            if encoding.ids:
                ids, counts = np.unique(np.asarray(encoding.ids, np.int32), return_counts=True)
                sums[row] = counts.astype(np.float32) @ self.vectors[ids]
        return sums


def token_weights(size: int) -> NDArray[np.float32]:
    """An idf for every token without a corpus: the vocabulary is in order of merges, that is, of frequency."""
    return np.log1p(np.arange(size, dtype=np.float32))


def embedder() -> ThreadedEmbedder:
    """The static embedder of this installation."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("wordllama")
    model = StaticModel(Path(spec.origin).parent)
    return ThreadedEmbedder(f"wordllama-l2-256-idf@{model.sha256[:12]}", model.vectors.shape[1], model.embed)
