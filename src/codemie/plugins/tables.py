"""What was decided about plugin keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.integrations.tables import Integration
from codemie.kernel.database import Base, utcnow


class PluginRights(Base):
    """The rights of one key (``rights.Rights``). Behind the same wall as the integration that holds the key."""

    __tablename__ = "plugin_rights"

    setting_id: Mapped[str] = mapped_column(ForeignKey(Integration.id, ondelete="CASCADE"), primary_key=True)
    rights: Mapped[dict[str, Any]] = mapped_column(JSONB)
    update_date: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
