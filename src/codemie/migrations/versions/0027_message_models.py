"""Which model wrote a reply is kept with it. Replies from before say nothing: the ledger knows conversations only.

Revision ID: 0027_message_models
Revises: 0022_index_callbacks
"""

import sqlalchemy as sa
from alembic import op

revision = "0027_message_models"
down_revision = "0022_index_callbacks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation_messages", sa.Column("llm_model", sa.Text()))


def downgrade() -> None:
    op.drop_column("conversation_messages", "llm_model")
