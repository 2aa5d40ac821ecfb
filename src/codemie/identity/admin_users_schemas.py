"""The wire models of user administration."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from codemie.identity.repository import MembershipRow
from codemie.identity.schemas import OwnProject
from codemie.identity.tables import User
from codemie.kernel.http import WireModel

PlatformRole = Literal["admin", "platform_admin", "user"]


class UserFilters(WireModel):
    """The JSON object of the query parameter ``filters``."""

    projects: list[str] = Field(default_factory=list[str], max_length=1000)
    budgets: list[str] = Field(default_factory=list[str], max_length=1000)
    user_type: str | None = None
    is_active: bool | None = None
    is_auditor: bool | None = None
    platform_role: PlatformRole | None = None


class UserListItem(WireModel):
    """A user as a row of the list."""

    id: str
    username: str
    email: str
    name: str
    user_type: str
    is_active: bool
    is_admin: bool
    is_maintainer: bool
    is_auditor: bool
    auth_source: str
    last_login_at: datetime | None
    projects: list[OwnProject]
    budget_assignments: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    date: datetime

    @classmethod
    def of(cls, user: User, memberships: Sequence[MembershipRow]) -> "UserListItem":
        """The user's row with those of their projects that the reader may see."""
        own = {name: getattr(user, name) for name in cls.model_fields if name not in {"projects", "budget_assignments"}}
        return cls(**own, projects=[OwnProject.model_validate(row) for row in memberships])


class ListPosition(WireModel):
    """Where a page stands in its list; ``page`` counts from 0."""

    total: int
    page: int
    per_page: int


class UserPage(WireModel):
    data: list[UserListItem]
    pagination: ListPosition


class UserChange(WireModel):
    """What an administrator changes; only the keys that were sent count, and null is not the same as absent."""

    name: str | None = Field(default=None, max_length=200)
    picture: str | None = Field(default=None, max_length=200_000)
    email: str | None = Field(default=None, max_length=254)
    username: str | None = Field(default=None, max_length=254)
    user_type: str | None = Field(default=None, max_length=50)
    is_admin: bool | None = None
    is_maintainer: bool | None = None
    is_auditor: bool | None = None
    is_active: bool | None = None
    project_limit: int | None = Field(default=None, le=1_000_000)


class NewPassword(WireModel):
    new_password: str = Field(max_length=1024)


class UserProject(WireModel):
    """A membership as user administration lists it."""

    project_name: str
    is_project_admin: bool
    is_default: bool
    date: datetime


class UserProjects(WireModel):
    projects: list[UserProject]


class NewUserProject(WireModel):
    project_name: str = Field(min_length=1, max_length=100)
    is_project_admin: bool = False


class ProjectRole(WireModel):
    is_project_admin: bool


class DefaultProject(WireModel):
    """Which project a user works in unless they say so; null when none is chosen."""

    message: str
    project_name: str
    is_default: bool


class KnowledgeBase(WireModel):
    kb_name: str
    date: datetime | None = None


class KnowledgeBases(WireModel):
    knowledge_bases: list[KnowledgeBase]


class NewKnowledgeBase(WireModel):
    kb_name: str = Field(min_length=1, max_length=255)
