"""Publishing in the marketplace as clients see it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from codemie.kernel.http import WireModel
from codemie.parts.schemas import McpServer, NoneAsEmpty, PromptVariable, ToolKit, Unique

CategoryIds = Annotated[list[Annotated[str, Field(max_length=100)]], NoneAsEmpty, Unique]


class InlineCredential(WireModel):
    """A place in an assistant where credentials stand; publishing lends them to everybody."""

    toolkit: str | None = None
    tool: str | None = None
    label: str | None = None
    mcp_server: str | None = None
    integration_alias: str | None = None
    credential_type: str
    env_vars: list[str] | None = None
    sub_assistant_name: str | None = None
    sub_assistant_id: str | None = None


class SubAssistant(WireModel):
    """A sub-assistant that would be used by everybody."""

    id: str
    name: str
    description: str
    is_global: bool
    icon_url: str | None
    categories: list[str]


class PublishValidation(WireModel):
    """What publishing would mean."""

    requires_confirmation: bool
    message: str
    inline_credentials: list[InlineCredential]
    assistant_id: str
    sub_assistants: list[SubAssistant]
    prompt_variables: list[PromptVariable]


class SubAssistantSettings(WireModel):
    """What becomes of one sub-assistant; toolkits and servers that are given replace what it has."""

    assistant_id: str
    is_global: bool = True
    toolkits: list[ToolKit] | None = None
    mcp_servers: list[McpServer] | None = None
    categories: CategoryIds = Field(default_factory=list)


class PublishRequest(WireModel):
    """The body may be left out; then the assistant needs categories of its own."""

    categories: CategoryIds = Field(default_factory=list)
    sub_assistants_settings: Annotated[list[SubAssistantSettings], NoneAsEmpty] = Field(default_factory=list)
    ignore_recommendations: bool = False


class FieldRecommendation(WireModel):
    """What should become of one field."""

    name: str
    action: str
    recommended: str | list[str] | None = None
    reason: str | None = None
    severity: str = "optional"


class Verdict(WireModel):
    """The judgement of the quality gate."""

    decision: Literal["approve", "reject"]
    recommendations: dict[str, Any]
