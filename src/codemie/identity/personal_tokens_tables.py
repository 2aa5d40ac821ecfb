"""Personal access tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, utcnow


class PersonalToken(Base):
    """A credential a user made for a program of theirs. Its secret was shown once; only the hash is stored."""

    __tablename__ = "personal_tokens"

    id: Mapped[str] = mapped_column(primary_key=True)  # the public part of the token, by which it is found
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    # SHA-256 is enough: the secret is 256 random bits, which nobody guesses however fast the hash.
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    can_write: Mapped[bool]
    projects: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))  # None: all of the user's
    date: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
