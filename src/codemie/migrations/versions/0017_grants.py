"""What was granted to applications outside.

Revision ID: 0017_grants
Revises: 0016_configuration
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from codemie.migrations import walls

revision = "0017_grants"
down_revision = "0016_configuration"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "resource_grants",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("update_date", _MOMENT, nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("principal_type", sa.Text(), nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("permission_level", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("created_by", JSONB(), nullable=False),
        sa.UniqueConstraint("resource_type", "resource_id", "principal_type", "principal_id", "permission_level"),
        sa.CheckConstraint("permission_level IN ('read', 'write', 'delete')", name="permission_level"),
    )
    op.create_index("ix_resource_grants_principal_id", "resource_grants", ["principal_id"])
    op.execute(walls.grant("data_sources", resource_type="datasource"))


def downgrade() -> None:
    op.execute("DROP POLICY granted ON data_sources")
    op.drop_table("resource_grants")
