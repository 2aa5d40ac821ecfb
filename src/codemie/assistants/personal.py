"""What one person says of assistants and skills, and what they marked as favourite."""

from collections.abc import Sequence
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import repository
from codemie.assistants.composition import resource_of
from codemie.assistants.filters import AssistantFilters, Ordering
from codemie.assistants.personal_schemas import (
    AssistantReaction,
    FavoriteItem,
    FavoriteList,
    FavoriteQuery,
    ReactionItem,
    ReactionList,
    Resources,
    SkillReaction,
)
from codemie.assistants.service import get_assistant, item
from codemie.identity import profile
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.reactions import service as reactions
from codemie.reactions.schemas import Kind, Reaction, ReactionOutcome
from codemie.reactions.tables import ReactionRow
from codemie.skills import service as skills
from codemie.skills.filters import SkillFilters

_KINDS: dict[Resources, tuple[Kind, ...]] = {
    "assistants": ("assistant",),
    "skills": ("skill",),
    "all": ("assistant", "skill"),
}


async def react(session: AsyncSession, caller: Caller, assistant_id: str, reaction: Reaction | None) -> ReactionOutcome:
    """Like or dislike an assistant; None takes it back.

    Raises:
        NotFound: 404. EntityAccessDenied: 401.
    """
    await get_assistant(session, caller, assistant_id, lock=True)
    if reaction is None:
        outcome = await reactions.withdraw(session, caller, "assistant", assistant_id)
    else:
        outcome = await reactions.toggle(session, caller, "assistant", assistant_id, reaction)
    await repository.set_reactions(session, assistant_id, outcome.like_count, outcome.dislike_count)
    return outcome


async def reacted(
    session: AsyncSession, caller: Caller, resources: Resources, reaction: Reaction | None, *, details: bool
) -> ReactionList:
    """What the caller reacted to, newest first; with details only what they may still read."""
    rows = await reactions.of_user(session, caller, _KINDS[resources], reaction)
    if not details:
        return ReactionList(items=[_bare(row) for row in rows])
    return ReactionList(items=await _with_details(session, caller, rows))


async def favorite_assistants(
    session: AsyncSession, caller: Caller, user_id: str, query: FavoriteQuery
) -> FavoriteList:
    """One page of a user's favourite assistants that the caller may read.

    Raises:
        AccessDenied: 403, another user's, and the caller is no administrator.
    """
    pinned, favorites = await profile.kept_by(session, caller, user_id)
    if not favorites.assistants:
        return paged([], query, 0)
    filters = AssistantFilters(
        id=favorites.assistants,
        search=query.search,
        project=query.project,
        categories=query.categories,
        created_by=[query.created_by] if query.created_by else None,
        shared=query.shared,
    )
    wanted = repository.listing(caller, "all", filters, Ordering())
    rows, total = await repository.page(session, wanted, number=query.page, size=query.per_page, minimal=True)
    said = await reactions.among(session, caller, "assistant", [row.id for row in rows])
    shown = [
        FavoriteItem.model_validate(
            {
                **item(row, caller).model_dump(),
                "is_pinned": row.id in pinned,
                "is_liked": said.get(row.id) == "like",
                "is_disliked": said.get(row.id) == "dislike",
            }
        )
        for row in rows
    ]
    return paged(shown, query, total)


async def favorite_skills(session: AsyncSession, caller: Caller, user_id: str, query: FavoriteQuery) -> FavoriteList:
    """One page of a user's favourite skills that the caller may read.

    Raises:
        AccessDenied: 403, another user's, and the caller is no administrator.
    """
    _, favorites = await profile.kept_by(session, caller, user_id)
    if not favorites.skills:
        return paged([], query, 0)
    filters = SkillFilters(
        id=favorites.skills,
        search=query.search,
        project=query.project,
        categories=query.categories,
        created_by=[query.created_by] if query.created_by else None,
        visibility=[query.visibility] if query.visibility else None,
    )
    found = await skills.list_skills(session, caller, filters, page=query.page, per_page=query.per_page)
    said = await reactions.among(session, caller, "skill", [row.id for row in found.skills])
    shown = [
        FavoriteItem.model_validate(
            {
                **row.model_dump(),
                "is_liked": said.get(row.id) == "like",
                "is_disliked": said.get(row.id) == "dislike",
            }
        )
        for row in found.skills
    ]
    return paged(shown, query, found.total)


async def favorite_workflows(session: AsyncSession, caller: Caller, user_id: str, query: FavoriteQuery) -> FavoriteList:
    """No workflows: there are none to be read, whatever ids are kept.

    Raises:
        AccessDenied: 403, another user's, and the caller is no administrator.
    """
    await profile.kept_by(session, caller, user_id)
    return paged([], query, 0)


def paged(shown: list[FavoriteItem], query: FavoriteQuery, total: int) -> FavoriteList:
    """The envelope of favourites."""
    pages = ceil(total / query.per_page)
    return FavoriteList(data=shown, page=query.page, per_page=query.per_page, total=total, pages=pages)


def _bare(row: ReactionRow) -> ReactionItem:
    return ReactionItem.model_validate(_of(row))


def _of(row: ReactionRow) -> dict[str, object]:
    return {
        "resource_id": row.resource_id,
        "reaction": row.reaction,
        "reaction_at": row.date,
        "resource_type": row.kind,
    }


async def _with_details(
    session: AsyncSession, caller: Caller, rows: Sequence[ReactionRow]
) -> list[AssistantReaction | SkillReaction | ReactionItem]:
    assistants = await repository.find_many(session, [row.resource_id for row in rows if row.kind == "assistant"])
    known = await skills.readable(session, caller, [row.resource_id for row in rows if row.kind == "skill"])
    shown: list[AssistantReaction | SkillReaction | ReactionItem] = []
    for row in rows:
        assistant, skill = assistants.get(row.resource_id), known.get(row.resource_id)
        if assistant is not None and decide(caller, "read", resource_of(assistant)):
            shown.append(
                AssistantReaction.model_validate(
                    {
                        **_of(row),
                        "name": assistant.name,
                        "description": assistant.description,
                        "project": assistant.project,
                        "slug": assistant.slug,
                        "icon": assistant.icon_url,
                    }
                )
            )
        elif skill is not None:
            shown.append(
                SkillReaction.model_validate(
                    {
                        **_of(row),
                        "name": skill.name,
                        "description": skill.description,
                        "project": skill.project,
                        "visibility": skill.visibility,
                        "categories": skill.categories,
                    }
                )
            )
    return shown
