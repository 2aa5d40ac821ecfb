"""Agent workspaces and their files.

Revision ID: 0014_workspaces
Revises: 0012_assistants_complete
"""

import sqlalchemy as sa
from alembic import op

revision = "0014_workspaces"
down_revision = "0012_assistants_complete"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False, server_default="active"),
        sa.UniqueConstraint("conversation_id", "user_id", name="uq_workspaces_conversation_user"),
    )
    op.create_index("ix_workspaces_user_id", "workspaces", ["user_id", "update_date"])
    op.create_table(
        "workspace_files",
        sa.Column("workspace_id", sa.Text(), sa.ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    op.drop_table("workspace_files")
    op.drop_table("workspaces")
