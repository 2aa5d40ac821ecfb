"""The wire models of sign-in and of a user's own pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from codemie.identity.repository import MembershipRow
from codemie.identity.tables import User
from codemie.kernel.http import WireModel


class Credentials(WireModel):
    """``email`` may also be a user name: the official SDK sends whatever it was given as user name."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=1024)


class Registration(WireModel):
    email: str = Field(max_length=254)
    username: str = Field(min_length=3, max_length=50)
    password: str = Field(max_length=1024)
    name: str | None = Field(default=None, max_length=200)


class LocalUser(Registration):
    """An account as an administrator wants it."""

    is_admin: bool = False
    is_maintainer: bool = False


class MailedToken(WireModel):
    token: str = Field(max_length=200)


class ForgottenPassword(WireModel):
    email: str = Field(max_length=254)


class PasswordReset(WireModel):
    token: str = Field(max_length=200)
    new_password: str = Field(max_length=1024)


class PasswordChange(WireModel):
    current_password: str = Field(max_length=1024)
    new_password: str = Field(max_length=1024)


class OwnProject(WireModel):
    """A project as its member sees it."""

    name: str
    display_name: str | None
    is_project_admin: bool
    is_default: bool


class UserDetail(WireModel):
    """A user as administrators see them, and as the sign-in answer shows them."""

    id: str
    username: str
    email: str
    name: str
    picture: str | None
    user_type: str
    is_active: bool
    is_admin: bool
    is_maintainer: bool
    is_auditor: bool
    auth_source: str
    email_verified: bool
    last_login_at: datetime | None
    projects: list[OwnProject]
    project_limit: int | None
    knowledge_bases: list[str]
    date: datetime
    update_date: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, user: User, memberships: Sequence[MembershipRow]) -> "UserDetail":
        """The user's row with their projects."""
        own = {name: getattr(user, name) for name in cls.model_fields if name != "projects"}
        return cls(**own, projects=_projects(memberships))


class SignedIn(WireModel):
    access_token: str
    user: UserDetail


class EmailVerified(WireModel):
    message: str
    access_token: str


class SelfView(WireModel):
    """``GET /v1/user``: every key is always there; ``picture`` and the lists are never null."""

    user_id: str
    name: str
    username: str
    email: str
    projects: list[OwnProject]
    project_limit: int | None
    picture: str
    knowledge_bases: list[str]
    user_type: str
    applications: list[str]
    applications_admin: list[str]
    is_admin: bool
    is_maintainer: bool
    is_auditor: bool

    @classmethod
    def of(cls, user: User, memberships: Sequence[MembershipRow]) -> "SelfView":
        """The user's row with their projects, which are listed three times for clients of different age."""
        return cls(
            user_id=user.id,
            name=user.name or user.username or user.id,
            username=user.username,
            email=user.email,
            projects=_projects(memberships),
            project_limit=user.project_limit,
            picture=user.picture or "",
            knowledge_bases=user.knowledge_bases,
            user_type=user.user_type,
            applications=[row.name for row in memberships],
            applications_admin=[row.name for row in memberships if row.is_project_admin],
            is_admin=user.is_admin,
            is_maintainer=user.is_maintainer,
            is_auditor=user.is_auditor,
        )


def _projects(memberships: Sequence[MembershipRow]) -> list[OwnProject]:
    return [OwnProject.model_validate(row) for row in memberships]


class ProfileChange(WireModel):
    name: str | None = Field(default=None, max_length=200)
    picture: str | None = Field(default=None, max_length=200_000)
    email: str | None = Field(default=None, max_length=254)


SidebarView = Literal["flat", "folders"]


class UserDataChange(WireModel):
    sidebar_view: SidebarView = "flat"


class UserDataView(WireModel):
    """How the user's web UI is arranged."""

    id: str
    date: datetime
    update_date: datetime
    user_id: str
    sidebar_view: SidebarView


class UserDataWithFeatures(UserDataView):
    """What ``GET /v1/user/data`` adds: whether speech can be turned to text here."""

    stt_support: bool = False


class Favorites(WireModel):
    assistants: list[str] = Field(default_factory=list[str], max_length=1000)
    skills: list[str] = Field(default_factory=list[str], max_length=1000)
    workflows: list[str] = Field(default_factory=list[str], max_length=1000)


class PreferencesChange(WireModel):
    pinned_assistants: list[str] | None = Field(default=None, max_length=1000)
    favorites: Favorites | None = None


class PreferencesView(WireModel):
    user_id: str
    pinned_assistants: list[str]
    favorites: Favorites


class Component(WireModel):
    """One switch or value of the client configuration."""

    id: str
    settings: dict[str, Any]
