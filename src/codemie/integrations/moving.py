"""What an integration leaves behind when it moves to another project, and what goes along when it is copied.

Rooms above know what refers to an integration; this one does not know them. Who keeps references says so once, when the
process is put together (`codemie.app`).
"""

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

LetGo = Callable[[AsyncSession, Sequence[str], str], Awaitable[None]]
"""Drops references to integrations (ids) from what is in a project (name), in the transaction that moves them."""

GoAlong = Callable[[AsyncSession, str, str], Awaitable[None]]
"""Copies what belongs to an integration (id) for its copy (id), in the transaction that makes it."""

_letting_go: list[LetGo] = []
_going_along: list[GoAlong] = []


def when_moved(let_go: LetGo) -> None:
    """Have references dropped whenever integrations leave a project; the same one counts once."""
    if let_go not in _letting_go:
        _letting_go.append(let_go)


async def left(session: AsyncSession, ids: Sequence[str], project: str) -> None:
    """To be called when integrations have left a project."""
    if ids:
        for let_go in _letting_go:
            await let_go(session, ids, project)


def when_copied(go_along: GoAlong) -> None:
    """Have what belongs to an integration copied with it; the same one counts once."""
    if go_along not in _going_along:
        _going_along.append(go_along)


async def copied(session: AsyncSession, source_id: str, copy_id: str) -> None:
    """To be called when the copy is stored."""
    for go_along in _going_along:
        await go_along(session, source_id, copy_id)
