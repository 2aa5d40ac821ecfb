"""Bodies of the OpenAI-compatible routes, checked as far as the mock reads them; everything else passes through."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _CalledFunction(_Part):
    name: str = ""
    arguments: str = ""


class _Call(_Part):
    id: str = ""
    function: _CalledFunction


class _Message(_Part):
    role: str
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[_Call] | None = None
    tool_call_id: str | None = None
    name: str | None = None


class _Function(_Part):
    name: _Name
    description: str | None = None
    parameters: dict[str, Any] | None = None


class _Tool(_Part):
    function: _Function


class _ChosenFunction(_Part):
    name: _Name


class _Choice(_Part):
    function: _ChosenFunction


class _JsonSchema(_Part):
    schema_: dict[str, Any] | None = Field(default=None, alias="schema")


class _Format(_Part):
    type: str
    json_schema: _JsonSchema | None = None


class _StreamOptions(_Part):
    include_usage: bool | None = None


class ChatBody(_Part):
    """A chat-completions request."""

    model: str | None = None
    messages: Annotated[list[_Message], Field(min_length=1, max_length=2_000)]
    tools: Annotated[list[_Tool], Field(max_length=1_000)] | None = None
    tool_choice: str | _Choice | None = None
    response_format: _Format | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None


class EmbeddingsBody(_Part):
    """An embeddings request; texts only, no token lists."""

    model: str | None = None
    input: str | Annotated[list[str], Field(min_length=1, max_length=2_048)]
    dimensions: Annotated[int, Field(ge=1, le=4_096)] | None = None
    encoding_format: Literal["float", "base64"] | None = None

    @property
    def texts(self) -> list[str]:
        """The input as a list."""
        return [self.input] if isinstance(self.input, str) else self.input
