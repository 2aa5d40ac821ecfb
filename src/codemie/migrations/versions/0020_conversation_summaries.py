"""What was said in long conversations, in short.

Revision ID: 0020_conversation_summaries
Revises: 0009_row_security
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_conversation_summaries"
down_revision = "0009_row_security"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_summaries",
        sa.Column(
            "conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("through_index", sa.Integer(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("conversation_summaries")
