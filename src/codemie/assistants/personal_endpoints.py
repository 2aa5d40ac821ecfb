"""Routes of what one person thinks of assistants and skills, and keeps at hand."""

from typing import Annotated

from fastapi import APIRouter, Query

from codemie.assistants import personal
from codemie.assistants.personal_schemas import FavoriteList, FavoriteQuery, ReactionList, Resources
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.reactions.schemas import Reaction, ReactionOutcome, ReactionRequest

router = APIRouter(tags=["assistants"])


@router.post("/v1/assistants/{assistant_id}/reactions")
async def react(session: SessionDep, caller: CallerDep, assistant_id: str, body: ReactionRequest) -> ReactionOutcome:
    """Like or dislike; once more takes it back."""
    return await personal.react(session, caller, assistant_id, body.reaction)


@router.delete("/v1/assistants/{assistant_id}/reactions")
async def remove_reaction(session: SessionDep, caller: CallerDep, assistant_id: str) -> ReactionOutcome:
    return await personal.react(session, caller, assistant_id, None)


@router.get("/v1/user/reactions")
async def list_reactions(
    session: SessionDep,
    caller: CallerDep,
    *,
    include_details: bool = False,
    reaction_type: Reaction | None = None,
    resource_type: Resources = "assistants",
) -> ReactionList:
    return await personal.reacted(session, caller, resource_type, reaction_type, details=include_details)


@router.get("/v1/preferences/{user_id}/favorites/skills")
async def list_favorite_skills(
    session: SessionDep, caller: CallerDep, user_id: str, query: Annotated[FavoriteQuery, Query()]
) -> FavoriteList:
    return await personal.favorite_skills(session, caller, user_id, query)


@router.get("/v1/preferences/{user_id}/favorites/workflows")
async def list_favorite_workflows(
    session: SessionDep, caller: CallerDep, user_id: str, query: Annotated[FavoriteQuery, Query()]
) -> FavoriteList:
    """An empty page: this version has no workflows."""
    return await personal.favorite_workflows(session, caller, user_id, query)


@router.get("/v1/preferences/{user_id}/favorites/assistants")
async def list_favorite_assistants(
    session: SessionDep, caller: CallerDep, user_id: str, query: Annotated[FavoriteQuery, Query()]
) -> FavoriteList:
    return await personal.favorite_assistants(session, caller, user_id, query)
