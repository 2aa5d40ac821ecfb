"""Branches: which version of the turn before a message follows, and where the branch ends that was spoken in last.

A summary names its branch by the version of the turn it ends with; those that are there were made of the newest ones.

Revision ID: 0031_branches
Revises: 0030_plugin_rights
"""

import sqlalchemy as sa
from alembic import op

revision = "0031_branches"
down_revision = "0030_plugin_rights"
branch_labels = None
depends_on = None

_KEY, _TABLE = "pk_conversation_summaries", "conversation_summaries"
_NEWEST = """
UPDATE conversation_summaries s SET variant = coalesce(
    (SELECT max(m.variant) FROM conversation_messages m
     WHERE m.conversation_id = s.conversation_id AND m.history_index = s.through_index), 0)
"""
# Two summaries up to the same turn, of two branches: only one of them fits into the old key.
_OF_ONE_BRANCH = """
DELETE FROM conversation_summaries s USING conversation_summaries newer
WHERE newer.conversation_id = s.conversation_id AND newer.through_index = s.through_index AND newer.variant > s.variant
"""


def upgrade() -> None:
    op.add_column("conversations", sa.Column("branch_end", sa.Integer()))
    op.add_column("conversation_messages", sa.Column("parent_variant", sa.Integer()))
    op.add_column(_TABLE, sa.Column("variant", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_NEWEST)
    op.drop_constraint(_KEY, _TABLE)
    op.create_primary_key(_KEY, _TABLE, ["conversation_id", "through_index", "variant"])


def downgrade() -> None:
    op.execute(_OF_ONE_BRANCH)
    op.drop_constraint(_KEY, _TABLE)
    op.drop_column(_TABLE, "variant")
    op.create_primary_key(_KEY, _TABLE, ["conversation_id", "through_index"])
    op.drop_column("conversation_messages", "parent_variant")
    op.drop_column("conversations", "branch_end")
