"""Credentials of people and projects.

Revision ID: 0026_integrations
Revises: 0023_guardrails
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from codemie.migrations import walls

revision = "0026_integrations"
down_revision = "0023_guardrails"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "integrations",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("update_date", _MOMENT, nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_by", JSONB(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("credential_type", sa.Text(), nullable=False),
        sa.Column("setting_type", sa.Text(), nullable=False),
        sa.Column("is_global", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("values", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("secret_keys", ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("webhook_id", sa.Text(), unique=True),
        sa.CheckConstraint("setting_type IN ('user', 'project')", name="setting_type"),
    )
    personal, shared = sa.text("setting_type = 'user'"), sa.text("setting_type = 'project'")
    op.create_index(
        "uq_integrations_project_alias", "integrations", ["project_id", "alias"], unique=True, postgresql_where=shared
    )
    op.create_index(
        "uq_integrations_user_alias",
        "integrations",
        ["user_id", "project_id", "alias"],
        unique=True,
        postgresql_where=personal,
    )
    op.create_index("ix_integrations_recent", "integrations", [sa.text("date DESC"), "id"])
    op.execute(
        walls.enclose_personal_or_shared(
            "integrations", owner="user_id", project="project_id", personal="setting_type = 'user'"
        )
    )


def downgrade() -> None:
    op.drop_table("integrations")
