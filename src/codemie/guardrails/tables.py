"""Guardrails, and where they stand guard."""

from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from codemie.kernel.database import Record


class Guardrail(Record):
    """A named list of rules of a project."""

    __tablename__ = "guardrails"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    project: Mapped[str] = mapped_column("project_id", Text)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    owner_id: Mapped[str]
    created_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    updated_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class GuardrailAssignment(Record):
    """Where a guardrail stands guard: over one thing, over all of a kind in its project, or over the whole project.

    `entity_id` is empty unless it is one thing; so is it unique, which NULL would not be.
    """

    __tablename__ = "guardrail_assignments"
    __table_args__ = (
        UniqueConstraint("guardrail_id", "entity_type", "entity_id", "mode", "source"),
        Index("ix_guardrail_assignments_place", "project_id", "entity_type", "entity_id"),
    )

    guardrail_id: Mapped[str] = mapped_column(ForeignKey("guardrails.id", ondelete="CASCADE"))
    project: Mapped[str] = mapped_column("project_id", Text)
    entity_type: Mapped[str]
    entity_id: Mapped[str] = mapped_column(server_default="")
    mode: Mapped[str]
    source: Mapped[str]
    owner_id: Mapped[str]
