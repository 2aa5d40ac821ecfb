"""Skills, reactions, and what people and projects set up for themselves with an assistant.

Revision ID: 0012_assistants_complete
Revises: 0013_conversations_complete
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012_assistants_complete"
down_revision = "0013_conversations_complete"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_RECENT = sa.text("date DESC")


def _record_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        sa.Column("update_date", _MOMENT, nullable=False),
    ]


def _text(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _key(name: str, target: str, *, primary: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), sa.ForeignKey(target, ondelete="CASCADE"), nullable=False, primary_key=primary)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def _objects(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb"))


def _texts(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))


def upgrade() -> None:
    op.create_table(
        "reactions",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("resource_id", sa.Text(), primary_key=True),
        _key("user_id", "users.id", primary=True),
        _text("reaction"),
        sa.Column("date", _MOMENT, nullable=False),
        sa.CheckConstraint("reaction IN ('like', 'dislike')", name="reaction"),
    )
    op.create_index("ix_reactions_user_id", "reactions", ["user_id", "date"])
    _create_personal_parts()
    _create_skills()
    _create_skill_companions()
    # Attachments have a table of their own; nothing could be attached before.
    op.drop_column("assistants", "skill_ids")


def _create_personal_parts() -> None:
    op.create_table(
        "assistant_tool_mappings",
        *_record_columns(),
        _key("assistant_id", "assistants.id"),
        _key("user_id", "users.id"),
        _text("workflow_id", ""),
        _objects("slots"),
        sa.UniqueConstraint("assistant_id", "user_id", "workflow_id", name="uq_assistant_tool_mappings_scope"),
    )
    op.create_table(
        "assistant_variable_values",
        *_record_columns(),
        _key("assistant_id", "assistants.id"),
        _key("user_id", "users.id"),
        _objects("variables"),
        sa.UniqueConstraint("assistant_id", "user_id", name="uq_assistant_variable_values_user"),
    )
    for table in ("assistant_tool_mappings", "assistant_variable_values"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.create_table(
        "assistant_project_features",
        sa.Column("project_id", sa.Text(), primary_key=True),
        sa.Column("feature", sa.Text(), primary_key=True),
        _key("assistant_id", "assistants.id", primary=True),
        sa.Column("date", _MOMENT, nullable=False),
    )
    op.create_index("ix_assistant_project_features_assistant_id", "assistant_project_features", ["assistant_id"])


def _create_skills() -> None:
    op.create_table(
        "skills",
        *_record_columns(),
        *map(_text, ("project_id", "name", "description")),
        _text("search_text", ""),
        _text("content"),
        _text("visibility", "private"),
        _text("unpublished_visibility", "project"),
        _text("created_by_id"),
        _text("created_by_username", ""),
        _text("created_by_name", ""),
        _texts("categories"),
        _objects("toolkits"),
        _objects("mcp_servers"),
        _texts("enabled_builtin_subagents"),
        _count("unique_likes_count"),
        _count("unique_dislikes_count"),
        sa.UniqueConstraint("created_by_id", "project_id", "name", name="uq_skills_author_project_name"),
        sa.CheckConstraint("visibility IN ('private', 'project', 'public')", name="visibility"),
    )
    op.create_index("ix_skills_recent", "skills", [_RECENT, "id"])
    op.create_index("ix_skills_project_id", "skills", ["project_id"])
    op.create_index("ix_skills_categories", "skills", ["categories"], postgresql_using="gin")


def _create_skill_companions() -> None:
    op.create_table(
        "skill_files",
        _key("skill_id", "skills.id", primary=True),
        sa.Column("path", sa.Text(), primary_key=True),
        *map(_text, ("mime_type", "encoding")),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        _text("content"),
    )
    op.create_table(
        "assistant_skills",
        _key("assistant_id", "assistants.id", primary=True),
        _key("skill_id", "skills.id", primary=True),
        _count("position"),
    )
    op.create_index("ix_assistant_skills_skill_id", "assistant_skills", ["skill_id"])
    op.create_table(
        "skill_events",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False),
        _key("user_id", "users.id"),
        *map(_text, ("user_email", "session_id", "command", "status")),
        sa.Column("skill_slug", sa.Text()),
        sa.Column("source", sa.Text()),
        _text("agent"),
        _texts("target_agents"),
        sa.Column("details", JSONB(), nullable=False, server_default=sa.text("'{}'::jsonb")),
    )
    op.create_index("ix_skill_events_date", "skill_events", [_RECENT, "id"])
    op.create_index("ix_skill_events_skill_slug", "skill_events", ["skill_slug"])
    op.create_index("ix_skill_events_user_id", "skill_events", ["user_id"])


def downgrade() -> None:
    op.add_column(
        "assistants", sa.Column("skill_ids", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))
    )
    for table in (
        "skill_events",
        "assistant_skills",
        "skill_files",
        "skills",
        "assistant_project_features",
        "assistant_variable_values",
        "assistant_tool_mappings",
        "reactions",
    ):
        op.drop_table(table)
