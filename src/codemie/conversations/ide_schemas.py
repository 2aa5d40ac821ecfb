"""What plugins of editors send: a chat request, and the tools that the editor offers for it."""

from typing import Annotated, Any

from pydantic import Field

from codemie.conversations.chat_schemas import MAX_TEXT, ChatRequest
from codemie.kernel.http import CamelModel, WireModel

MOST_TOOLS = 200
_Instructions = Annotated[str | None, Field(max_length=MAX_TEXT)]


class IdeArgument(CamelModel):
    """One argument of an editor's tool; one of type array or object may say what is in it."""

    type: str = Field("object", max_length=32)
    description: str | None = Field(None, max_length=10_000)
    inner: "IdeArguments | None" = Field(None, alias="schema")


class IdeArguments(CamelModel):
    """The arguments of an editor's tool: as much of JSON Schema as editors use."""

    type: str = Field("object", max_length=32)
    required: list[str] = Field(default_factory=list, max_length=200)
    properties: dict[str, IdeArgument] = Field(default_factory=dict, max_length=200)

    def json_schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""
        named = {name: _json_schema(argument) for name, argument in self.properties.items()}
        return {"type": "object", "properties": named, "required": [name for name in self.required if name in named]}


class IdeTool(CamelModel):
    """A tool of the editor, and the NATS subject it listens on."""

    name: str = Field("", max_length=200)
    subject: str = Field("", max_length=500)
    description: str = Field("", max_length=10_000)
    args_schema: IdeArguments


class IdeChatRequest(ChatRequest):
    """The body of `POST /v1/ide/inference/{assistant_id}`."""

    stream: bool = True
    ide_installation_id: str = Field("", max_length=200)
    ide_request_id: str = Field("", max_length=200)
    tools: list[IdeTool] = Field(default_factory=list[IdeTool], max_length=MOST_TOOLS)
    prompt_header: _Instructions = None
    prompt_footer: _Instructions = None


class VirtualIdeChatRequest(IdeChatRequest):
    """The body of `POST /v1/ide/inference/virtual`: the editor defines the assistant itself."""

    virtual_assistant_id: str = Field("", max_length=200)
    temperature: float | None = Field(1.0, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    project: str | None = None


class IdeConfigurationRequest(WireModel):
    """An installation of the plugin, and the key it wants to connect with."""

    installation_id: str = Field(min_length=1, max_length=200)
    new_plugin_key: str = Field(max_length=200)


class IdeConfigurationResponse(WireModel):
    """Where the plugin connects to."""

    nats_uri: str


def _json_schema(argument: IdeArgument) -> dict[str, Any]:
    known: dict[str, Any] = {"type": argument.type}
    if argument.description:
        known["description"] = argument.description
    if argument.inner is not None:
        inner = argument.inner.json_schema()
        known = {**known, "items": inner} if argument.type == "array" else {**inner, **known}
    return known
