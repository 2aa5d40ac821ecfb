"""Assistants, their versions and categories, who has used them, and what people and projects set up for themselves."""

import unicodedata
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, Float, ForeignKey, Index, Integer, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from codemie.kernel.database import Base, Record, utcnow

JsonObject = dict[str, Any]

# An index entry must stay below 2.7 kB.
_SORTED_CHARACTERS = 200
_NO_OBJECTS = text("'[]'::jsonb")
_NO_TEXTS = text("'{}'::text[]")


def name_sort_key(name: str) -> str:
    """The form names are ordered by: case, accents and punctuation do not count, in any script."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in decomposed if character.isalnum())[:_SORTED_CHARACTERS]


def searchable_text(name: str, description: str) -> str:
    """One folded column for substring search; the line break keeps a match from spanning both fields."""
    return f"{name.replace(chr(10), ' ')}\n{description}".casefold()


class Assistant(Record):
    """A configured assistant. ``context`` names data sources of the same project; it does not reference rows."""

    __tablename__ = "assistants"
    __table_args__ = (
        UniqueConstraint("project_id", "slug", name="uq_assistants_project_slug"),
        Index("ix_assistants_slug", "slug"),
        # Holds all that the rights of a list ask for, so that counting and deep pages need not touch the rows.
        Index(
            "ix_assistants_recent",
            text("update_date DESC"),
            "id",
            postgresql_include=["is_global", "shared", "project_id", "created_by_id"],
        ),
        Index("ix_assistants_project_recent", "project_id", text("update_date DESC"), "id"),
        Index("ix_assistants_owner_recent", "created_by_id", text("update_date DESC"), "id"),
        Index(
            "ix_assistants_marketplace",
            text("unique_users_count DESC"),
            text("update_date DESC"),
            "id",
            postgresql_where=text("is_global"),
        ),
        Index("ix_assistants_name_key", "name_key", "id"),
        Index("ix_assistants_assistant_ids", "assistant_ids", postgresql_using="gin"),
        Index("ix_assistants_categories", "categories", postgresql_using="gin"),
    )

    project: Mapped[str] = mapped_column("project_id", Text)
    name: Mapped[str] = mapped_column(Text)
    name_key: Mapped[str] = mapped_column(Text, server_default="")
    search_text: Mapped[str] = mapped_column(Text, server_default="")
    slug: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
    type: Mapped[str] = mapped_column(Text, default="codemie", server_default="codemie")
    origin: Mapped[str] = mapped_column(Text, default="unknown", server_default="unknown")
    icon_url: Mapped[str | None] = mapped_column(Text)

    created_by_id: Mapped[str | None] = mapped_column(Text)
    created_by_username: Mapped[str | None] = mapped_column(Text)
    created_by_name: Mapped[str | None] = mapped_column(Text)
    creator: Mapped[str] = mapped_column(Text, default="system", server_default="system")
    shared: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    is_global: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))

    system_prompt: Mapped[str] = mapped_column(Text, default="", server_default="")
    llm_model_type: Mapped[str | None] = mapped_column(Text)
    temperature: Mapped[float | None] = mapped_column(Float)
    top_p: Mapped[float | None] = mapped_column(Float)
    tools_tokens_size_limit: Mapped[int | None] = mapped_column(Integer)
    enable_image_generation: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))
    image_generation_model: Mapped[str | None] = mapped_column(Text)
    agent_mode: Mapped[str] = mapped_column(Text, default="general", server_default="general")
    plan_prompt: Mapped[str | None] = mapped_column(Text)
    is_react: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    smart_tool_selection_enabled: Mapped[bool] = mapped_column(Boolean, default=False, server_default=text("false"))

    context: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    toolkits: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    mcp_servers: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    prompt_variables: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    guardrail_assignments: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    assistant_ids: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)
    enabled_builtin_subagents: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)
    conversation_starters: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)

    hedging_config: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    interactive_features: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    tool_permissions: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    agent_card: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    bedrock: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    bedrock_agentcore_runtime: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    custom_metadata: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))

    unique_users_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    unique_likes_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    unique_dislikes_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    clone_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    version_count: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    @property
    def created_by(self) -> JsonObject | None:
        """Who made it, as clients see it; None for what the platform brought along."""
        if self.created_by_id is None:
            return None
        return {
            "id": self.created_by_id,
            "username": self.created_by_username or "",
            "name": self.created_by_name or "",
        }

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.name_key = name_sort_key(name)
        self.search_text = searchable_text(name, self.description or "")
        return name

    @validates("description")
    def _fold_description(self, _key: str, description: str) -> str:
        self.search_text = searchable_text(self.name or "", description)
        return description


class AssistantVersion(Record):
    """The versioned fields of an assistant as they were after one change; ``content`` is keyed by field name."""

    __tablename__ = "assistant_versions"
    __table_args__ = (UniqueConstraint("assistant_id", "version_number", name="uq_assistant_versions_number"),)

    assistant_id: Mapped[str] = mapped_column(ForeignKey("assistants.id", ondelete="CASCADE"))
    version_number: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    change_notes: Mapped[str | None] = mapped_column(Text)
    content: Mapped[JsonObject] = mapped_column(JSONB)


class AssistantUse(Base):
    """One row for each person who ever chatted with an assistant; ``Assistant.unique_users_count`` counts them."""

    __tablename__ = "assistant_uses"

    assistant_id: Mapped[str] = mapped_column(ForeignKey("assistants.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Text, primary_key=True)
    first_used: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AssistantCategory(Base):
    """A marketplace category. Its id is a readable kebab-case word that assistants store."""

    __tablename__ = "assistant_categories"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    description: Mapped[str] = mapped_column(Text, default="", server_default="")
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    update_date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow, onupdate=utcnow)


class ToolMapping(Record):
    """Which integrations one person wants an assistant to use; ``workflow_id`` is empty outside workflows."""

    __tablename__ = "assistant_tool_mappings"
    __table_args__ = (
        UniqueConstraint("assistant_id", "user_id", "workflow_id", name="uq_assistant_tool_mappings_scope"),
        Index("ix_assistant_tool_mappings_user_id", "user_id"),
    )

    assistant_id: Mapped[str] = mapped_column(ForeignKey("assistants.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    workflow_id: Mapped[str] = mapped_column(Text, default="", server_default="")
    slots: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)


class VariableValues(Record):
    """The values one person gave to the prompt variables of an assistant; sensitive ones are sealed."""

    __tablename__ = "assistant_variable_values"
    __table_args__ = (
        UniqueConstraint("assistant_id", "user_id", name="uq_assistant_variable_values_user"),
        Index("ix_assistant_variable_values_user_id", "user_id"),
    )

    assistant_id: Mapped[str] = mapped_column(ForeignKey("assistants.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    variables: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)


class ProjectFeature(Base):
    """An assistant that a project has switched on for a feature, such as its Teams bot."""

    __tablename__ = "assistant_project_features"
    __table_args__ = (Index("ix_assistant_project_features_assistant_id", "assistant_id"),)

    project: Mapped[str] = mapped_column("project_id", Text, primary_key=True)
    feature: Mapped[str] = mapped_column(Text, primary_key=True)
    assistant_id: Mapped[str] = mapped_column(ForeignKey("assistants.id", ondelete="CASCADE"), primary_key=True)
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
