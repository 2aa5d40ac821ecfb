"""A run under guard: what the model reads, what it writes and what people see pass the guardrails first."""

import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from codemie.agents.events import (
    AgentEvent,
    Completed,
    Failed,
    ModelFinished,
    Paused,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from codemie.agents.metering import Meter
from codemie.agents.request import AgentRun, Start, Turn
from codemie.guardrails.guard import Guarded, Place
from codemie.guardrails.judging import Judge
from codemie.guardrails.window import Blocked
from codemie.kernel.tools import Borrow, Citation, Tool, ToolCall, ToolResult

_WRITTEN_IN_STATE = frozenset({"content", "args"})
"""Where a paused run keeps what the model wrote, and what tools said."""


async def guarded(run: AgentRun, guard: Guarded, start: Start) -> AsyncGenerator[AgentEvent, None]:
    """The events of a run as its guardrails let them through; a blocked one ends as failed."""
    meter = Meter()
    ended: Failed | None = None
    with run.meter.metering(meter.so_far):
        try:
            admitted = replace(await _admitted(run, guard), meter=meter)
            async with aclosing(start(admitted)) as events:
                async for event in events:
                    for told in await _let_through(event, guard):
                        yield told
        except Blocked as blocked:
            ended = refused(blocked.judge)
    if ended is not None:
        yield replace(ended, spent=tuple(meter.spent))


def refused(judge: Judge) -> Failed:
    """The end of what a guardrail blocks."""
    # The code is the one of released clients that says so; the stream has a word of its own for it.
    return Failed("llm_content_policy", judge.told, details={"guardrail": judge.guardrail, "rule": judge.label})


async def _admitted(run: AgentRun, guard: Guarded) -> AgentRun:
    """The run as far as its model may read it.

    Raises:
        Blocked: it may not.
    """
    prompt = run.prompt if guard.is_admitted else await _read(run.prompt, guard, "said")
    if guard.guard.at("context") or guard.guard.at("handled"):
        run = replace(run, tools=tuple(_under(tool, guard) for tool in run.tools))
    if not guard.guard.at("context"):
        return replace(run, prompt=prompt)
    history = tuple([await _admitted_turn(turn, guard) for turn in run.history])
    return replace(run, history=history, prompt=await _read(prompt, guard))


async def _admitted_turn(turn: Turn, guard: Guarded) -> Turn:
    calls = tuple([replace(call, result=await _read(call.result, guard)) for call in turn.calls])
    return replace(turn, text=await _read(turn.text, guard), calls=calls)


async def _read(text: str, guard: Guarded, place: Place = "context") -> str:
    verdict = await guard.judged(place, text)
    if verdict.blocked:
        raise Blocked(verdict.blocked)
    return verdict.text


def _under(tool: Tool, guard: Guarded) -> Tool:
    """The tool behind its guardrails: what it is given, and what it gives. A blocked call fails, the run goes on."""

    async def screened(arguments: dict[str, Any], run: ToolCall) -> ToolResult:
        try:
            given = {name: await _handed(value, guard) for name, value in arguments.items()}
            result = await run(given)
            text = await _read(result.text, guard)
        except Blocked as blocked:
            return ToolResult(str(blocked), is_error=True)
        quoted = tuple(_quoted(citation, guard, "context") for citation in result.citations)
        return replace(result, text=text, citations=quoted)

    async def call(arguments: dict[str, Any]) -> ToolResult:
        return await screened(arguments, tool.call)

    borrows = tool.borrows
    if borrows is None:
        return replace(tool, call=call)

    async def borrow(arguments: dict[str, Any], lend: Borrow) -> ToolResult:
        return await screened(arguments, lambda given: borrows(given, lend))

    return replace(tool, call=call, borrows=borrow)


async def _handed(value: Any, guard: Guarded) -> Any:
    if not guard.guard.at("handled"):
        return value
    verdict = await guard.judged("handled", json.dumps(value, ensure_ascii=False))
    if verdict.blocked:
        raise Blocked(verdict.blocked)
    return guard.covered("handled", value)


async def _let_through(event: AgentEvent, guard: Guarded) -> Iterable[AgentEvent]:
    """What may be told of an event.

    Raises:
        Blocked: nothing, and the run ends.
    """
    told: Iterable[AgentEvent] = [event]
    match event:
        case TextDelta() if guard.guard.at("written"):
            told = _written(event, guard)
        case ModelFinished() if event.id in guard.windows:
            told = [*_rest(guard, event), event]
        case ToolStarted():
            told = [replace(event, arguments=guard.covered("written", event.arguments))]
        case ToolFinished():
            told = [_finished(event, guard)]
        case Completed():
            told = [await _completed(event, guard)]
        case Paused():
            told = [_paused(event, guard)]
        case Failed():
            told = [replace(event, citations=_all_quoted(event.citations, guard))]
        case _:
            pass
    return told


def _written(event: TextDelta, guard: Guarded) -> list[AgentEvent]:
    if event.parent is None:
        guard.stretch = event.id
    text = guard.feed(event.id, event.text)
    # Also nothing, where no more is at hand: what waits for it must leave.
    return [replace(event, text=text)] if text or not event.more else []


def _rest(guard: Guarded, event: ModelFinished) -> list[AgentEvent]:
    try:
        text = guard.finish(event.id)
    except Blocked:
        if event.final:  # its end follows at once, is blocked too, and tells what it cost
            return []
        raise
    return [TextDelta(event.id, text, parent=event.parent)] if text else []


def _finished(event: ToolFinished, guard: Guarded) -> ToolFinished:
    failure = event.failure
    if failure is not None:
        failure = replace(failure, message=guard.covered("written", failure.message))
    return replace(event, text=guard.covered("written", event.text), failure=failure)


async def _completed(event: Completed, guard: Guarded) -> Completed | Failed:
    verdict = await guard.judged("written", event.text)
    if verdict.blocked:
        return replace(refused(verdict.blocked), spent=event.spent)
    output = guard.covered("written", event.output)
    return replace(event, text=verdict.text, output=output, citations=_all_quoted(event.citations, guard))


def _paused(event: Paused, guard: Guarded) -> Paused:
    return replace(
        event,
        state=_covered_state(event.state, guard),
        calls=tuple(replace(call, arguments=guard.covered("written", call.arguments)) for call in event.calls),
        question=guard.covered("written", event.question),
        citations=_all_quoted(event.citations, guard),
    )


def _covered_state(state: str, guard: Guarded) -> str:
    """What waits is stored, so it is covered as what is stored; ids and names in it stay."""
    if not guard.guard.at("written"):
        return state

    def walked(value: Any) -> Any:
        if isinstance(value, list):
            return [walked(one) for one in cast("list[Any]", value)]
        if isinstance(value, dict):
            return {
                name: guard.covered("written", one) if name in _WRITTEN_IN_STATE else walked(one)
                for name, one in cast("dict[str, Any]", value).items()
            }
        return value

    return json.dumps(walked(json.loads(state)), ensure_ascii=False)


def _all_quoted(citations: Iterable[Citation], guard: Guarded) -> tuple[Citation, ...]:
    return tuple(_quoted(citation, guard, "written") for citation in citations)


def _quoted(citation: Citation, guard: Guarded, place: Place) -> Citation:
    return replace(citation, quote=guard.covered(place, citation.quote)) if guard.guard.at(place) else citation
