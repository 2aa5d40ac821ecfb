"""Replies that wait for their owner to allow a tool call or to answer a question.

Revision ID: 0011_conversation_checkpoints
Revises: 0014_workspaces
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011_conversation_checkpoints"
down_revision = "0014_workspaces"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation_checkpoints",
        sa.Column(
            "conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("assistant_id", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text()),
        sa.Column("request", JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("conversation_checkpoints")
