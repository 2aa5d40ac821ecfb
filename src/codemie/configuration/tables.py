"""Values that administrators change while the platform runs."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Base, new_id, utcnow


class DynamicValue(Base):
    """One named value, as text with the type it stands for."""

    __tablename__ = "dynamic_values"
    __table_args__ = (CheckConstraint("value_type IN ('string', 'int', 'float', 'bool')", name="value_type"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(unique=True)
    value: Mapped[str]
    value_type: Mapped[str]
    description: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    updated_by: Mapped[str]
