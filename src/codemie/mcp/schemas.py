"""The catalogue as clients see it, and the answers about servers of assistants."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from codemie.kernel.http import WireModel
from codemie.parts.schemas import CreatedBy, McpServer

Json = dict[str, Any]

Name = Annotated[str, Field(min_length=1, max_length=255)]
Description = Annotated[str, Field(max_length=2000)]
Categories = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=3)]


class McpVariable(WireModel):
    """A value that whoever uses the server has to give."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: str
    required: bool = True


class McpConfigData(WireModel):
    """How a server of the catalogue is reached."""

    command: str | None = None
    url: str | None = None
    args: list[str] = Field(default_factory=list)
    headers: dict[str, str] = Field(default_factory=dict)
    env: Json = Field(default_factory=dict)
    type: str | None = None
    auth_token: str | None = None
    single_usage: bool = False
    tools: list[str] | None = None
    audience: str | None = None
    auth_config: Json | None = None
    allow_issuer_prefix_match: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> "McpConfigData":
        if bool(self.command) == bool(self.url):
            raise ValueError("Exactly one of 'command' and 'url' must be given")
        return self


class CreateMcpConfig(WireModel):
    """Body of POST, and of a clone."""

    name: Name
    description: Description | None = None
    server_home_url: str | None = None
    source_url: str | None = None
    logo_url: str | None = None
    categories: Categories = Field(default_factory=list)
    config: McpConfigData
    required_env_vars: list[McpVariable] = Field(default_factory=list[McpVariable])
    is_public: bool = False


class UpdateMcpConfig(WireModel):
    """Body of PUT; only what is present, and not null, changes."""

    name: Name | None = None
    description: Description | None = None
    server_home_url: str | None = None
    source_url: str | None = None
    logo_url: str | None = None
    categories: Categories | None = None
    config: McpConfigData | None = None
    required_env_vars: list[McpVariable] | None = None
    is_public: bool | None = None
    is_active: bool | None = None


class McpConfigObject(WireModel):
    """An entry of the catalogue; secrets show as a mask, a client's secret only as `has_client_secret`."""

    id: str
    name: str
    description: str | None
    server_home_url: str | None
    source_url: str | None
    logo_url: str | None
    categories: list[str]
    config: Json | None
    required_env_vars: list[McpVariable]
    user_id: str
    is_public: bool
    is_system: bool
    created_by: CreatedBy | None
    usage_count: int
    is_active: bool
    warnings: list[Json] = Field(default_factory=list)
    date: datetime | None
    update_date: datetime | None


class McpConfigs(WireModel):
    """A page of the catalogue."""

    total: int
    configs: list[McpConfigObject]
    page: int
    per_page: int


class McpConfigDeleted(WireModel):
    """Answer to DELETE."""

    status: Literal["deleted"] = "deleted"
    id: str


class CheckServer(WireModel):
    """Body of a connection test."""

    mcp_server: McpServer


class ServerChecked(WireModel):
    """Answer to a connection test that went well; any other is an error."""

    success: bool
    message: str


class ManagedOAuth(WireModel):
    """How a command line client signs in at a server."""

    clientId: str  # noqa: N815 - the client's own spelling
    authorizationUrl: str  # noqa: N815
    tokenUrl: str  # noqa: N815
    scope: str | None = None
    callbackHost: str | None = None  # noqa: N815
    callbackPort: int | None = None  # noqa: N815
    authorizationServer: list[str] | None = None  # noqa: N815


class ManagedServer(WireModel):
    """A server that command line clients install."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=100)]
    transport: Literal["http", "sse", "stdio"]
    url: str
    auth: Literal["oauth", "none"] | None = None
    oauth: bool | ManagedOAuth | None = None
    description: str | None = None
    clients: list[str] | None = None
