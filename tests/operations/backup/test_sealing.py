"""The encryption of a backup: all of it comes back, and whatever was done to it is noticed before it is believed."""

import os
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from codemie.kernel.crypto import Cipher
from codemie.kernel.errors import ConfigurationError, Unprocessable
from codemie.operations.backup import sealing
from codemie.operations.backup.sealing import PIECE

CIPHER = Cipher([os.urandom(32)])
SEALED_PIECE = PIECE + 16


def sealed(path: Path, content: bytes, cipher: Cipher = CIPHER) -> Path:
    with path.open("wb") as file:
        sealer = sealing.Sealer(file, cipher, "0.1.0", "2026-11-30T07:40:12+00:00")
        sizes = random.Random(7)
        at = 0
        while at < len(content):
            size = sizes.choice((1, 512, 10_240, PIECE, 3 * PIECE))
            sealer.write(content[at : at + size])
            at += size
        sealer.finish()
    return path


def opened(path: Path, cipher: Cipher | None = CIPHER) -> bytes:
    with sealing.opened(path, cipher) as content:
        return content.read()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 5])
def test_everything_comes_back(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)

    file = sealed(tmp_path / "file", content)

    assert opened(file) == content
    assert content[:64] not in file.read_bytes() or size < 8


def pieces_of(content: bytes) -> tuple[bytes, list[bytes]]:
    """What stands before the pieces, and the pieces; of a file of three."""
    before = len(content) - 2 * SEALED_PIECE - 16 - 5
    return content[:before], [content[at : at + SEALED_PIECE] for at in range(before, len(content), SEALED_PIECE)]


DAMAGES: dict[str, Callable[[bytes, list[bytes]], bytes]] = {
    "a bit flipped": lambda before, p: before + p[0] + bytes([p[1][0] ^ 1]) + p[1][1:] + p[2],
    "pieces exchanged": lambda before, p: before + p[1] + p[0] + p[2],
    "a piece twice": lambda before, p: before + p[0] + p[0] + p[1] + p[2],
    "a piece left out": lambda before, p: before + p[0] + p[2],
    "the last piece cut off": lambda before, p: before + p[0] + p[1],
    "all pieces cut off": lambda before, _: before,
    "a byte cut off": lambda before, p: before + p[0] + p[1] + p[2][:-1],
    "something behind the end": lambda before, p: before + p[0] + p[1] + p[2] + b"more",
    "another piece behind the end": lambda before, p: before + b"".join(p) + p[2],
    "another time of making": lambda before, p: before.replace(b"2026-11-30", b"2026-11-29") + b"".join(p),
    "no header": lambda before, p: before[:40],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_whatever_is_done_to_it_is_noticed(tmp_path: Path, damage: Callable[[bytes, list[bytes]], bytes]) -> None:
    content = os.urandom(2 * PIECE + 5)
    before, pieces = pieces_of(sealed(tmp_path / "file", content).read_bytes())
    assert len(pieces) == 3
    (tmp_path / "file").write_bytes(before + b"".join(pieces))
    assert opened(tmp_path / "file") == content

    (tmp_path / "file").write_bytes(damage(before, pieces))

    with pytest.raises(Unprocessable, match="damaged"):
        opened(tmp_path / "file")


def test_a_piece_or_a_header_of_another_backup_does_not_open(tmp_path: Path) -> None:
    content = os.urandom(2 * PIECE + 5)
    before, pieces = pieces_of(sealed(tmp_path / "one", content).read_bytes())
    other_before, others = pieces_of(sealed(tmp_path / "other", content).read_bytes())

    for mixed in (before + pieces[0] + others[1] + pieces[2], other_before + b"".join(pieces)):
        (tmp_path / "mixed").write_bytes(mixed)
        with pytest.raises(Unprocessable, match="damaged"):
            opened(tmp_path / "mixed")


def test_the_same_master_key_opens_it_elsewhere_and_no_other_does(tmp_path: Path) -> None:
    key, newer = os.urandom(32), os.urandom(32)
    file = sealed(tmp_path / "file", b"content", Cipher([key]))

    assert opened(file, Cipher([newer, key])) == b"content", "after the key was exchanged, too"
    for cipher in (None, Cipher([newer])):
        with pytest.raises(ConfigurationError, match=f"not here. Its key is {Cipher([key]).key_id}"):
            opened(file, cipher)


def test_memory_does_not_grow_with_the_backup(tmp_path: Path) -> None:
    block = os.urandom(2**20)
    tracemalloc.start()
    try:
        with (tmp_path / "file").open("wb") as file:
            sealer = sealing.Sealer(file, CIPHER, "0.1.0", "now")
            for _ in range(64):
                sealer.write(block)
            sealer.finish()
        with sealing.opened(tmp_path / "file", CIPHER) as content:
            size = 0
            while read := content.read(2**20):
                size += len(read)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert size == 64 * 2**20
    assert peak < 8 * 2**20
