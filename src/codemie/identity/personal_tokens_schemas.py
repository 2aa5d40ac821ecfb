"""The wire models of personal access tokens."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from codemie.identity.personal_tokens_tables import PersonalToken
from codemie.kernel.http import WireModel

Scope = Literal["read", "write"]
MAX_DAYS = 365


class NewToken(WireModel):
    name: str = Field(min_length=1, max_length=100)
    scope: Scope = "read"
    projects: list[str] | None = Field(
        default=None, min_length=1, max_length=100, description="Null: all projects of the user, future ones included."
    )
    expires_in_days: int = Field(default=90, ge=1, le=MAX_DAYS)


class TokenView(WireModel):
    """A token without its secret."""

    id: str
    name: str
    scope: Scope
    projects: list[str] | None
    date: datetime
    expires_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, token: PersonalToken) -> "TokenView":
        """The row as its owner sees it."""
        return cls(
            id=token.id,
            name=token.name,
            scope="write" if token.can_write else "read",
            projects=token.projects,
            date=token.date,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
        )


class CreatedToken(TokenView):
    """The answer to making one: the only time its text is shown."""

    token: str


class Tokens(WireModel):
    data: list[TokenView]
