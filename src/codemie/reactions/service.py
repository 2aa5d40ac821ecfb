"""Reacting, taking it back, looking it up. Callers hold a lock on the row reacted to, so that counts are exact."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity.caller import Caller
from codemie.reactions import repository
from codemie.reactions.schemas import Kind, Reaction, ReactionOutcome
from codemie.reactions.tables import ReactionRow


async def toggle(
    session: AsyncSession, caller: Caller, kind: Kind, resource_id: str, reaction: Reaction
) -> ReactionOutcome:
    """React; the same reaction once more takes it back, the opposite replaces it."""
    if await repository.find(session, kind, resource_id, caller.id) == reaction:
        return await withdraw(session, caller, kind, resource_id)
    await repository.put(session, kind, resource_id, caller.id, reaction)
    return await _outcome(session, kind, resource_id, reaction)


async def withdraw(session: AsyncSession, caller: Caller, kind: Kind, resource_id: str) -> ReactionOutcome:
    """Take the caller's reaction back, if there is one."""
    await repository.remove(session, kind, resource_id, caller.id)
    return await _outcome(session, kind, resource_id, None)


async def forget(session: AsyncSession, kind: Kind, resource_id: str) -> None:
    """The thing is deleted: nobody thinks anything of it any more."""
    await repository.remove(session, kind, resource_id)


async def of_user(
    session: AsyncSession, caller: Caller, kinds: Iterable[Kind], reaction: Reaction | None
) -> Sequence[ReactionRow]:
    """What the caller said, newest first."""
    return await repository.of_user(session, caller.id, kinds, reaction)


async def among(session: AsyncSession, caller: Caller, kind: Kind, ids: Iterable[str]) -> dict[str, str]:
    """What the caller said of these things, by id."""
    return await repository.among(session, caller.id, kind, ids)


async def _outcome(session: AsyncSession, kind: Kind, resource_id: str, reaction: Reaction | None) -> ReactionOutcome:
    counts = await repository.counts(session, kind, resource_id)
    return ReactionOutcome(reaction=reaction, like_count=counts.get("like", 0), dislike_count=counts.get("dislike", 0))
