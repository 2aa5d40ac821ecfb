"""Skills, their files, the assistants they are attached to, and what command lines did with them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from codemie.kernel.database import Base, Record, utcnow

JsonObject = dict[str, Any]

_NO_OBJECTS = text("'[]'::jsonb")
_NO_TEXTS = text("'{}'::text[]")


def searchable_text(name: str, description: str) -> str:
    """One folded column for substring search; the line break keeps a match from spanning both fields."""
    return f"{name}\n{description}".casefold()


class Skill(Record):
    """Instructions for one kind of task, which an assistant reads when it meets such a task."""

    __tablename__ = "skills"
    __table_args__ = (
        UniqueConstraint("created_by_id", "project_id", "name", name="uq_skills_author_project_name"),
        CheckConstraint("visibility IN ('private', 'project', 'public')", name="visibility"),
        Index("ix_skills_recent", text("date DESC"), "id"),
        Index("ix_skills_project_id", "project_id"),
        Index("ix_skills_categories", "categories", postgresql_using="gin"),
    )

    project: Mapped[str] = mapped_column("project_id", Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, server_default="")
    content: Mapped[str] = mapped_column(Text)
    visibility: Mapped[str] = mapped_column(Text, default="private", server_default="private")
    unpublished_visibility: Mapped[str] = mapped_column(Text, default="project", server_default="project")
    created_by_id: Mapped[str] = mapped_column(Text)
    created_by_username: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_by_name: Mapped[str] = mapped_column(Text, default="", server_default="")
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)
    toolkits: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    mcp_servers: Mapped[list[JsonObject]] = mapped_column(JSONB, default=list, server_default=_NO_OBJECTS)
    enabled_builtin_subagents: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)
    unique_likes_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    unique_dislikes_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    @property
    def created_by(self) -> JsonObject:
        """Who made it, as clients see it."""
        return {"id": self.created_by_id, "username": self.created_by_username, "name": self.created_by_name}

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.search_text = searchable_text(name, self.description or "")
        return name

    @validates("description")
    def _fold_description(self, _key: str, description: str) -> str:
        self.search_text = searchable_text(self.name or "", description)
        return description


class SkillFile(Base):
    """A text or base64-encoded file that the skill's instructions refer to by path."""

    __tablename__ = "skill_files"

    skill_id: Mapped[str] = mapped_column(ForeignKey("skills.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    mime_type: Mapped[str] = mapped_column(Text)
    encoding: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)


class Attachment(Base):
    """A skill that an assistant has. Here, below the assistants, so that both rooms can ask."""

    __tablename__ = "assistant_skills"
    __table_args__ = (Index("ix_assistant_skills_skill_id", "skill_id"),)

    assistant_id: Mapped[str] = mapped_column(ForeignKey("assistants.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[str] = mapped_column(ForeignKey("skills.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class SkillEvent(Base):
    """What a command line did with a skill: added, updated, removed, listed, looked for."""

    __tablename__ = "skill_events"
    __table_args__ = (
        Index("ix_skill_events_date", text("date DESC"), "id"),
        Index("ix_skill_events_skill_slug", "skill_slug"),
        Index("ix_skill_events_user_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    date: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=utcnow)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    user_email: Mapped[str] = mapped_column(Text)
    session_id: Mapped[str] = mapped_column(Text)
    command: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    skill_slug: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    target_agents: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=_NO_TEXTS)
    details: Mapped[JsonObject] = mapped_column(JSONB, default=dict, server_default=text("'{}'::jsonb"))
