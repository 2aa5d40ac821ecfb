"""Chat completions in OpenAI's terms from any model of the catalogue, tools included.

Imports pydantic-ai: import late.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any, cast

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.messages import (
    BinaryContent,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from codemie.models.entries import ModelEntry
from codemie.models.openai_schemas import CompletionMessage, CompletionRequest, ToolSpec
from codemie.models.providers import chat_model, model_settings
from codemie.models.usage import Usage

_REASONS = {"tool_call": "tool_calls", "length": "length", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class CallPiece:
    """A part of a tool call: `id` and `name` come with its first piece."""

    index: int
    arguments: str
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Why the answer ended, and what it used."""

    reason: str
    usage: Usage


Piece = str | CallPiece | End
"""Text of the answer, a part of a call, or the end."""


async def pieces(entry: ModelEntry, request: CompletionRequest) -> AsyncGenerator[Piece]:
    """The model's answer: as it grows when a stream is asked for, else whole."""
    settings, parameters = _settings(entry, request), _parameters(request)
    if not (request.stream and entry.features.streaming):
        whole = await model_request(
            chat_model(entry), _messages(request), model_settings=settings, model_request_parameters=parameters
        )
        for piece in _of(whole):
            yield piece
        yield _end(whole)
        return
    calls: dict[int, int] = {}
    async with model_request_stream(
        chat_model(entry), _messages(request), model_settings=settings, model_request_parameters=parameters
    ) as stream:
        async for event in stream:
            piece = _piece(event, calls)
            if piece:
                yield piece
        yield _end(stream.get())


def _of(answer: ModelResponse) -> Iterator[Piece]:
    calls = 0
    for part in answer.parts:
        if isinstance(part, TextPart):
            yield part.content
        elif isinstance(part, ToolCallPart):
            yield CallPiece(calls, part.args_as_json_str(), part.tool_call_id, part.tool_name)
            calls += 1


def _piece(event: object, calls: dict[int, int]) -> Piece | None:
    """What the event adds; `calls` maps the parts of the answer to the numbers of calls."""
    match event:
        case PartStartEvent(part=TextPart(content=text)):
            return text
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text
        case PartStartEvent(index=index, part=ToolCallPart() as call):
            number = calls.setdefault(index, len(calls))
            return CallPiece(number, call.args_as_json_str() if call.args else "", call.tool_call_id, call.tool_name)
        case PartDeltaEvent(index=index, delta=ToolCallPartDelta(args_delta=str() as arguments)) if index in calls:
            return CallPiece(calls[index], arguments)
        case _:
            return None


def _end(answer: ModelResponse) -> End:
    used = answer.usage
    usage = Usage(used.input_tokens, used.output_tokens, used.cache_read_tokens, used.cache_write_tokens)
    called = any(isinstance(part, ToolCallPart) for part in answer.parts)
    return End(_REASONS.get(answer.finish_reason or "", "tool_calls" if called else "stop"), usage)


def _settings(entry: ModelEntry, request: CompletionRequest) -> ModelSettings:
    most = [limit for limit in (request.max_completion_tokens, request.max_tokens, entry.max_output_tokens) if limit]
    stop = [request.stop] if isinstance(request.stop, str) else request.stop
    wanted: dict[str, Any] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": min(most) if most else None,
        "stop_sequences": stop or None,
        "seed": request.seed,
        "presence_penalty": request.presence_penalty,
        "frequency_penalty": request.frequency_penalty,
        "parallel_tool_calls": request.parallel_tool_calls if request.tools else None,
        "tool_choice": _choice(request),
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return cast("ModelSettings", {**model_settings(entry), **given})


def _choice(request: CompletionRequest) -> str | list[str] | None:
    """`auto`, `none`, `required`, or the one function that must be called."""
    choice = request.tool_choice
    if not request.tools or choice is None:
        return None
    if isinstance(choice, dict):
        function = choice.get("function")
        return [str(function.get("name"))] if isinstance(function, dict) else None
    return choice if choice in ("auto", "none", "required") else None


def _parameters(request: CompletionRequest) -> ModelRequestParameters:
    tools = [_definition(tool) for tool in request.tools or ()]
    schema = request.schema_wanted
    if schema is None:
        return ModelRequestParameters(function_tools=tools)
    named = request.response_format.json_schema if request.response_format else None
    shape = OutputObjectDefinition(
        schema, name=named.name if named else "answer", strict=named.strict if named else None
    )
    return ModelRequestParameters(function_tools=tools, output_mode="native", output_object=shape)


def _definition(tool: ToolSpec) -> ToolDefinition:
    function = tool.function
    return ToolDefinition(
        name=function.name,
        description=function.description,
        parameters_json_schema=function.parameters,
        strict=function.strict,
    )


def _messages(request: CompletionRequest) -> list[ModelMessage]:
    names = {call.id: call.function.name for said in request.messages for call in said.tool_calls or ()}
    messages: list[ModelMessage] = []
    for said in request.messages:
        if said.role == "assistant":
            messages.append(ModelResponse(parts=_answered(said)))
            continue
        part = _asked(said, names)
        before = messages[-1] if messages else None
        if isinstance(before, ModelRequest):
            messages[-1] = ModelRequest(parts=[*before.parts, part])
        else:
            messages.append(ModelRequest(parts=[part]))
    return messages


def _answered(said: CompletionMessage) -> list[ModelResponsePart]:
    parts: list[ModelResponsePart] = [TextPart(said.text)] if said.text else []
    parts += [ToolCallPart(call.function.name, call.function.arguments, call.id) for call in said.tool_calls or ()]
    return parts or [TextPart("")]


def _asked(said: CompletionMessage, names: dict[str, str]) -> ModelRequestPart:
    if said.role == "tool":
        call_id = said.tool_call_id or ""
        return ToolReturnPart(names.get(call_id, "tool"), said.text, call_id)
    if said.role in ("system", "developer"):
        return SystemPromptPart(said.text)
    if not isinstance(said.content, list):
        return UserPromptPart(said.text)
    shown: list[UserContent] = []
    for part in said.content:
        if part.image_url is None:
            shown.append(part.text)
        else:
            media_type, content = part.image_url.content
            shown.append(BinaryContent(content, media_type=media_type))
    return UserPromptPart(shown)
