"""A model without the parameters its catalogue row says it does not take. Imports pydantic-ai: import late."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

from pydantic_ai import RunContext
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings


class WithoutSettings(WrapperModel):
    """Passes everything on except the settings named in `dropped`."""

    def __init__(self, wrapped: Model[Any], dropped: frozenset[str]) -> None:
        super().__init__(wrapped)
        self.dropped = dropped

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        return await self.wrapped.request(messages, self._kept(model_settings), model_request_parameters)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        kept = self._kept(model_settings)
        async with self.wrapped.request_stream(messages, kept, model_request_parameters, run_context) as response:
            yield response

    def _kept(self, settings: ModelSettings | None) -> ModelSettings | None:
        if settings is None:
            return None
        return cast("ModelSettings", {name: value for name, value in settings.items() if name not in self.dropped})
