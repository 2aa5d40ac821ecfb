"""The mock as a pydantic-ai model, without HTTP in between. Imports pydantic-ai: import late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelHTTPError, ModelTimeoutError
from pydantic_ai.messages import (
    FinishReason,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.profiles import ModelProfile
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from codemie.models import errors
from codemie.models.entries import ModelEntry
from codemie.models.mock.engine import BrokenStream, CallDelta, Finish, Pause, Reply, TextDelta, play
from codemie.models.mock.front import YIELD_EVERY, answered, wait
from codemie.models.mock.request import ChatRequest, ToolSpec

_FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length", "tool_calls": "tool_call"}


class MockModel(Model[Any]):
    """Answers from the engine, in this process; takes pictures, tools and schemas."""

    def __init__(self, entry: ModelEntry) -> None:
        super().__init__(profile=ModelProfile(supports_json_schema_output=True, supports_json_object_output=True))
        self._entry = entry

    @property
    def model_name(self) -> str:
        return self._entry.base_name

    @property
    def system(self) -> str:
        return "mock"

    @property
    def provider(self) -> None:
        return None

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        reply = await self._reply(messages, model_settings, model_request_parameters)
        try:
            await wait(self._entry, reply.delay_seconds)
        except errors.ModelError as error:
            raise _http_error(self.model_name, error) from error
        if reply.truncate_after_tokens is not None:
            raise _http_error(self.model_name, errors.ModelUnavailableError("The answer broke off.", status_code=502))
        parts: list[ModelResponsePart] = [TextPart(reply.text)] if reply.text else []
        parts += [ToolCallPart(call.name, call.arguments, tool_call_id=call.id) for call in reply.tool_calls]
        return ModelResponse(
            parts=parts,
            usage=RequestUsage(input_tokens=reply.prompt_tokens, output_tokens=reply.completion_tokens),
            model_name=self.model_name,
            provider_name="mock",
            finish_reason=_FINISH["length" if reply.endless else reply.finish_reason],
        )

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,  # noqa: ARG002 - their signature
    ) -> AsyncGenerator[StreamedResponse]:
        reply = await self._reply(messages, model_settings, model_request_parameters)
        _, parameters = self.prepare_request(model_settings, model_request_parameters)
        yield MockStream(model_request_parameters=parameters, entry=self._entry, reply=reply)

    async def _reply(
        self, messages: list[ModelMessage], settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> Reply:
        merged, prepared = self.prepare_request(settings, parameters)
        request = _request(self._entry, messages, merged, prepared)
        try:
            return await answered(self._entry, request)
        except errors.ModelError as error:
            raise _http_error(self.model_name, error) from error


@dataclass
class MockStream(StreamedResponse):
    """Plays a reply as pydantic-ai's stream events."""

    entry: ModelEntry
    reply: Reply
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        try:
            for number, event in enumerate(play(self.reply)):
                if isinstance(event, Pause):
                    await wait(self.entry, event.seconds)
                elif number % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
                for told in self._told(event):
                    yield told
                if number > self._most():
                    self.finish_reason = "length"
                    return
        except BrokenStream as error:
            broken = errors.ModelUnavailableError("The answer broke off before it was complete.", status_code=502)
            raise _http_error(self.model_name, broken) from error
        except errors.ModelError as error:
            raise _http_error(self.model_name, error) from error

    def _most(self) -> int:
        return 20_000 if self.reply.endless else 1_000_000

    def _told(self, event: object) -> Iterator[ModelResponseStreamEvent]:
        if isinstance(event, TextDelta):
            yield from self._parts_manager.handle_text_delta(vendor_part_id="text", content=event.text)
        elif isinstance(event, CallDelta):
            yield from self._parts_manager.handle_tool_call_delta_events(
                vendor_part_id=event.index, tool_name=event.name, args=event.arguments or None, tool_call_id=event.id
            )
        elif isinstance(event, Finish):
            self._usage += RequestUsage(input_tokens=event.prompt_tokens, output_tokens=event.completion_tokens)
            self.finish_reason = _FINISH[event.reason]

    async def close_stream(self) -> None:
        """Nothing is open."""

    @property
    def model_name(self) -> str:
        return self.entry.base_name

    @property
    def provider_name(self) -> str:
        return "mock"

    @property
    def provider_url(self) -> None:
        return None

    @property
    def timestamp(self) -> datetime:
        return self.started


def _http_error(model: str, error: errors.ModelError) -> Exception:
    if isinstance(error, errors.ModelTimeoutError):
        return ModelTimeoutError(model, error.message)
    body = {"message": error.message, "code": error.code}
    return ModelHTTPError(error.status_code or 503, model, body)


def _request(
    entry: ModelEntry, messages: list[ModelMessage], settings: ModelSettings | None, parameters: ModelRequestParameters
) -> ChatRequest:
    endings = parameters.output_tools
    schema = parameters.output_object.json_schema if parameters.output_object else None
    return ChatRequest(
        model=entry.base_name,
        messages=[*_instructions(parameters), *(said for message in messages for said in _said(message))],
        tools=tuple(
            ToolSpec(tool.name, tool.description or "", tool.parameters_json_schema)
            for tool in (*parameters.function_tools, *endings)
        ),
        tool_choice="auto" if parameters.allow_text_output else "required",
        response_schema=None if endings else schema,
        max_tokens=(settings or {}).get("max_tokens"),
        output_tools=frozenset(tool.name for tool in endings),
    )


def _instructions(parameters: ModelRequestParameters) -> Iterator[dict[str, Any]]:
    for part in parameters.instruction_parts or ():
        yield {"role": "system", "content": part.content}


def _said(message: ModelMessage) -> Iterator[dict[str, Any]]:
    """Retell one message in OpenAI's shape."""
    if isinstance(message, ModelRequest):
        yield from (said for part in message.parts for said in _asked(part))
        return
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    yield {
        "role": "assistant",
        "content": "".join(part.content for part in message.parts if isinstance(part, TextPart)),
        "tool_calls": [
            {"id": call.tool_call_id, "function": {"name": call.tool_name, "arguments": call.args_as_json_str()}}
            for call in calls
        ],
    }


def _asked(part: ModelRequestPart) -> Iterator[dict[str, Any]]:
    if isinstance(part, SystemPromptPart):
        yield {"role": "system", "content": part.content}
    elif isinstance(part, UserPromptPart):
        # pydantic-ai sends its own remarks (a failed validation, say) as fenced user text; nobody typed them.
        framed = isinstance(part.content, str) and "<pyai:" in part.content
        yield {"role": "system" if framed else "user", "content": _content(part.content)}
    elif isinstance(part, ToolReturnPart):
        result = {"role": "tool", "tool_call_id": part.tool_call_id, "name": part.tool_name}
        yield result | {"content": part.model_response_str()}


def _content(content: str | Sequence[Any]) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    return [{"type": "text", "text": item} if isinstance(item, str) else _attached(item) for item in content]


def _attached(item: Any) -> dict[str, Any]:
    text = getattr(item, "content", None)
    if isinstance(text, str):
        return {"type": "text", "text": text}
    kind = str(getattr(item, "media_type", "") or getattr(item, "kind", ""))
    return {"type": "image_url" if kind.startswith("image") else "file"}
