"""What projects spent day by day, and how far that was added up.

Revision ID: 0021_spending
Revises: 0026_integrations
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_spending"
down_revision = "0026_integrations"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "project_spending_days",
        sa.Column("project", sa.Text(), primary_key=True),
        sa.Column("day", _MOMENT, primary_key=True),
        sa.Column("spent", sa.Float(), nullable=False),
    )
    op.create_table(
        "spend_collection",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("collected_to", sa.BigInteger(), nullable=False),
        sa.Column("collected_at", _MOMENT),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    op.execute("INSERT INTO spend_collection (id, collected_to) VALUES (1, 0)")


def downgrade() -> None:
    op.drop_table("spend_collection")
    op.drop_table("project_spending_days")
