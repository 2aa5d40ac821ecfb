"""Versions of assistants as clients see them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, field_validator

from codemie.kernel.http import WireModel
from codemie.parts.schemas import ContextReference, CreatedBy, Json, McpServer, ToolKit
from codemie.parts.secrets import conceal


class VersionObject(WireModel):
    """The versioned fields of an assistant as they were after one change."""

    id: str
    assistant_id: str
    version_number: int
    date: datetime
    update_date: datetime
    created_date: datetime
    created_by: CreatedBy | None
    change_notes: str | None
    description: str = ""
    system_prompt: str = ""
    llm_model_type: str | None = None
    enable_image_generation: bool = False
    image_generation_model: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools_tokens_size_limit: int | None = None
    context: list[ContextReference] = Field(default_factory=list)
    toolkits: list[ToolKit] = Field(default_factory=list)
    mcp_servers: list[McpServer] = Field(default_factory=list)
    assistant_ids: list[str] = Field(default_factory=list)
    conversation_starters: list[str] = Field(default_factory=list)
    bedrock: Json | None = None
    bedrock_agentcore_runtime: Json | None = None
    agent_card: Json | None = None
    custom_metadata: Json | None = None

    _masked = field_validator("mcp_servers", mode="before")(conceal)


class VersionList(WireModel):
    """One page of versions, newest first."""

    versions: list[VersionObject]
    total_versions: int
    assistant_name: str
    assistant_id: str


class VersionComparison(WireModel):
    """Two versions, and by field name what the first and the second hold where they differ."""

    assistant_id: str
    version1: VersionObject
    version2: VersionObject
    differences: dict[str, dict[str, Any]]
    change_summary: str


class RollbackRequest(WireModel):
    """The body may be left out."""

    change_notes: Annotated[str, Field(max_length=2000)] | None = None
