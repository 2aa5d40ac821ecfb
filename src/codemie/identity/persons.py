"""Callers made of rows: who somebody is, and what they may do now."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.identity.repository import CallerRow, caller_by_id

_NO_TOKEN = ""


def caller_of(row: CallerRow, marketplace_projects: Iterable[str] = ()) -> Caller:
    """Somebody with the projects and roles that the row tells.

    Args:
        row: of one who may come in.
        marketplace_projects: where users of type external find what is published.
    """
    return Caller(
        id=row.id,
        username=row.username,
        name=row.name or row.username,
        email=row.email,
        projects=frozenset(row.projects),
        admin_projects=frozenset(row.admin_projects),
        is_admin=row.is_admin,
        is_maintainer=row.is_maintainer,
        is_auditor=row.is_auditor,
        user_type=row.user_type,
        marketplace_projects=frozenset(marketplace_projects),
        default_project=_default_project(row),
    )


async def person(session: AsyncSession, user_id: str) -> Caller | None:
    """Somebody who is not here, asked about when what they wrote down is used by others.

    Args:
        session: that sees everybody's.
        user_id: whose.

    Returns:
        None when they are gone or locked out.
    """
    row = await caller_by_id(session, user_id, _NO_TOKEN)
    return None if row is None or not row.is_active else caller_of(row)


def _default_project(row: CallerRow) -> str:
    """The stored default, else the personal project, else the first by name."""
    if row.default_projects:
        return row.default_projects[0]
    if row.email in row.projects or not row.projects:
        return row.email
    return min(row.projects)
