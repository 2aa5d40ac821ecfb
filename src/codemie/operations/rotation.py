"""Bringing every stored secret under the newest master key, while the platform runs.

The data keys are wrapped anew, no secret is opened. A row is exchanged only if it is still as it was read, so nothing
that people save meanwhile is lost, and what they saved is looked at again. Stopped half-way, the next run finds what is
left.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import RowMapping

from codemie.kernel.crypto import Cipher, DecryptionFailed, key_id_of
from codemie.kernel.database import Database
from codemie.operations import rotation_repository as repository
from codemie.operations.sealed_columns import SEALED_COLUMNS, SealedColumn
from codemie.parts.secrets import rewrapped, sealed_in

_MOST_PASSES = 10


@dataclass
class Rotated:
    """What came of a rotation.

    Args:
        rows: how many got the newest key.
        lost: rows that cannot be brought under it, by column: their key is not there, or they are damaged.
        busy: rows that changed whenever they were looked at.
    """

    rows: int = 0
    lost: Counter[str] = field(default_factory=Counter[str])
    busy: int = 0


async def rotate(database: Database, cipher: Cipher) -> Rotated:
    """Bring every secret under the key that seals now."""
    told = Rotated()
    for column in SEALED_COLUMNS:
        for _ in range(_MOST_PASSES):
            told.lost.pop(column.name, None)
            told.busy = await _pass(database, cipher, column, told)
            if not told.busy:
                break
    return told


async def _pass(database: Database, cipher: Cipher, column: SealedColumn, told: Rotated) -> int:
    """Every row once; returns how many changed while they were looked at."""
    after: tuple[Any, ...] | None = None
    busy = 0
    while True:
        async with database.session() as session:
            rows = await repository.batch(session, column, after)
            for row in rows:
                try:
                    value = _rewrapped(cipher, column, row)
                except DecryptionFailed:
                    told.lost[column.name] += 1
                    continue
                if value == row["value"]:
                    continue
                if await repository.exchange(session, column, row, value):
                    told.rows += 1
                else:
                    busy += 1
        if not rows:
            return busy
        after = repository.key_of(column, rows[-1])


def _rewrapped(cipher: Cipher, column: SealedColumn, row: RowMapping) -> Any:
    value, context = row["value"], column.context(row)
    if not column.is_binary:
        return rewrapped(cipher, context, value)
    return value if cipher.is_current(value) else cipher.rewrap(value, context=context)


async def keys_in_use(database: Database) -> Counter[str]:
    """How many sealed values there are under each key, by the key's id."""
    found: Counter[str] = Counter()
    for column in SEALED_COLUMNS:
        async for rows in stored(database, column):
            for row in rows:
                found.update(key_id_of(value) for value in sealed_of(column, row))
    return found


async def stored(database: Database, column: SealedColumn) -> AsyncIterator[Sequence[RowMapping]]:
    """All rows with a secret, a part at a time; ``value`` is what the column holds."""
    after: tuple[Any, ...] | None = None
    while True:
        async with database.session() as session:
            rows = await repository.batch(session, column, after)
        if not rows:
            return
        yield rows
        after = repository.key_of(column, rows[-1])


def sealed_of(column: SealedColumn, row: RowMapping) -> list[bytes]:
    """The sealed values in a row of it."""
    return [row["value"]] if column.is_binary else list(sealed_in(row["value"]))
