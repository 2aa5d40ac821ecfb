"""What one model is asked: a short answer, a stream, a call of a tool, a vector. Each question once in a run."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from codemie.models import direct, errors
from codemie.models.checks import explained
from codemie.models.embeddings import embed
from codemie.models.entries import ModelEntry
from codemie.models.usage import Usage

TOOL = "report_word"
_PROMPT = "Answer with the single word: pong"
_ASK_FOR_TOOL = f"Call the tool {TOOL} with the word pong. Do not answer with text."
_SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
_FEW_TOKENS = 16
_TOKENS_FOR_TOOL = 1000
"""A model that thinks first needs more than the call itself."""


@dataclass(frozen=True)
class Said:
    """What came of a question.

    Attributes:
        seconds: until the answer was complete.
        usage: tokens; None where the answer was cut, or there was none.
        pieces: of a stream.
        first_seconds: until the first of them.
        tools: names of the tools that were called.
        dimension: of a vector.
        failure: why there is no answer.
    """

    seconds: float = 0.0
    usage: Usage | None = None
    pieces: int = 0
    first_seconds: float = 0.0
    tools: tuple[str, ...] = ()
    dimension: int = 0
    failure: errors.ModelError | None = None

    def evidence(self) -> dict[str, str]:
        """Latency and tokens, for a report."""
        seen = {"latency": f"{self.seconds * 1000:.0f} ms"}
        if self.pieces:
            seen |= {"first token": f"{self.first_seconds * 1000:.0f} ms", "pieces": str(self.pieces)}
        if self.usage:
            seen["tokens"] = f"{self.usage.input_tokens} in, {self.usage.output_tokens} out"
        return seen


@dataclass
class _Heard:
    """An answer while it comes; what has come stays known if it is cut."""

    usage: Usage | None = None
    pieces: int = 0
    first: float | None = None
    tools: list[str] = field(default_factory=list[str])
    dimension: int = 0

    def hear(self, usage: Usage | None = None) -> None:
        """Note the next piece, or what it took."""
        if usage is not None:
            self.usage = usage
            return
        self.pieces += 1
        self.first = self.first or time.monotonic()


class Questions:
    """One model; whoever asks what was asked before gets the same answer.

    Args:
        entry: its row; each question is asked once, without the row's repeats.
        seconds: the longest wait for an answer.
    """

    def __init__(self, entry: ModelEntry, seconds: float) -> None:
        silence = min(entry.endpoint.timeout_seconds or seconds, seconds)
        connect = min(entry.endpoint.connect_timeout_seconds, seconds)
        limits = {"max_retries": 0, "timeout_seconds": silence, "connect_timeout_seconds": connect}
        self.entry = entry.model_copy(update={"endpoint": entry.endpoint.model_copy(update=limits)})
        self.seconds = seconds

    def load(self) -> None:
        """Import the provider's library now: that takes seconds, in which an answer's time must not run."""
        if self.entry.kind == "embedding":
            return
        import pydantic_ai.direct  # noqa: F401 - only loaded

        from codemie.models.providers import chat_model

        with suppress(errors.ModelError):  # the question itself will tell
            chat_model(self.entry)

    @cached_property
    def answer(self) -> "Question":
        """A short answer of a language model."""
        return Question(self.seconds, self._answer)

    @cached_property
    def stream(self) -> "Question":
        """The same, streamed."""
        return Question(self.seconds, self._stream)

    @cached_property
    def tool(self) -> "Question":
        """A call of a tool."""
        return Question(self.seconds, self._tool)

    @cached_property
    def vector(self) -> "Question":
        """The vector of a word."""
        return Question(self.seconds, self._vector)

    async def _answer(self, heard: _Heard) -> None:
        if direct.supports(self.entry):
            heard.hear((await direct.complete(self.entry, _messages(), max_tokens=_FEW_TOKENS)).usage)
        else:
            await self._request(heard, _PROMPT, _FEW_TOKENS)

    async def _stream(self, heard: _Heard) -> None:
        if not direct.supports(self.entry):
            await self._stream_through_library(heard)
            return
        async for piece in direct.stream_completion(self.entry, _messages(), max_tokens=_FEW_TOKENS):
            heard.hear(piece if isinstance(piece, Usage) else None)

    async def _tool(self, heard: _Heard) -> None:
        await self._request(heard, _ASK_FOR_TOOL, _TOKENS_FOR_TOOL, with_tool=True)

    async def _vector(self, heard: _Heard) -> None:
        heard.dimension = int((await embed(self.entry, ["pong"])).shape[1])

    async def _request(self, heard: _Heard, prompt: str, most: int, *, with_tool: bool = False) -> None:
        from pydantic_ai.direct import model_request
        from pydantic_ai.exceptions import AgentRunError, UserError
        from pydantic_ai.messages import ModelRequest
        from pydantic_ai.models import ModelRequestParameters
        from pydantic_ai.tools import ToolDefinition

        from codemie.models.providers import chat_model

        tool = ToolDefinition(name=TOOL, description="Takes a word.", parameters_json_schema=_SCHEMA)
        asked = ModelRequestParameters(function_tools=[tool] if with_tool else [])
        try:
            answer = await model_request(
                chat_model(self.entry),
                [ModelRequest.user_text_prompt(prompt)],
                model_settings={"max_tokens": most},
                model_request_parameters=asked,
            )
        except (AgentRunError, UserError) as error:
            raise explained(error) from error
        heard.hear(Usage(answer.usage.input_tokens, answer.usage.output_tokens))
        heard.tools += [call.tool_name for call in answer.tool_calls]

    async def _stream_through_library(self, heard: _Heard) -> None:
        from pydantic_ai.direct import model_request_stream
        from pydantic_ai.exceptions import AgentRunError, UserError
        from pydantic_ai.messages import ModelRequest

        from codemie.models.providers import chat_model

        settings: dict[str, int] = {"max_tokens": _FEW_TOKENS}
        try:
            async with model_request_stream(
                chat_model(self.entry),
                [ModelRequest.user_text_prompt(_PROMPT)],
                model_settings=settings,  # pyright: ignore[reportArgumentType] - a dict of its kind
            ) as events:
                async for _ in events:
                    heard.hear()
                used = events.usage
        except (AgentRunError, UserError) as error:
            raise explained(error) from error
        heard.hear(Usage(used.input_tokens, used.output_tokens))


class Question:
    """Asked when first awaited; never raises for what the endpoint does."""

    def __init__(self, seconds: float, ask: Callable[[_Heard], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._ask = ask
        self._turn = asyncio.Lock()
        self._said: Said | None = None

    async def said(self) -> Said:
        """The answer, or why there is none."""
        async with self._turn:
            if self._said is None:
                self._said = await self._asked()
        return self._said

    async def _asked(self) -> Said:
        heard, begun = _Heard(), time.monotonic()
        failure: errors.ModelError | None = None
        try:
            async with asyncio.timeout(self._seconds):
                await self._ask(heard)
        except errors.OutputTokenLimitExceeded:
            pass  # it answered, and was cut where we asked for it
        except errors.ModelError as error:
            failure = error
        except TimeoutError:
            failure = errors.ModelTimeoutError(f"No answer within {self._seconds:g} seconds.")
        first = heard.first - begun if heard.first else 0.0
        seconds = time.monotonic() - begun
        return Said(seconds, heard.usage, heard.pieces, first, tuple(heard.tools), heard.dimension, failure)


def _messages() -> list[dict[str, str]]:
    return [{"role": "user", "content": _PROMPT}]
