"""Wire models of the toolkits room."""

from typing import Any, Literal

from pydantic import Field

from codemie.kernel.http import WireModel
from codemie.kernel.tools import Effect
from codemie.parts.schemas import ToolDetails, ToolKit


class CatalogueTool(ToolDetails):
    """A tool as it is offered; beyond the protocol, what it does and what it needs."""

    effect: Effect = "reads"
    credential_type: str | None = None
    credential_types: list[str] = Field(default=[], description="Every type that serves it, the usual one first.")
    in_repository: bool = False


class CatalogueToolkit(ToolKit):
    """Tools that appear together."""

    config_class: None = None
    tools: list[CatalogueTool]  # type: ignore[assignment]  # narrower: only what is offered is in here


class SchemaField(WireModel):
    """One field of a flat schema."""

    type: str
    required: bool


class ToolSchema(WireModel):
    """What a tool takes, flat as the protocol has it, and as JSON Schema."""

    tool_name: str
    creds_schema: dict[str, SchemaField]
    args_schema: dict[str, SchemaField]
    json_schema: dict[str, Any]
    description: str
    effect: Effect
    credential_type: str | None = None


class ConfigField(WireModel):
    """One value that tools of a type have to be told."""

    description: str
    placeholder: str
    type: Literal["str", "int", "bool"]
    sensitive: bool
    help: str
    default: Any
    required_at_runtime: bool


ToolConfig = dict[str, ConfigField | str]
"""Its ``class`` and ``credential_type``, and its fields by name."""


class InvokeParams(WireModel):
    """How a direct call is carried out."""

    retry_count: int = Field(0, ge=0, le=5)
    output_limit: int | None = Field(None, gt=0, le=1_000_000)
    output_format: Literal["txt", "json"] = "txt"


class InvokeRequest(WireModel):
    """One direct call of a tool."""

    project: str = Field(min_length=1, max_length=200)
    llm_model: str | None = Field(None, max_length=200)
    tool_args: dict[str, Any] = Field(default_factory=dict)
    tool_attributes: dict[str, Any] = Field(default_factory=dict)
    tool_creds: dict[str, Any] | None = Field(
        None, description='Values by key, or {"integration_alias": "…"} or {"integration_id": "…"}.'
    )
    datasource_id: str | None = Field(None, max_length=100)
    params: InvokeParams | None = None
    request_id: str | None = Field(None, max_length=200)


class Invoked(WireModel):
    """What came of it: one of the two."""

    output: str | None = None
    error: str | None = None
    metadata: dict[str, Any] | None = None


class ToolkitHealth(WireModel):
    """Whether the tools of one system can be used by the caller in a project."""

    toolkit: str
    system: str
    tools: list[str]
    credential_type: str | None
    state: Literal["ready", "no integration"]
    integration_id: str | None = None
    alias: str | None = None
