"""Real text of any amount without a download: source and documentation of the libraries installed here."""

import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

_SUFFIXES = (".py", ".pyi", ".md", ".rst", ".txt")
_MAX_FILE_BYTES = 200_000


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Files, path and text, in an order that is always the same, up to about `size` bytes.

    When the libraries hold less, their files come again under other paths.
    """
    folder = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    random.Random(1).shuffle(paths)
    left, turn = size, 0
    while left > 0:
        turn += 1
        for path in paths:
            text = path.read_bytes()[:_MAX_FILE_BYTES].decode("utf-8", "replace")
            if not text.strip():
                continue
            yield f"part{turn}/{path.relative_to(folder)}", text
            left -= len(text)
            if left <= 0:
                return
