"""Attached files in slices, full text of messages, feedback, share links that expire.

Revision ID: 0013_conversations_complete
Revises: 0008_identity_administration
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0013_conversations_complete"
down_revision = "0008_identity_administration"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_SEARCH_DOCUMENT = "CASE WHEN status <> 'running' THEN to_tsvector('simple'::regconfig, \"left\"(message, 100000)) END"


def upgrade() -> None:
    _create_files()
    _make_messages_searchable()
    op.add_column("conversation_shares", sa.Column("expires_at", _MOMENT))
    _create_feedback()


def _record_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
    ]


def _create_files() -> None:
    op.create_table(
        "attached_files",
        *_record_columns(),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.UniqueConstraint("owner_id", "name", name="uq_attached_files_owner_name"),
    )
    op.create_table(
        "attached_parts",
        sa.Column("file_id", sa.Text(), sa.ForeignKey("attached_files.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    # Uncompressed outside the row: a part of a slice is then read without the rest of it.
    op.execute("ALTER TABLE attached_parts ALTER COLUMN content SET STORAGE EXTERNAL")


def _make_messages_searchable() -> None:
    op.add_column("conversation_messages", sa.Column("tsv", TSVECTOR(), sa.Computed(_SEARCH_DOCUMENT, persisted=True)))
    op.create_index("ix_conversation_messages_tsv", "conversation_messages", ["tsv"], postgresql_using="gin")
    op.create_index(
        "ix_conversation_messages_file_names",
        "conversation_messages",
        ["file_names"],
        postgresql_using="gin",
        postgresql_where=sa.text("cardinality(file_names) > 0"),
    )


def _create_feedback() -> None:
    text = {"nullable": False, "server_default": ""}
    op.create_table(
        "conversation_feedback",
        *_record_columns(),
        sa.Column(
            "conversation_id",
            sa.Text(),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("assistant_id", sa.Text(), nullable=False),
        sa.Column("project", sa.Text()),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), **text),
        sa.Column("response", sa.Text(), **text),
        sa.Column("comments", sa.Text(), **text),
        sa.Column("type", sa.Text()),
    )
    op.create_index("ix_conversation_feedback_date", "conversation_feedback", ["date", "id"])


def downgrade() -> None:
    op.drop_table("conversation_feedback")
    op.drop_column("conversation_shares", "expires_at")
    op.drop_index("ix_conversation_messages_file_names", "conversation_messages")
    op.drop_column("conversation_messages", "tsv")
    op.drop_table("attached_parts")
    op.drop_table("attached_files")
