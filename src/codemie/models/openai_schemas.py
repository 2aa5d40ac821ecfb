"""Chat completions as OpenAI's clients ask for them: https://platform.openai.com/docs/api-reference/chat."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, JsonValue, model_validator

from codemie.kernel.http import WireModel

_MOST_MESSAGES = 10_000
_MOST_TOOLS = 512


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("Text must not contain the NUL character")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]


class ImageUrl(WireModel):
    """A picture, as a data URL: nobody here fetches addresses for a stranger."""

    url: str

    @model_validator(mode="after")
    def _readable(self) -> ImageUrl:
        _ = self.content
        return self

    @property
    def content(self) -> tuple[str, bytes]:
        """Media type and bytes.

        Raises:
            ValueError: it is no data URL of a picture.
        """
        head, comma, body = self.url.partition(",")
        media_type = head.removeprefix("data:").removesuffix(";base64")
        if not (comma and head == f"data:{media_type};base64" and media_type.startswith("image/")):
            raise ValueError("Pictures must be data URLs: data:image/png;base64,…")
        try:
            return media_type, base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise ValueError("The picture is not base64") from error


class ContentPart(WireModel):
    """Text or a picture."""

    type: Literal["text", "image_url"]
    text: Text = ""
    image_url: ImageUrl | None = None


class FunctionCall(WireModel):
    """A function with its arguments as JSON text."""

    name: str
    arguments: str = "{}"


class ToolCall(WireModel):
    """A call that the model asked for."""

    id: str
    function: FunctionCall


class CompletionMessage(WireModel):
    """One message."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | list[ContentPart] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """What is said in words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""

    @property
    def images(self) -> list[ImageUrl]:
        """What is shown."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.image_url for part in parts if part.image_url is not None]


class FunctionSpec(WireModel):
    """A function the model may call; whoever asked runs it."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool | None = None


class ToolSpec(WireModel):
    """A tool: only functions are known."""

    type: Literal["function"] = "function"
    function: FunctionSpec


class StreamOptions(WireModel):
    """What a stream tells besides the answer."""

    include_usage: bool | None = False


class JsonSchema(WireModel):
    """A named schema."""

    name: str = "answer"
    description: str | None = None
    strict: bool | None = None
    json_schema: dict[str, Any] = Field(alias="schema")


class ResponseFormat(WireModel):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JsonSchema | None = None


class CompletionRequest(WireModel):
    """The body of `POST /v1/chat/completions`; what is not here is ignored."""

    model: str = Field(min_length=1, max_length=500)
    messages: list[CompletionMessage] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, ge=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stop: str | list[str] | None = None
    seed: int | None = None
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    tools: list[ToolSpec] | None = Field(None, max_length=_MOST_TOOLS)
    tool_choice: JsonValue = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    n: Literal[1] | None = 1

    @property
    def schema_wanted(self) -> dict[str, Any] | None:
        """The JSON Schema of the answer, if one is asked for."""
        form = self.response_format
        if form is None or form.type == "text":
            return None
        return form.json_schema.json_schema if form.json_schema else {"type": "object"}
