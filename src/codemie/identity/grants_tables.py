"""What was granted to applications."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Record


class ResourceGrant(Record):
    """One application may do one thing to one resource."""

    __tablename__ = "resource_grants"
    __table_args__ = (
        UniqueConstraint("resource_type", "resource_id", "principal_type", "principal_id", "permission_level"),
        Index("ix_resource_grants_principal_id", "principal_id"),
        CheckConstraint("permission_level IN ('read', 'write', 'delete')", name="permission_level"),
    )

    resource_type: Mapped[str]
    resource_id: Mapped[str]
    principal_type: Mapped[str]
    principal_id: Mapped[str]  # the name in the operator's list
    permission_level: Mapped[str]
    owner_id: Mapped[str]
    created_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
