"""The SQL of a rotation: rows whose secrets may be under another key, and their exchange."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, cast, func, select, tuple_, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.operations.sealed_columns import SealedColumn
from codemie.parts.secrets import SEALED_PREFIX

BATCH = 200


async def batch(session: AsyncSession, sealed: SealedColumn, after: tuple[Any, ...] | None) -> Sequence[RowMapping]:
    """The next rows that hold a secret, by primary key; ``value`` is what the column holds."""
    table, column = sealed.table, sealed.table.c[sealed.attribute.key]
    keys = list(table.primary_key.columns)
    beside = [table.c[name] for name in sealed.beside if name not in table.primary_key.columns]
    holds = column.is_not(None) if sealed.is_binary else func.strpos(cast(column, Text), SEALED_PREFIX) > 0
    statement = select(*keys, *beside, column.label("value")).where(holds).order_by(*keys).limit(BATCH)
    if after is not None:
        statement = statement.where(tuple_(*keys) > after)
    return (await session.execute(statement)).mappings().all()


async def exchange(session: AsyncSession, sealed: SealedColumn, row: RowMapping, value: Any) -> bool:
    """Put the value in place of the one that was read; False when it is another meanwhile."""
    table, column = sealed.table, sealed.table.c[sealed.attribute.key]
    same = [key == row[key.name] for key in table.primary_key.columns]
    # Not through the mapper: a rotation is no change of the row, whose date stays.
    statement = update(table).where(*same, column == row["value"]).values({column: value})
    return (await session.execute(statement)).rowcount == 1  # type: ignore[attr-defined]


def key_of(sealed: SealedColumn, row: RowMapping) -> tuple[Any, ...]:
    """The row's primary key."""
    return tuple(row[key.name] for key in sealed.table.primary_key.columns)
