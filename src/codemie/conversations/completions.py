"""Chat completions for OpenAI's clients: a model of the catalogue answers, or an assistant as in any other chat.

Both are *answerers*: they tell their pieces to a listener and leave a failure to be looked at. Nothing is kept but the
ledger.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from codemie.agents.events import AgentEvent, ErrorCode, ModelStarted, TextDelta
from codemie.agents.failures import explain
from codemie.agents.metering import estimated
from codemie.agents.request import Image, Turn
from codemie.assistants import service as assistants
from codemie.assistants.filters import Ordering
from codemie.assistants.tables import Assistant
from codemie.conversations import completion_guard, guarding
from codemie.conversations.chat import ChatRoom, OpenTurn, carry_out
from codemie.conversations.chat_schemas import ChatRequest
from codemie.conversations.completions_wire import DONE, Head, error_event, model_row
from codemie.conversations.opening import admit, open_turn
from codemie.conversations.streaming import ChunkStream, Outlet
from codemie.conversations.transcript import Transcript
from codemie.guardrails.guard import Guarded
from codemie.guardrails.window import Blocked
from codemie.identity.caller import Caller
from codemie.kernel.errors import EntityAccessDenied, InvalidInput, NotFound
from codemie.kernel.telemetry import get_logger
from codemie.models.entries import ModelEntry
from codemie.models.openai_schemas import CompletionRequest
from codemie.models.service import Spending, record
from codemie.models.usage import Usage

log = get_logger(__name__)

_STATUSES: dict[ErrorCode, tuple[int, str]] = {
    "llm_rate_limited": (429, "rate_limit_exceeded"),
    "agent_budget_exceeded": (429, "insufficient_quota"),
    "llm_context_length": (400, "context_length_exceeded"),
    "llm_content_policy": (400, "content_policy_violation"),
    "llm_invalid_request": (400, "invalid_request"),
    "agent_token_limit": (400, "max_tokens_exceeded"),
    "llm_unavailable": (503, "model_unavailable"),
    "agent_network_error": (503, "model_unavailable"),
    "agent_timeout": (504, "model_timeout"),
}

_MOST_LISTED = 1000

Tell = Callable[[dict[str, Any]], Awaitable[None]]


class CompletionFailed(Exception):
    """The model or the assistant gave no answer, or no more of it.

    Args:
        code: what went wrong.
        message: fit for the person who asked.
        retry_after: seconds after which the provider wants to be asked again.
    """

    def __init__(self, code: ErrorCode, message: str, retry_after: float | None = None) -> None:
        self.message = message
        self.headers = {} if retry_after is None else {"Retry-After": str(max(1, ceil(retry_after)))}
        self.status, self.code = _STATUSES.get(code, (500, "internal_error"))
        super().__init__(message)


@dataclass(slots=True)
class Answer:
    """What an answer came to."""

    text: str = ""
    calls: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    reason: str = "stop"
    usage: Usage = field(default_factory=Usage)

    @property
    def message(self) -> dict[str, Any]:
        """As a message."""
        calls = {"tool_calls": list(self.calls.values())} if self.calls else {}
        return {"content": self.text or (None if self.calls else ""), **calls}


Answerer = Callable[[Tell], Awaitable[Answer]]


async def prepare(room: ChatRoom, caller: Caller, request: CompletionRequest) -> Answerer:
    """Who answers: the model of that name, else the assistant of that id or slug.

    Raises:
        NotFound: neither is there for the caller.
        InvalidInput: it does not take what is asked.
        Unprocessable: guardrails block what is said.
        Unavailable: the process works on as many replies as it can.
        TooManyRequests: the caller asks more often than one person may.
    """
    entry = room.catalogue.models().find(request.model, "chat")
    if entry is None:
        turn = await _assistant_turn(room, caller, request)
        return lambda tell: _assistant_answers(room, turn, tell)
    if not entry.multimodal and any(message.images for message in request.messages):
        raise InvalidInput(details=f"The model '{entry.base_name}' does not take pictures.")
    admit(room, caller)
    guard = Guarded.by(await room.runtime.turns.guards(caller.default_project))
    if guard is not None:
        messages, blocking = await completion_guard.admitted(guard, request.messages)
        if blocking:
            await completion_guard.note(room.database, caller, guard)
            raise guarding.blocked(blocking)
        request = request.model_copy(update={"messages": messages})
    return lambda tell: _model_answers(room, caller, entry, request, tell, guard)


async def whole(room: ChatRoom, answerer: Answerer, model: str) -> dict[str, Any]:
    """The answer in one piece.

    Raises:
        CompletionFailed: there is none.
    """

    async def nobody_listens(_: dict[str, Any]) -> None:
        return

    answers: list[Answer] = []

    async def work() -> None:
        answers.append(await answerer(nobody_listens))

    await room.runtime.launch(work())
    (answer,) = answers
    return Head(model).whole(answer.message, answer.reason, answer.usage)


async def streamed(room: ChatRoom, answerer: Answerer, model: str, *, with_usage: bool) -> ChunkStream:
    """The answer as it grows; waits for its beginning, so that what fails before that is an error like any other.

    Raises:
        CompletionFailed: the answer did not even begin.
    """
    outlet, began = Outlet(Transcript()), asyncio.Event()
    producer = room.runtime.launch(_produce(outlet, began, answerer, Head(model), with_usage=with_usage))
    beginning = asyncio.create_task(began.wait())
    try:
        await asyncio.wait([producer, beginning], return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        producer.cancel()
        raise
    finally:
        beginning.cancel()
    if not began.is_set():
        await producer
    return ChunkStream(outlet, producer, room.runtime.settings.stalled_client_seconds, "text/event-stream")


async def _produce(outlet: Outlet, began: asyncio.Event, answerer: Answerer, head: Head, *, with_usage: bool) -> None:
    async def tell(delta: dict[str, Any]) -> None:
        opening = b"" if began.is_set() else head.chunk({"role": "assistant", "content": ""})
        began.set()
        await outlet.write(opening + head.chunk(delta))

    try:
        answer = await answerer(tell)
    except CompletionFailed as failed:
        if not began.is_set():
            raise
        await outlet.write(error_event(failed.status, failed.message, failed.code))
        return
    opening = b"" if began.is_set() else head.chunk({"role": "assistant", "content": ""})
    began.set()
    usage = head.usage(answer.usage) if with_usage else b""
    await outlet.write(opening + head.chunk({}, answer.reason) + usage + DONE)


async def _model_answers(
    room: ChatRoom, caller: Caller, entry: ModelEntry, request: CompletionRequest, tell: Tell, guard: Guarded | None
) -> Answer:
    from codemie.models.openai_chat import CallPiece, End, pieces  # it takes seconds to import

    answer, transcript = Answer(), Transcript()
    error_code: ErrorCode | None = "agent_internal_error"
    try:
        told = pieces(entry, request)
        async for piece in completion_guard.screened(guard, told) if guard else told:
            match piece:
                case str():
                    answer.text += piece
                    await tell({"content": piece})
                case CallPiece():
                    await tell({"tool_calls": [_add_call(answer, piece)]})
                case End():
                    answer.reason, answer.usage = piece.reason, piece.usage
        error_code = None
    except Blocked as error:
        error_code = "llm_content_policy"
        # The provider tells at the end, which nobody waits for, and charges all the same.
        answer.usage = estimated("\n".join(message.text for message in request.messages), answer.text)
        raise CompletionFailed(error_code, str(error)) from error
    except Exception as error:  # whatever a provider does wrong is told in the protocol's own words
        failed = explain(error, ())
        error_code = failed.code
        if failed.code == "agent_internal_error":
            log.exception("completion_failed", error=type(error).__name__)
        raise CompletionFailed(failed.code, failed.message, failed.details.get("retry_after_seconds")) from error
    finally:
        spending = Spending(
            entry,
            answer.usage,
            caller.id,
            caller.default_project,
            duration_ms=round(transcript.seconds * 1000),
            error_code=error_code,
        )
        async with room.database.session() as session:
            await record(session, spending)
        if guard is not None:
            await completion_guard.note(room.database, caller, guard)
    return answer


def _add_call(answer: Answer, piece: Any) -> dict[str, Any]:
    """Add to the call; gives what is new of it."""
    begun = {"id": piece.id, "type": "function"} if piece.id else {}
    named = {"name": piece.name} if piece.name else {}
    known = answer.calls.setdefault(piece.index, {**begun, "function": {**named, "arguments": ""}})
    known["function"]["arguments"] += piece.arguments
    return {"index": piece.index, **begun, "function": {**named, "arguments": piece.arguments}}


async def _assistant_turn(room: ChatRoom, caller: Caller, request: CompletionRequest) -> OpenTurn:
    """A turn with the assistant; what the client says beside the question is history and further instructions."""
    *earlier, last = request.messages
    if request.tools:
        raise InvalidInput(details="An assistant has tools of its own and takes none from a client.")
    if last.role != "user" or any(message.role == "tool" for message in earlier):
        raise InvalidInput(details="An assistant takes messages of 'system', 'user' and 'assistant', 'user' last.")
    chat = _chat_request(request, last.text)
    turn = await _opened(room, caller, request.model, chat)
    if turn.run.guarded is not None:
        earlier, blocking = await completion_guard.admitted(turn.run.guarded, earlier)
        if blocking:
            await guarding.refuse(room, turn, blocking)
    told = [message.text for message in earlier if message.role in ("system", "developer")]
    said = [
        Turn("user" if message.role == "user" else "assistant", message.text)
        for message in earlier
        if message.role in ("user", "assistant") and message.text
    ]
    pictures = [image.content for image in last.images]
    if pictures and not turn.run.model.multimodal:
        raise InvalidInput(details=f"The model '{turn.run.model.base_name}' of the assistant does not take pictures.")
    turn.run = replace(
        turn.run,
        instructions="\n\n".join(part for part in (turn.run.instructions, *told) if part),
        history=tuple(said),
        images=tuple(Image(f"Picture {at}:", kind, content) for at, (kind, content) in enumerate(pictures, 1)),
        temperature=turn.run.temperature if request.temperature is None else request.temperature,
        top_p=turn.run.top_p if request.top_p is None else request.top_p,
    )
    return turn


def _chat_request(request: CompletionRequest, text: str) -> ChatRequest:
    try:
        return ChatRequest.model_validate(
            {
                "text": text,
                "stream": bool(request.stream),
                "output_schema": request.schema_wanted,
                "save_history": False,
            }
        )
    except ValidationError as error:
        raise InvalidInput(details="; ".join(problem["msg"] for problem in error.errors())) from error


async def _opened(room: ChatRoom, caller: Caller, model: str, chat: ChatRequest) -> OpenTurn:
    """By id, which costs nothing more, else by slug."""
    try:
        return await open_turn(room, caller, model, chat)
    except (NotFound, EntityAccessDenied):
        try:
            async with room.database.session() as session:
                found = await assistants.get_by_slug(session, caller, model, None)
            return await open_turn(room, caller, found.id, chat)
        except (NotFound, EntityAccessDenied) as error:
            raise _nothing(model) from error


async def _assistant_answers(room: ChatRoom, turn: OpenTurn, tell: Tell) -> Answer:
    await carry_out(room, turn, _Told(tell))
    transcript = turn.transcript
    if transcript.failure is not None:
        failed = transcript.failure
        raise CompletionFailed(failed.code, failed.message, failed.details.get("retry_after_seconds"))
    return Answer(transcript.text, usage=transcript.usage)


class _Told:
    """Tells the assistant's own words; what it does with tools and sub-assistants stays out."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._stretches = 0
        self._fresh = self._is_note = False

    async def hear(self, event: AgentEvent) -> None:
        match event:
            case ModelStarted(parent=None, is_note=is_note):
                self._is_note = is_note
                self._stretches += not is_note
                self._fresh = self._stretches > 1
            case TextDelta(text=text, parent=None) if not self._is_note:
                await self._tell({"content": f"\n\n{text}" if self._fresh else text})
                self._fresh = False
            case _:
                return


