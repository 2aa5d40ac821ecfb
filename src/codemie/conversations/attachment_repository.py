"""SQL of attached files: their rows, and their bytes in slices."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, CursorResult, Delete, Text, any_, delete, func, insert, literal, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.conversations.tables import AttachedFile, AttachedPart, ConversationMessage
from codemie.identity.tables import User


async def find(session: AsyncSession, owner: str, name: str) -> AttachedFile | None:
    """The file of that owner and name."""
    statement = select(AttachedFile).where(AttachedFile.owner_id == owner, AttachedFile.name == name)
    return await session.scalar(statement)


async def owned(session: AsyncSession, owner: str, tokens: Sequence[str]) -> Sequence[AttachedFile]:
    """Those files of an owner that the tokens name."""
    wanted = AttachedFile.token == any_(literal(list(tokens), ARRAY(Text)))
    return (await session.scalars(select(AttachedFile).where(AttachedFile.owner_id == owner, wanted))).all()


async def hold(session: AsyncSession, owner: str) -> None:
    """Let nobody else store files of this owner until the transaction ends, so that the quota holds."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"files {owner}"})


async def occupied(session: AsyncSession, owner: str, *, without: str) -> int:
    """Bytes that an owner's files take, one of them left out."""
    statement = select(func.coalesce(func.sum(AttachedFile.size_bytes), 0)).where(
        AttachedFile.owner_id == owner, AttachedFile.name != without
    )
    return int((await session.execute(statement)).scalar_one())


async def replace(session: AsyncSession, file: AttachedFile) -> None:
    """Make the row of a file whose slices follow, in place of the one of that name."""
    await remove(session, file.owner_id, file.name)
    session.add(file)
    await session.flush()


async def add_part(session: AsyncSession, file_id: str, number: int, content: bytes) -> None:
    """Store one slice."""
    await session.execute(insert(AttachedPart).values(file_id=file_id, number=number, content=content))


async def part(session: AsyncSession, file_id: str, number: int, *, start: int, count: int) -> bytes | None:
    """Bytes of one slice, from a position in it; None when the file was removed or replaced meanwhile."""
    content = func.substr(AttachedPart.content, start + 1, count)
    statement = select(content).where(AttachedPart.file_id == file_id, AttachedPart.number == number)
    return await session.scalar(statement)


async def remove(session: AsyncSession, owner: str, name: str) -> bool:
    """Delete a file; false when there was none."""
    statement = delete(AttachedFile).where(AttachedFile.owner_id == owner, AttachedFile.name == name)
    return await _count(session, statement) > 0


async def release(session: AsyncSession, owner: str, tokens: Iterable[str]) -> int:
    """Delete those of an owner's files that no message refers to any more."""
    wanted = AttachedFile.token == any_(literal(list(tokens), ARRAY(Text)))
    return await _count(session, delete(AttachedFile).where(AttachedFile.owner_id == owner, wanted, ~_referred_to()))


async def purge(session: AsyncSession, *, unused_since: datetime, owner_gone_since: datetime) -> int:
    """Delete files that no message refers to, and those of people who are gone, both after a while."""
    unused = AttachedFile.update_date < unused_since
    gone = select(User.id).where(User.deleted_at < owner_gone_since)
    people = select(User.id)
    return await _count(
        session,
        delete(AttachedFile).where(
            AttachedFile.owner_id.in_(people), or_(unused & ~_referred_to(), AttachedFile.owner_id.in_(gone))
        ),
    )


def _referred_to() -> ColumnElement[bool]:
    # The first condition is that of the partial index.
    return (
        select(ConversationMessage.id)
        .where(
            func.cardinality(ConversationMessage.file_names) > 0,
            ConversationMessage.file_names.op("@>")(array([AttachedFile.token])),
        )
        .exists()
    )


async def _count(session: AsyncSession, statement: Delete) -> int:
    result = await session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0
