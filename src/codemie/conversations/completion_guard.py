"""Guardrails of chat completions: what clients of OpenAI's protocol send along, and what a bare model answers."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from codemie.guardrails import service as guardrails
from codemie.guardrails.guard import Guarded
from codemie.guardrails.judging import Judge
from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.models.openai_schemas import CompletionMessage

_ANSWER = "answer"


async def admitted(
    guard: Guarded, messages: Sequence[CompletionMessage]
) -> tuple[list[CompletionMessage], Judge | None]:
    """The messages with what is to be masked, and who blocks them, if anybody does."""
    clean: list[CompletionMessage] = []
    for message in messages:
        verdict = await guard.judged("said", message.text)
        if verdict.blocked:
            return list(messages), verdict.blocked
        clean.append(_masked(guard, message) if verdict.interventions else message)
    return clean, None


def _masked(guard: Guarded, message: CompletionMessage) -> CompletionMessage:
    if not isinstance(message.content, list):
        return message.model_copy(update={"content": guard.covered("said", message.content)})
    parts = [part.model_copy(update={"text": guard.covered("said", part.text)}) for part in message.content]
    return message.model_copy(update={"content": parts})


async def screened(guard: Guarded, pieces: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """The pieces of an answer as far as they may be told.

    Raises:
        Blocked: what comes next must not be.
    """
    from codemie.models.openai_chat import CallPiece  # it takes seconds to import

    calls: list[int] = []
    async with aclosing(pieces):
        async for piece in pieces:
            match piece:
                case str():
                    if text := guard.feed(_ANSWER, piece):
                        yield text
                case CallPiece():
                    calls += [] if piece.index in calls else [piece.index]
                    yield replace(piece, arguments=guard.feed(_call(piece.index), piece.arguments))
                case _:
                    if text := guard.finish(_ANSWER):
                        yield text
                    for index in calls:
                        if text := guard.finish(_call(index)):
                            yield CallPiece(index, text)
                    yield piece


def _call(index: int) -> str:
    return f"call {index}"


async def note(database: Database, caller: Caller, guard: Guarded) -> None:
    """Tell the audit log what was done."""
    if guard.done:
        told = [(judge, place, count) for (judge, place), count in guard.done.items()]
        async with database.session() as session:
            guardrails.note(session, caller.id, told, project=caller.default_project)
