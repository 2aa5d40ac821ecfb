"""One row for each person and thing."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, utcnow


class ReactionRow(Base):
    """What a person thinks of an assistant or a skill."""

    __tablename__ = "reactions"
    __table_args__ = (
        CheckConstraint("reaction IN ('like', 'dislike')", name="reaction"),
        Index("ix_reactions_user_id", "user_id", "date"),
    )

    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    resource_id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    reaction: Mapped[str] = mapped_column(Text)
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
