"""What a person says is judged before anything else; what guardrails did in a turn is written down."""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar, cast

from codemie.agents.screening import refused
from codemie.conversations.chat import ChatRoom, OpenTurn, keep
from codemie.conversations.chat_schemas import HistoryMessage, TurnRequest
from codemie.guardrails.guard import Guarded
from codemie.guardrails.judging import Judge
from codemie.kernel.errors import Unprocessable

RequestT = TypeVar("RequestT", bound=TurnRequest)


async def admitted(guard: Guarded, request: RequestT) -> tuple[RequestT, Judge | None]:
    """The request with what is to be masked, and who blocks it, if anybody does."""
    verdicts = [await guard.judged("said", text) for text in _said(request)]
    raw = await guard.judged("said", request.content_raw or "")
    guard.is_admitted = True
    if not any(verdict.interventions for verdict in (*verdicts, raw)):
        return request, None
    blocking = next((verdict.blocked for verdict in (*verdicts, raw) if verdict.blocked), None)
    return request.model_copy(update=_masked(guard, request)), blocking


async def refuse(room: ChatRoom, turn: OpenTurn, judge: Judge) -> NoReturn:
    """End a turn that a guardrail blocks before it began; it is kept like any other that failed.

    Raises:
        Unprocessable: 422, always.
    """
    turn.transcript.take(refused(judge))
    await keep(room, turn)
    raise blocked(judge)


def blocked(judge: Judge) -> Unprocessable:
    """The refusal of a request."""
    return Unprocessable(
        "Request blocked by guardrails",
        details=judge.told,
        help="Leave out what must not be said here, and ask again.",
    )


def _said(request: TurnRequest) -> Iterable[str]:
    yield request.text or ""
    yield getattr(request, "system_prompt", "") or ""
    history = request.history
    yield from [history] if isinstance(history, str) else [item.message for item in history if item and item.message]
    response = getattr(request, "interactive_response", None)
    if response is not None:
        yield from _texts(response.payload)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        parts = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
        for part in parts:
            yield from _texts(part)


def _masked(guard: Guarded, request: TurnRequest) -> dict[str, Any]:
    def masked(value: Any) -> Any:
        return guard.covered("said", value)

    history = request.history
    changes: dict[str, Any] = {
        "text": masked(request.text),
        "content_raw": "",  # made anew from the text
        "history": masked(history) if isinstance(history, str) else [_remembered(item, masked) for item in history],
    }
    if prompt := getattr(request, "system_prompt", ""):
        changes["system_prompt"] = masked(prompt)
    response = getattr(request, "interactive_response", None)
    if response is not None:
        changes["interactive_response"] = response.model_copy(update={"payload": masked(response.payload)})
    return changes


def _remembered(item: HistoryMessage | None, masked: Any) -> HistoryMessage | None:
    return item.model_copy(update={"message": masked(item.message)}) if item else None
