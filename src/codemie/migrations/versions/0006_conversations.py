"""Conversations, their messages, folders, shares and background turns.

Revision ID: 0006_conversations
Revises: 0005_assistants
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006_conversations"
down_revision = "0005_assistants"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _record_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
    ]


def _text(name: str, default: str = "") -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _flag(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def upgrade() -> None:
    op.create_table(
        "conversations",
        *_record_columns(),
        sa.Column("user_id", sa.Text(), nullable=False),
        _text("user_name"),
        _text("name"),
        sa.Column("folder", sa.Text()),
        _flag("pinned"),
        sa.Column("project", sa.Text()),
        sa.Column("assistant_ids", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("initial_assistant_id", sa.Text()),
        sa.Column("llm_model", sa.Text()),
        sa.Column("enable_image_generation", sa.Boolean()),
        sa.Column("image_generation_model", sa.Text()),
        _flag("mcp_server_single_usage"),
        _flag("is_workflow"),
        sa.Column("category", sa.Text()),
        sa.Column("final_user_mark", JSONB()),
        sa.Column("final_operator_mark", JSONB()),
        sa.Column("finished_at", _MOMENT),
        sa.Column("first_message_at", _MOMENT),
        sa.Column("last_message_at", _MOMENT),
        sa.Column("next_index", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_index("ix_conversations_owner", "conversations", ["user_id", "update_date", "id"])
    _create_messages()
    _create_companions()


def _create_messages() -> None:
    op.create_table(
        "conversation_messages",
        sa.Column("conversation_id", sa.Text(), sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("history_index", sa.Integer(), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("role", sa.Text(), nullable=False),
        _text("message"),
        sa.Column("message_raw", sa.Text()),
        sa.Column("file_names", ARRAY(sa.Text()), nullable=False, server_default="{}"),
        sa.Column("assistant_id", sa.Text()),
        sa.Column("thoughts", JSONB(), nullable=False, server_default="[]"),
        sa.Column("citations", JSONB(), nullable=False, server_default="[]"),
        _text("status", "complete"),
        sa.Column("error_code", sa.Text()),
        sa.Column("input_tokens", sa.Integer()),
        sa.Column("output_tokens", sa.Integer()),
        sa.Column("cache_read_input_tokens", sa.Integer()),
        sa.Column("cache_creation_input_tokens", sa.Integer()),
        sa.Column("money_spent", sa.Float()),
        sa.Column("response_time", sa.Float()),
        sa.Column("user_mark", JSONB()),
        sa.Column("operator_mark", JSONB()),
        _flag("workflow_execution_ref"),
        sa.Column("execution_id", sa.Text()),
        sa.Column("interactive_request", JSONB()),
        sa.Column("interactive_response", JSONB()),
        sa.Column("date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
        # One index serves the history read, the write of the growing reply and the cascade.
        sa.PrimaryKeyConstraint("conversation_id", "id"),
    )


def _create_companions() -> None:
    op.create_table(
        "conversation_folders",
        *_record_columns(),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("folder_name", sa.Text(), nullable=False),
        sa.UniqueConstraint("user_id", "folder_name", name="uq_conversation_folders_owner_name"),
    )
    op.create_table(
        "conversation_shares",
        *_record_columns(),
        sa.Column(
            "conversation_id",
            sa.Text(),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("token", sa.Text(), nullable=False, unique=True),
        sa.Column("shared_by", sa.Text(), nullable=False),
        sa.Column("access_count", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_table(
        "conversation_tasks",
        *_record_columns(),
        sa.Column("user_id", sa.Text(), nullable=False),
        _text("username"),
        _text("name"),
        sa.Column("task", sa.Text(), nullable=False),
        _text("final_output"),
        _text("current_step"),
        _text("status", "STARTED"),
    )


def downgrade() -> None:
    for table in (
        "conversation_tasks",
        "conversation_shares",
        "conversation_folders",
        "conversation_messages",
        "conversations",
    ):
        op.drop_table(table)
