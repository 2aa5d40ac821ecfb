"""Integrations: stored credentials."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Record

JsonObject = dict[str, Any]


class Integration(Record):
    """A credential of a person or of a project.

    ``values`` holds what may be shown, in the order it was sent; a secret's entry has no value. All secrets of a row
    are sealed together, so that rotating a master key is one value a row. ``lookup_hash`` finds the row by its secret
    (``lookup.py``).
    """

    __tablename__ = "integrations"
    __table_args__ = (
        CheckConstraint("setting_type IN ('user', 'project')", name="setting_type"),
        Index(
            "uq_integrations_project_alias",
            "project_id",
            "alias",
            unique=True,
            postgresql_where=text("setting_type = 'project'"),
        ),
        Index(
            "uq_integrations_user_alias",
            "user_id",
            "project_id",
            "alias",
            unique=True,
            postgresql_where=text("setting_type = 'user'"),
        ),
        Index("ix_integrations_recent", text("date DESC"), "id"),
        Index("ix_integrations_lookup_hash", "lookup_hash", postgresql_where=text("credential_type = 'Plugin'")),
    )

    project: Mapped[str] = mapped_column("project_id", Text)
    user_id: Mapped[str] = mapped_column(Text)
    created_by: Mapped[JsonObject] = mapped_column(JSONB)
    alias: Mapped[str] = mapped_column(Text)
    credential_type: Mapped[str] = mapped_column(Text)
    setting_type: Mapped[str] = mapped_column(Text)
    is_global: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    is_default: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    values: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=text("'[]'::jsonb"))
    secret_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'::text[]"))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    webhook_id: Mapped[str | None] = mapped_column(Text, unique=True)
    lookup_hash: Mapped[str | None] = mapped_column(Text)
