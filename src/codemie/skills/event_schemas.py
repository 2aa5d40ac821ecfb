"""What command lines report about skills, and what is made of it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from codemie.kernel.http import WireModel
from codemie.parts.schemas import Texts

DEFAULT_AGENT = "codemie-skills"
Command = Literal["add", "update", "remove", "list", "find"]


class EventRequest(WireModel):
    """One thing a command line did."""

    session_id: Annotated[str, Field(min_length=1, max_length=128)]
    command: Command
    status: Literal["started", "completed", "failed"]
    scope: Literal["global", "project", "unknown"] | None = None
    error_code: Annotated[str, Field(max_length=128)] | None = None
    agent_selection_mode: Literal["explicit", "auto_detected", "prompted", "upstream"] | None = None
    target_agents: Annotated[Texts, Field(max_length=100)] = Field(default_factory=list)
    source: Annotated[str, Field(max_length=512)] | None = None
    skill_name: Annotated[str, Field(max_length=1024)] | None = None
    skill_slug: Annotated[str, Field(max_length=256)] | None = None
    skill_id: Annotated[str, Field(max_length=1024)] | None = None
    agent: Annotated[str, BeforeValidator(lambda value: value or DEFAULT_AGENT), Field(max_length=64)] = DEFAULT_AGENT
    agent_version: Annotated[str, Field(max_length=64)] | None = None
    repository: Annotated[str, Field(max_length=512)] | None = None
    branch: Annotated[str, Field(max_length=256)] | None = None
    project: Annotated[str, Field(max_length=256)] | None = None
    attributes: Annotated[dict[str, Any], Field(max_length=100)] | None = None


class EventRecorded(WireModel):
    id: str
    success: bool = True
    message: str = "Skill event recorded"


class EventItem(WireModel):
    """A skill that was installed or removed."""

    skill_slug: str | None
    source: str | None
    target_agents: list[str]
    date: datetime
    command: str
    user_id: str
    user_email: str | None


class SkillStats(WireModel):
    """How often a skill was installed and removed, and the installations by what installed it and where from."""

    installs: int
    removals: int
    by_agent: dict[str, int]
    by_source: dict[str, int]


class SkillStatsItem(SkillStats):
    """The same of one skill in a list."""

    skill_slug: str | None
