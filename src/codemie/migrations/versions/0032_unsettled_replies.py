"""What a growing reply costs so far is kept with it, so that it can be charged when its process dies.

Revision ID: 0032_unsettled_replies
Revises: 0031_branches
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032_unsettled_replies"
down_revision = "0031_branches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation_messages", sa.Column("unsettled", JSONB()))
    op.create_index(
        "ix_conversation_messages_running",
        "conversation_messages",
        ["id"],
        postgresql_where=sa.text("status = 'running'"),
    )


def downgrade() -> None:
    op.drop_index("ix_conversation_messages_running", "conversation_messages")
    op.drop_column("conversation_messages", "unsettled")
