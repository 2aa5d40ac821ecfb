"""The usage ledger: one row for each reply, written once and never changed."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, utcnow


class ModelUsage(Base):
    """What one reply used of one model, and for whom. The id is a number because rows only ever arrive."""

    __tablename__ = "model_usage"
    __table_args__ = (
        Index("ix_model_usage_date", "date", postgresql_using="brin"),
        Index("ix_model_usage_project_date", "project", "date"),
        Index("ix_model_usage_user_id_date", "user_id", "date"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    date: Mapped[datetime] = mapped_column(default=utcnow)
    kind: Mapped[str]
    user_id: Mapped[str]
    project: Mapped[str]
    model: Mapped[str]
    provider: Mapped[str]
    conversation_id: Mapped[str | None]
    assistant_id: Mapped[str | None]
    workflow_execution_id: Mapped[str | None]
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_creation_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[float]
    duration_ms: Mapped[int]
    error_code: Mapped[str | None]
