"""What may be done with a plugin key.

Revision ID: 0030_plugin_rights
Revises: 0029_lookup_hash
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from codemie.migrations import walls

revision = "0030_plugin_rights"
down_revision = "0029_lookup_hash"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plugin_rights",
        sa.Column(
            "setting_id",
            sa.Text(),
            sa.ForeignKey("integrations.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("rights", JSONB(), nullable=False),
        sa.Column("update_date", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(walls.enclose_part("plugin_rights", of="integrations", by="setting_id"))


def downgrade() -> None:
    op.drop_table("plugin_rights")
