"""The assistant as clients see it, its casing and gaps included."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from codemie.guardrails.schemas import MOST_OVER_ONE, EntityGuardrail
from codemie.kernel.http import CamelModel, WireModel
from codemie.parts.schemas import (
    BuiltinSubagent,
    CategoryReference,
    ContextReference,
    CreatedBy,
    InteractiveFeatures,
    Json,
    McpServer,
    NoneAsEmpty,
    PromptVariable,
    Texts,
    ToolKit,
    ToolPermissions,
    Unique,
)
from codemie.parts.secrets import conceal

Ability = Literal["read", "write", "delete"]
AssistantType = Literal["codemie", "A2A", "bedrock_agent", "bedrock_agentcore_runtime"]
Origin = Literal["unknown", "bedrock_agentcore"]
Scope = Literal["visible_to_user", "created_by_user", "marketplace", "all", "project_with_marketplace", "templates"]
SortBy = Literal["usage", "likes", "dislikes", "name"]
SortOrder = Literal["asc", "desc"]
DEFAULT_PROJECT = "demo"


Id = Annotated[str, Field(max_length=100)]


def _category_id(value: Any) -> Any:
    return value["id"] if isinstance(value, dict) and "id" in value else value


def _absent_as_false(value: Any) -> Any:
    return False if value is None else value


Flag = Annotated[bool, BeforeValidator(_absent_as_false)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class AssistantFields(WireModel):
    """What a client may write. An update changes only the fields present in its body."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    type: AssistantType = "codemie"
    agent_card: Json | None = None
    description: Text = ""
    project: Annotated[str, Field(min_length=1, max_length=255)] = DEFAULT_PROJECT
    icon_url: str | None = None
    system_prompt: str | None = None
    llm_model_type: str | None = None
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    tools_tokens_size_limit: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    enable_image_generation: Flag = False
    image_generation_model: str | None = None
    agent_mode: Annotated[Literal["general", "plan_execute"], BeforeValidator(lambda value: value or "general")] = (
        "general"
    )
    plan_prompt: str | None = None
    is_react: Annotated[
        Flag,
        Field(description="Kept for clients that send it. It has no effect: there is one way in which agents work."),
    ] = True
    smart_tool_selection_enabled: Flag = False
    shared: Flag = True
    is_global: Flag = False
    slug: Annotated[str, Field(max_length=300)] | None = None
    origin: Annotated[Origin, BeforeValidator(lambda value: value or "unknown")] = "unknown"
    context: Annotated[list[ContextReference], NoneAsEmpty] = Field(default_factory=list)
    toolkits: Annotated[list[ToolKit], NoneAsEmpty] = Field(default_factory=list)
    mcp_servers: Annotated[list[McpServer], NoneAsEmpty] = Field(default_factory=list)
    prompt_variables: Annotated[list[PromptVariable], NoneAsEmpty] = Field(default_factory=list)
    guardrail_assignments: Annotated[list[EntityGuardrail], NoneAsEmpty, Field(max_length=MOST_OVER_ONE)] = Field(
        default_factory=list
    )
    assistant_ids: Annotated[list[Id], NoneAsEmpty, Unique] = Field(default_factory=list)
    enabled_builtin_subagents: Annotated[list[BuiltinSubagent], NoneAsEmpty, Unique] = Field(default_factory=list)
    skill_ids: Annotated[Texts, Unique] = Field(default_factory=list)
    conversation_starters: Texts = Field(default_factory=list)
    categories: Annotated[
        list[Annotated[str, BeforeValidator(_category_id), Field(max_length=100)]],
        NoneAsEmpty,
        Unique,
        Field(max_length=3),
    ] = Field(default_factory=list)
    hedging_config: Annotated[
        Json | None,
        Field(description="Kept for clients that send it. It has no effect: no tool is asked twice to be faster."),
    ] = None
    interactive_features: InteractiveFeatures | None = None
    tool_permissions: ToolPermissions | None = None
    bedrock: Json | None = None
    bedrock_agentcore_runtime: Json | None = None
    custom_metadata: Json | None = None

    @field_validator("mcp_servers", mode="after")
    @classmethod
    def _distinct_servers(cls, servers: list[McpServer]) -> list[McpServer]:
        names = [server.name for server in servers]
        if len(set(names)) < len(names):
            raise ValueError("MCP server names must be unique within an assistant.")
        return servers

    @model_validator(mode="after")
    def _remote_agent(self) -> "AssistantFields":
        if self.agent_card:
            self.type, self.system_prompt = "A2A", ""
            self.description = str(self.agent_card.get("description") or self.description)
        return self


