"""Guardrails, where they stand guard, and the one function that tells it whoever asks.

Revision ID: 0023_guardrails
Revises: 0017_grants
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from codemie.migrations import walls

revision = "0023_guardrails"
down_revision = "0017_grants"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("guardrail_assignments", "guardrails")


def upgrade() -> None:
    op.create_table(
        "guardrails",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("update_date", _MOMENT, nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("created_by", JSONB(), nullable=False),
        sa.Column("updated_by", JSONB()),
        sa.UniqueConstraint("project_id", "name"),
    )
    op.create_table(
        "guardrail_assignments",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("update_date", _MOMENT, nullable=False),
        sa.Column("guardrail_id", sa.Text(), sa.ForeignKey("guardrails.id", ondelete="CASCADE"), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.UniqueConstraint("guardrail_id", "entity_type", "entity_id", "mode", "source"),
    )
    place = ["project_id", "entity_type", "entity_id"]
    op.create_index("ix_guardrail_assignments_place", "guardrail_assignments", place)
    for table in _TABLES:
        op.execute(walls.enclose_project_table(table, project="project_id", owner="owner_id"))
    op.execute(walls.GUARDS)


def downgrade() -> None:
    op.execute("DROP FUNCTION codemie_guards(text, text, text)")
    for table in _TABLES:
        op.drop_table(table)
