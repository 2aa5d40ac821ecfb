"""What projects spent day by day, added up so that nobody has to read every call of a model again."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base


class ProjectSpendingDay(Base):
    """The collected spending of a project on one day (UTC), in USD."""

    __tablename__ = "project_spending_days"

    project: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[datetime] = mapped_column(primary_key=True)
    spent: Mapped[float]


class SpendCollection(Base):
    """How far the ledger of model calls was collected; the one row is locked by who collects."""

    __tablename__ = "spend_collection"

    id: Mapped[int] = mapped_column(primary_key=True)
    collected_to: Mapped[int] = mapped_column(BigInteger)
    collected_at: Mapped[datetime | None]