class CreateAssistant(AssistantFields):
    """Body of POST; an assistant that runs here needs its prompt and model."""

    system_prompt: Annotated[str | None, Field(validate_default=True)] = None
    llm_model_type: Annotated[str | None, Field(validate_default=True)] = None
    skip_integration_validation: bool | None = False
    source_assistant_id: str | None = None

    @field_validator("system_prompt", "llm_model_type", mode="after")
    @classmethod
    def _needed_here(cls, value: str | None, info: Any) -> str | None:
        local = info.data.get("type") == "codemie" and not info.data.get("agent_card")
        if value is None and local:
            raise PydanticCustomError("missing", "Field required")
        return value


class UpdateAssistant(AssistantFields):
    """Body of PUT."""

    skip_integration_validation: bool | None = False


class MissingTool(WireModel):
    """A tool that finds no credential."""

    toolkit: str
    tool: str
    label: str
    credential_type: str
    settings_config_level: Literal["tool", "toolkit"] = "tool"


class MissingCredentials(WireModel):
    """Tools that need the same type of credential; of a sub-assistant with its name."""

    credential_type: str
    missing_tools: list[MissingTool]
    assistant_id: str | None = None
    assistant_name: str | None = None
    icon_url: str | None = None


class MissingIntegrations(WireModel):
    """What kept an assistant from being saved."""

    has_missing_integrations: bool
    missing_by_credential_type: list[MissingCredentials]
    sub_assistants_missing: list[MissingCredentials]
    message: str


class AssistantCreated(CamelModel):
    """Answer to POST. ``validation`` lists missing integrations; then nothing was saved."""

    message: str
    assistant_id: str | None
    validation: MissingIntegrations | None = None


class AssistantUpdated(CamelModel):
    """Answer to PUT. ``validation`` lists missing integrations; then nothing was changed."""

    message: str
    validation: MissingIntegrations | None = None


class AssistantItem(WireModel):
    """The short form of a list."""

    id: str
    name: str
    slug: str | None
    project: str
    type: str
    description: str
    icon_url: str | None
    created_by: CreatedBy | None
    user_abilities: list[str] = Field(default_factory=list)
    unique_users_count: int = 0
    unique_likes_count: int = 0
    unique_dislikes_count: int = 0
    clone_count: int = 0
    categories: list[str] = Field(default_factory=list)
    is_global: bool = False
    shared: bool = False
    origin: str | None = "unknown"


class PromptHistoryEntry(WireModel):
    """A former or current system prompt."""

    system_prompt: str
    date: datetime
    created_by: CreatedBy | None


class AssistantObject(WireModel):
    """The full form."""

    id: str | None
    date: datetime | None
    update_date: datetime | None
    name: str
    description: str
    system_prompt: str
    system_prompt_history: list[PromptHistoryEntry] = Field(default_factory=list)
    project: str
    created_by: CreatedBy | None
    creator: str = "system"
    icon_url: str | None
    llm_model_type: str | None
    enable_image_generation: bool
    image_generation_model: str | None
    temperature: float | None
    top_p: float | None
    tools_tokens_size_limit: int | None
    toolkits: list[ToolKit]
    context: list[ContextReference]
    mcp_servers: list[McpServer]
    assistant_ids: list[str]
    nested_assistants: list["AssistantObject"] = Field(default_factory=list)
    enabled_builtin_subagents: list[str]
    skill_ids: list[str] = Field(default_factory=list)
    skills: list[Json] = Field(default_factory=list)
    conversation_starters: list[str]
    shared: bool
    is_global: bool
    is_react: bool
    agent_mode: str
    plan_prompt: str | None
    smart_tool_selection_enabled: bool
    hedging_config: Json | None
    interactive_features: Annotated[InteractiveFeatures, BeforeValidator(lambda value: value or InteractiveFeatures())]
    tool_permissions: ToolPermissions | None
    slug: str | None
    type: str
    agent_card: Json | None
    bedrock: Json | None
    bedrock_agentcore_runtime: Json | None
    custom_metadata: Json | None
    origin: str | None
    prompt_variables: list[PromptVariable]
    categories: list[str | CategoryReference]
    created_date: datetime | None = Field(validation_alias=AliasChoices("created_date", "date"))
    updated_date: datetime | None = Field(validation_alias=AliasChoices("updated_date", "update_date"))
    user_abilities: list[str] | None = None
    unique_users_count: int
    unique_likes_count: int
    unique_dislikes_count: int
    clone_count: int
    version_count: int
    version: int | None = None
    # Told by `guardrails`; the column holds whatever clients sent to versions that had none.
    guardrail_assignments: Annotated[list[EntityGuardrail], BeforeValidator(lambda _: [])] = Field(default_factory=list)
    video_link: str | None = None
    display_name: str | None = None

    # Here, so that no way of building the object can forget it.
    _masked = field_validator("mcp_servers", "prompt_variables", mode="before")(conceal)


class BuiltinSubagentItem(WireModel):
    """A sub-agent every assistant can switch on."""

    id: str
    display_name: str
