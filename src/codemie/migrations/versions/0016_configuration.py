"""Values that administrators change while the platform runs.

Revision ID: 0016_configuration
Revises: 0020_conversation_summaries
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_configuration"
down_revision = "0020_conversation_summaries"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "dynamic_values",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.CheckConstraint("value_type IN ('string', 'int', 'float', 'bool')", name="value_type"),
    )


def downgrade() -> None:
    op.drop_table("dynamic_values")