async def listed(room: ChatRoom, caller: Caller) -> list[dict[str, Any]]:
    """Everything the caller may name as a model: the catalogue, then assistants, the newest first."""
    models = [model_row(entry.base_name, entry.provider, label=entry.label) for entry in room.catalogue.chat_models()]
    async with room.database.session() as session:
        usable = await assistants.list_assistants(
            session,
            caller,
            scope="all",
            raw_filters=None,
            ordering=Ordering(),
            minimal=True,
            page=0,
            per_page=_MOST_LISTED,
        )
    return [*models, *(model_row(row.id, "assistant", label=row.name, slug=row.slug) for row in usable.data)]


async def one(room: ChatRoom, caller: Caller, name: str) -> dict[str, Any]:
    """The model or the assistant of that name.

    Raises:
        NotFound: neither is there for the caller.
    """
    entry = room.catalogue.models().find(name, "chat")
    if entry is not None:
        return model_row(entry.base_name, entry.provider, label=entry.label)
    async with room.database.session() as session:
        try:
            found = await _assistant(session, caller, name)
        except (NotFound, EntityAccessDenied) as error:
            raise _nothing(name) from error
    return model_row(found.id, "assistant", label=found.name, slug=found.slug)


async def _assistant(session: AsyncSession, caller: Caller, name: str) -> Assistant:
    """By id, else by slug."""
    try:
        return await assistants.get_assistant(session, caller, name)
    except (NotFound, EntityAccessDenied):
        return await assistants.get_by_slug(session, caller, name, None)


def _nothing(name: str) -> NotFound:
    """Whose assistant it is stays untold to others."""
    return NotFound("Model not found", details=f"There is no model and no assistant '{name}' for you.")
