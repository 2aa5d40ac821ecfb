"""What tools remember in a conversation, such as the branch of a repository that they work in.

Revision ID: 0028_tool_notes
Revises: 0027_message_models
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028_tool_notes"
down_revision = "0027_message_models"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("tool_notes", JSONB()))


def downgrade() -> None:
    op.drop_column("conversations", "tool_notes")
