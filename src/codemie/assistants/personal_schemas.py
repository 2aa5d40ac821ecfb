"""What one person thinks of assistants and skills, and what they keep at hand."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from codemie.kernel.http import CamelModel, WireModel
from codemie.parts.schemas import CreatedBy
from codemie.reactions.schemas import Kind, Reaction

Resources = Literal["assistants", "skills", "all"]
_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class ReactionItem(CamelModel):
    """The caller's reaction to one thing."""

    resource_id: str
    reaction: Reaction
    reaction_at: datetime
    resource_type: Kind


class AssistantReaction(ReactionItem):
    """The same, with what a card shows of the assistant."""

    name: str
    description: str
    project: str
    slug: _Text
    icon: str | None = None


class SkillReaction(ReactionItem):
    """The same, with what a card shows of the skill."""

    name: str
    description: str
    project: str
    visibility: str
    categories: list[str]


class ReactionList(WireModel):
    items: list[AssistantReaction | SkillReaction | ReactionItem]


class FavoriteQuery(WireModel):
    """What narrows a page of favourites."""

    search: Annotated[str, Field(max_length=1000)] | None = None
    project: list[str] | None = None
    categories: list[str] | None = None
    created_by: str | None = None
    shared: bool | None = None
    visibility: str | None = None
    page: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    per_page: Annotated[int, Field(ge=1, le=100)] = 12


class FavoriteItem(WireModel):
    """What a card of the favourites page shows."""

    id: str
    icon_url: _Text = ""
    name: str
    description: str
    slug: str | None = None
    project: str | None = None
    type: str | None = None
    is_global: bool | None = None
    shared: bool | None = None
    visibility: str | None = None
    created_by: CreatedBy | None = None
    is_favorited: bool = True
    is_pinned: bool = False
    is_liked: bool = False
    is_disliked: bool = False
    unique_likes_count: int = 0
    unique_dislikes_count: int = 0
    assistants_count: int = 0
    user_abilities: list[str] = Field(default_factory=list)
    categories: list[str] = Field(default_factory=list)


class FavoriteList(WireModel):
    """One page; the numbers stand beside the rows here."""

    data: list[FavoriteItem]
    page: int
    per_page: int
    total: int
    pages: int
