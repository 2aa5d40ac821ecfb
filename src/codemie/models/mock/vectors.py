"""Embeddings without a model: words hashed into a vector, so texts that share words are near each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from math import sqrt

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"\w+")


def vectors(texts: Sequence[str], dimensions: int) -> npt.NDArray[np.float32]:
    """Return one vector of length 1 for each text; the same text always gives the same one."""
    rows = np.zeros((len(texts), dimensions), dtype=np.float32)
    for index, text in enumerate(texts):
        row = rows[index]
        for word, count in Counter(_WORD.findall(text.lower())).items():
            digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
            row[digest % dimensions] += sqrt(count) if digest >> 63 else -sqrt(count)
        length = float(np.linalg.norm(row))
        if length == 0:  # no words, or words that cancel out
            row[0], length = 1, 1
        rows[index] = row / length
    return rows
