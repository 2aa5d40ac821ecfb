"""All SQL of sign-ins at MCP servers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.kernel.database import utcnow
from codemie.mcp.discovery import Found
from codemie.mcp.tables import McpAuthServer, McpSignIn, McpSignInAttempt
from codemie.mcp.target import Target


async def server(session: AsyncSession, server_id: str) -> McpAuthServer | None:
    """A server that has asked for a sign-in."""
    return await session.get(McpAuthServer, server_id)


async def servers_of(session: AsyncSession, config_id: str) -> Sequence[McpAuthServer]:
    """Those of an entry of the catalogue, newest first."""
    statement = select(McpAuthServer).where(McpAuthServer.config_id == config_id).order_by(McpAuthServer.date.desc())
    return (await session.scalars(statement)).all()


async def keep_server(session: AsyncSession, server_id: str, target: Target, found: Found) -> None:
    """Remember where to sign in; at another authorization server the client we were is nobody."""
    values = {
        "name": target.name,
        "url": target.url,
        "config_id": target.config_id or None,
        "resource": found.resource,
        "scope": found.scope,
        "endpoints": found.endpoints,
    }
    known = await session.get(McpAuthServer, server_id, with_for_update=True)
    if known is None:
        statement = insert(McpAuthServer).values(id=server_id, date=utcnow(), **values).on_conflict_do_nothing()
        await session.execute(statement)
        return
    if known.endpoints.get("issuer") != found.endpoints.get("issuer"):
        known.client = known.redirect_uri = None
    for name, value in values.items():
        setattr(known, name, value)


async def keep_client(session: AsyncSession, server_id: str, sealed: bytes, redirect_uri: str) -> None:
    """Remember the client we are at a server."""
    changed = update(McpAuthServer).where(McpAuthServer.id == server_id)
    await session.execute(changed.values(client=sealed, redirect_uri=redirect_uri))


async def add_attempt(session: AsyncSession, attempt: McpSignInAttempt) -> None:
    """Store a sign-in under way; the user's former one at the server, and all that took too long, are over."""
    await session.execute(
        delete(McpSignInAttempt).where(
            (McpSignInAttempt.expires_at < utcnow())
            | ((McpSignInAttempt.user_id == attempt.user_id) & (McpSignInAttempt.server_id == attempt.server_id))
        )
    )
    session.add(attempt)


async def take_attempt(session: AsyncSession, state_hash: bytes) -> McpSignInAttempt | None:
    """Take a sign-in under way: it can be ended once."""
    taken = delete(McpSignInAttempt).where(McpSignInAttempt.state_hash == state_hash).returning(McpSignInAttempt)
    return (await session.scalars(taken)).first()


async def find(session: AsyncSession, user_id: str, server_id: str) -> McpSignIn | None:
    """A user's tokens at a server."""
    return await session.get(McpSignIn, (user_id, server_id))


async def keep(session: AsyncSession, user_id: str, server_id: str, sealed: bytes, expires_at: datetime | None) -> None:
    """Store a user's tokens at a server, in place of former ones."""
    values: dict[str, Any] = {"tokens": sealed, "expires_at": expires_at, "date": utcnow()}
    statement = insert(McpSignIn).values(user_id=user_id, server_id=server_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["user_id", "server_id"], set_=values))


async def remove(session: AsyncSession, user_id: str, server_id: str) -> bool:
    """Forget a user's tokens at a server; whether there were any."""
    statement = delete(McpSignIn).where(McpSignIn.user_id == user_id, McpSignIn.server_id == server_id)
    result = await session.execute(statement)
    return isinstance(result, CursorResult) and result.rowcount > 0
