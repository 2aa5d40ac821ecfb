"""Wire models of the parts: toolkits, data sources, MCP servers, prompt variables."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from codemie.kernel.http import WireModel

BuiltinSubagent = Literal["GENERAL_PURPOSE_SUBAGENT"]
ContextType = Literal["knowledge_base", "code", "provider"]
Json = dict[str, Any]

SECRET_MASK = "********"  # noqa: S105 - what clients see and send back instead of a secret
_SECRET_WORDS = ("password", "token", "key", "secret", "authorization", "credential")
_INTEGRATION_MASK = "******"


def _absent_as_empty(value: Any) -> Any:
    return [] if value is None else value


def _without_repeats(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(values))


NoneAsEmpty = BeforeValidator(_absent_as_empty)
Unique = AfterValidator(_without_repeats)
Texts = Annotated[list[str], NoneAsEmpty]


def is_secret_name(name: str) -> bool:
    """Whether a field of this name usually holds a credential."""
    lowered = name.lower()
    return any(word in lowered for word in _SECRET_WORDS)


class CreatedBy(WireModel):
    """The person who made it."""

    id: str
    username: str = ""
    name: str = ""


class CredentialValue(WireModel):
    key: str
    value: Any = None

    @model_validator(mode="after")
    def _mask(self) -> "CredentialValue":
        # An assistant only points at its integration; the secret itself stays with the integration.
        if self.value and is_secret_name(self.key):
            self.value = _INTEGRATION_MASK
        return self


class IntegrationReference(WireModel):
    """The integration a tool uses, by id; secret values are masked before they are stored or sent."""

    id: str | None = None
    date: str | None = None
    update_date: str | None = None
    user_id: str | None = None
    project_name: str | None = None
    alias: str | None = None
    default: bool = False
    is_global: bool = False
    credential_type: str | None = None
    setting_type: str | None = None
    credential_values: Annotated[list[CredentialValue], NoneAsEmpty] = Field(default_factory=list)


class ToolDetails(WireModel):
    """One tool that an assistant may call."""

    name: str
    label: str | None = None
    settings_config: bool | None = False
    description: str | None = None
    user_description: str | None = None
    settings: IntegrationReference | None = None

    @model_validator(mode="after")
    def _title(self) -> "ToolDetails":
        self.label = self.label or self.name.replace("_", " ").title()
        self.settings_config = bool(self.settings_config)
        return self


class ToolKit(WireModel):
    """Tools of one external system."""

    toolkit: str
    tools: Annotated[list[ToolDetails], NoneAsEmpty]
    label: str | None = ""
    settings_config: bool | None = False
    is_external: bool = False
    settings: IntegrationReference | None = None


class ContextReference(WireModel):
    """A data source of the assistant's project, by name."""

    context_type: ContextType
    name: str


class ContextChoice(ContextReference):
    """A data source that can be attached."""

    id: str


class PromptVariable(WireModel):
    """A value the system prompt refers to as ``{{key}}``."""

    key: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(max_length=200)] | None = None
    default_value: Annotated[str, BeforeValidator(lambda value: "" if value is None else value)] = Field(
        "", max_length=500
    )
    is_sensitive: bool = False


class McpServerConfig(WireModel):
    """How an MCP server is reached: a command of our own, or an address."""

    command: str | None = None
    url: str | None = None
    args: list[str] | None = Field(default_factory=list)
    headers: dict[str, str] | None = Field(default_factory=dict)
    env: dict[str, Any] | None = Field(default_factory=dict)
    type: str | None = None
    auth_token: str | None = None
    single_usage: bool = False
    tools: list[str] | None = None


class McpServer(WireModel):
    """An MCP server whose tools the assistant may call."""

    name: Annotated[str, Field(min_length=1)]
    description: str | None = None
    enabled: bool = True
    mcp_config_id: str | None = None
    use_custom_config: bool = False
    config: McpServerConfig | None = None
    mcp_connect_url: str | None = None
    tools_tokens_size_limit: Annotated[int, Field(gt=0)] | None = None
    command: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$")] | None = None
    arguments: str | None = None
    settings: IntegrationReference | None = None
    integration_alias: str | None = None
    mcp_connect_auth_token: IntegrationReference | None = None
    resolve_dynamic_values_in_arguments: bool = False
    tools: list[str] | None = None

    @field_validator("config", mode="after")
    @classmethod
    def _empty_as_none(cls, config: McpServerConfig | None) -> McpServerConfig | None:
        return config if config is not None and any(config.model_dump().values()) else None


class InteractiveFeatures(WireModel):
    """Which elements the assistant may show to ask the person something."""

    action_buttons: bool = False
    choice: bool = False
    short_forms: bool = False


class ToolPermissions(WireModel):
    """Whether a person has to approve tool calls, and whether a chat may change that."""

    tool_call_policy: Literal["auto_approve", "approve_for_me", "ask_for_approval"] = "auto_approve"
    allow_override: bool = True


class CategoryReference(WireModel):
    """A marketplace category."""

    id: str
    name: str
    description: str | None = ""
    date: Any = None
    update_date: Any = None
