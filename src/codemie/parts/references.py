"""Finding what works with an integration, in SQL: what the caller may read of it, and how much there is in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel import row_security


@dataclass(frozen=True, slots=True)
class Referring:
    """What refers to something.

    Args:
        rows: id, name and project of the first ones that the caller may read.
        readable: how many of those there are.
        every: how many there are, whoever may read them.
    """

    rows: Sequence[tuple[str, str, str]]
    readable: int
    every: int


def names_integration(toolkits: Any, mcp_servers: Any, setting_id: str) -> ColumnElement[bool]:
    """Does a toolkit, a tool or an MCP server work with this integration?

    Args:
        toolkits: the column that holds the toolkits.
        mcp_servers: the one that holds the MCP servers.
        setting_id: of the integration.
    """
    pointer = {"settings": {"id": setting_id}}
    return or_(
        toolkits.contains([pointer]),
        toolkits.contains([{"tools": [pointer]}]),
        mcp_servers.contains([pointer]),
        mcp_servers.contains([{"mcp_connect_auth_token": {"id": setting_id}}]),
    )


async def referring(
    session: AsyncSession, readable: Select[str, str, str], everything: Select[str], order: Any, limit: int
) -> Referring:
    """Run the two statements.

    Args:
        session: of the request.
        readable: id, name and project of what the caller may read.
        everything: the same rows, whoever may read them.
        order: of the rows.
        limit: how many of them at most.
    """
    rows = (await session.execute(readable.order_by(order).limit(limit))).all()
    shown = await session.scalar(select(func.count()).select_from(readable.subquery()))
    # Only a number of what others have leaves this block.
    async with row_security.beyond(session, "count for lists"):
        every = await session.scalar(select(func.count()).select_from(everything.subquery()))
    return Referring([(row[0], row[1], row[2]) for row in rows], shown or 0, every or 0)
