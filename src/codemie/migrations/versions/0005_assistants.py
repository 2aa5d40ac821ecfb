"""Assistants, their versions and users, and the marketplace categories.

Revision ID: 0005_assistants
Revises: 0004_knowledge
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005_assistants"
down_revision = "0004_knowledge"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)

_CATEGORIES = (
    ("migration-modernization", "Migration & Modernization", "Moving systems to newer platforms, languages or clouds."),
    ("support", "Support", "Answering users and resolving their requests."),
    ("business-analysis", "Business Analysis", "Requirements, processes and their description."),
    ("product-management", "Product Management", "Road maps, priorities and product decisions."),
    ("data-analytics", "Data Analytics", "Queries, reports and insight from data."),
    ("engineering", "Engineering", "Writing, reading and reviewing code."),
    ("quality-assurance", "Quality Assurance", "Test design, automation and defect analysis."),
    ("devops", "DevOps", "Build, delivery and infrastructure as code."),
    ("security", "Security", "Threats, vulnerabilities and hardening."),
    ("compliance", "Compliance", "Policies, regulations and evidence for audits."),
    ("project-management", "Project Management", "Plans, risks, status and coordination."),
    ("customer-experience", "Customer Experience", "What customers meet and how they feel about it."),
    ("monitoring-alerts", "Monitoring & Alerts", "Signals from running systems and what they mean."),
    ("ui-ux-design", "UI/UX Design", "Interfaces, flows and usability."),
    ("knowledge-management", "Knowledge Management", "Finding, writing and keeping documentation."),
    ("training", "Training", "Learning material and onboarding."),
    ("architecture", "Architecture", "System structure, trade-offs and decisions."),
    ("presales", "Presales", "Proposals, estimates and answers to tenders."),
)


def _record_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
    ]


def _text(name: str, default: str = "") -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _flag(name: str, *, default: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if default else sa.false())


def _count(name: str, default: int = 0) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=str(default))


def _objects(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb"))


def _texts(name: str) -> sa.Column[object]:
    return sa.Column(name, ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))


def upgrade() -> None:
    op.create_table(
        "assistants",
        *_record_columns(),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _text("name_key"),
        _text("search_text"),
        sa.Column("slug", sa.Text(), nullable=False),
        _text("description"),
        _text("type", "codemie"),
        _text("origin", "unknown"),
        sa.Column("icon_url", sa.Text()),
        sa.Column("created_by_id", sa.Text()),
        sa.Column("created_by_username", sa.Text()),
        sa.Column("created_by_name", sa.Text()),
        _text("creator", "system"),
        _flag("shared", default=True),
        _flag("is_global"),
        _text("system_prompt"),
        sa.Column("llm_model_type", sa.Text()),
        sa.Column("temperature", sa.Float()),
        sa.Column("top_p", sa.Float()),
        sa.Column("tools_tokens_size_limit", sa.Integer()),
        _flag("enable_image_generation"),
        sa.Column("image_generation_model", sa.Text()),
        _text("agent_mode", "general"),
        sa.Column("plan_prompt", sa.Text()),
        _flag("is_react", default=True),
        _flag("smart_tool_selection_enabled"),
        *map(_objects, ("context", "toolkits", "mcp_servers", "prompt_variables", "guardrail_assignments")),
        *map(
            _texts,
            ("assistant_ids", "enabled_builtin_subagents", "skill_ids", "conversation_starters", "categories"),
        ),
        *(
            sa.Column(name, JSONB())
            for name in (
                "hedging_config",
                "interactive_features",
                "tool_permissions",
                "agent_card",
                "bedrock",
                "bedrock_agentcore_runtime",
                "custom_metadata",
            )
        ),
        *map(_count, ("unique_users_count", "unique_likes_count", "unique_dislikes_count", "clone_count")),
        _count("version_count", 1),
        sa.UniqueConstraint("project_id", "slug", name="uq_assistants_project_slug"),
    )
    _create_assistant_indexes()
    _create_companions()
    _create_categories()


def _create_assistant_indexes() -> None:
    recent = sa.text("update_date DESC")
    op.create_index("ix_assistants_slug", "assistants", ["slug"])
    op.create_index(
        "ix_assistants_recent",
        "assistants",
        [recent, "id"],
        postgresql_include=["is_global", "shared", "project_id", "created_by_id"],
    )
    op.create_index("ix_assistants_project_recent", "assistants", ["project_id", recent, "id"])
    op.create_index("ix_assistants_owner_recent", "assistants", ["created_by_id", recent, "id"])
    op.create_index(
        "ix_assistants_marketplace",
        "assistants",
        [sa.text("unique_users_count DESC"), recent, "id"],
        postgresql_where=sa.text("is_global"),
    )
    op.create_index("ix_assistants_name_key", "assistants", ["name_key", "id"])
    op.create_index("ix_assistants_assistant_ids", "assistants", ["assistant_ids"], postgresql_using="gin")
    op.create_index("ix_assistants_categories", "assistants", ["categories"], postgresql_using="gin")


def _create_companions() -> None:
    owner = sa.ForeignKey("assistants.id", ondelete="CASCADE")
    op.create_table(
        "assistant_versions",
        *_record_columns(),
        sa.Column("assistant_id", sa.Text(), owner, nullable=False),
        sa.Column("version_number", sa.Integer(), nullable=False),
        sa.Column("created_by", JSONB()),
        sa.Column("change_notes", sa.Text()),
        sa.Column("content", JSONB(), nullable=False),
        sa.UniqueConstraint("assistant_id", "version_number", name="uq_assistant_versions_number"),
    )
    op.create_table(
        "assistant_uses",
        sa.Column("assistant_id", sa.Text(), sa.ForeignKey("assistants.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("first_used", _MOMENT, nullable=False, server_default=sa.func.now()),
    )


def _create_categories() -> None:
    categories = op.create_table(
        "assistant_categories",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        _text("description"),
        sa.Column("date", _MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("update_date", _MOMENT, nullable=False, server_default=sa.func.now()),
    )
    op.bulk_insert(
        categories,
        [{"id": key, "name": name, "description": description} for key, name, description in _CATEGORIES],
    )


def downgrade() -> None:
    for table in ("assistant_categories", "assistant_uses", "assistant_versions", "assistants"):
        op.drop_table(table)
