"""Rows → PostgreSQL's binary COPY format, and its vectors: no text is formatted or parsed on the way.

Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"; halfvec as in pgvector's `halfvec_send`.
"""

import struct
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_NULL = struct.pack(">i", -1)
_FLUSH_BYTES = 1 << 18


def text(value: str) -> bytes:
    """A text; PostgreSQL cannot hold NUL."""
    return value.replace("\x00", "").encode("utf-8", "replace")


def integer(value: int) -> bytes:
    """A 32-bit integer."""
    return struct.pack(">i", value)


def bigint(value: int) -> bytes:
    """A 64-bit integer."""
    return struct.pack(">q", value)


def real(value: float) -> bytes:
    """A 32-bit float."""
    return struct.pack(">f", value)


def identifier(value: str) -> bytes:
    """A UUID."""
    return uuid.UUID(value).bytes


def halfvec(vector: NDArray[np.floating[Any]]) -> bytes:
    """A pgvector half-precision vector."""
    return struct.pack(">hh", len(vector), 0) + vector.astype(">f2").tobytes()


def halfvecs(vectors: NDArray[np.floating[Any]]) -> Iterator[bytes]:
    """The rows of a matrix as pgvector half-precision vectors, converted at once."""
    header = struct.pack(">hh", vectors.shape[1], 0)
    return (header + row.tobytes() for row in vectors.astype(">f2"))


def vector_literal(vector: NDArray[np.floating[Any]]) -> str:
    """A vector as a query parameter."""
    return "[" + ",".join(map(repr, vector.astype(float).round(6).tolist())) + "]"


async def copy(session: AsyncSession, table: str, columns: tuple[str, ...], rows: Iterable[list[bytes | None]]) -> None:
    """Copy encoded rows into a table, inside the session's transaction."""
    connection = await driver(session)
    await connection.copy_to_table(table, source=_Stream(_frames(rows)), columns=columns, format="binary")


async def driver(session: AsyncSession) -> "asyncpg.Connection[asyncpg.Record]":
    """The asyncpg connection under a session: for COPY, and for statements with a deadline of their own."""
    raw = await (await session.connection()).get_raw_connection()
    connection: asyncpg.Connection[asyncpg.Record] = raw.driver_connection  # pyright: ignore[reportAssignmentType]
    return connection


def _frames(rows: Iterable[list[bytes | None]]) -> Iterator[bytes]:
    buffer = bytearray(_HEADER)
    for row in rows:
        buffer += struct.pack(">h", len(row))
        for field in row:
            buffer += _NULL if field is None else struct.pack(">i", len(field)) + field
        if len(buffer) > _FLUSH_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + _TRAILER


class _Stream:
    """asyncpg takes a COPY from an asynchronous iterator."""

    def __init__(self, frames: Iterator[bytes]) -> None:
        self._frames = frames

    def __aiter__(self) -> "_Stream":
        return self

    async def __anext__(self) -> bytes:
        for frame in self._frames:
            return frame
        raise StopAsyncIteration
