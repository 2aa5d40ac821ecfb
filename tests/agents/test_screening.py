"""A run under guard, without a model: what it is given, and what gets out of it."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from codemie.agents.events import AgentEvent, Completed, Failed, Paused, TextDelta, ToolStarted
from codemie.agents.request import AgentRun, PastCall, Turn
from codemie.agents.screening import guarded
from codemie.agents.settings import AgentsSettings
from codemie.guardrails.guard import Guarded
from codemie.kernel.tools import Citation, Tool, ToolResult

RULES: list[dict[str, Any]] = [
    {"type": "detector", "detector": "email", "action": "mask"},
    {"type": "phrase", "phrases": ["falcon"], "action": "block"},
]
ADDRESS, COVER = "ann@example.org", "[e-mail address]"


def guard(mode: str, source: str) -> Guarded:
    line = {"id": "g", "name": "Guard", "mode": mode, "source": source, "rules": RULES}
    made = Guarded.by(json.dumps([line]))
    assert made is not None
    return made


async def echo(arguments: dict[str, Any]) -> ToolResult:
    quote = Citation("s", "i", "n", "c", f"quoted {ADDRESS}")
    return ToolResult(f"said {arguments['text']}, from {ADDRESS}", (quote,))


def run(**fields: Any) -> AgentRun:
    tool = Tool("echo", "Echoes", {"type": "object"}, echo)
    model: Any = None
    return AgentRun(
        model, "", fields.pop("prompt", "Hello"), AgentsSettings.model_validate({}), tools=(tool,), **fields
    )


async def outcome(asked: AgentRun, over: Guarded, *events: AgentEvent) -> tuple[list[AgentRun], list[AgentEvent]]:
    """What a run that tells these events is given, and what gets out."""
    given: list[AgentRun] = []

    async def start(admitted: AgentRun) -> AsyncGenerator[AgentEvent, None]:
        given.append(admitted)
        for event in events:
            yield event

    return given, [event async for event in guarded(asked, over, start)]


async def test_results_of_tools_are_judged_before_the_model_reads_them() -> None:
    (admitted,), _ = await outcome(run(), guard("all", "input"), Completed("done"))

    result = await admitted.tools[0].call({"text": "hi"})
    assert result.text == f"said hi, from {COVER}"
    assert result.citations[0].quote == f"quoted {COVER}"
    blocked = await admitted.tools[0].call({"text": "falcon"})
    assert blocked.is_error
    assert blocked.text.startswith("Blocked by the guardrail 'Guard'")


async def test_what_a_model_hands_to_tools_is_judged_before_they_get_it() -> None:
    (admitted,), _ = await outcome(run(), guard("all", "output"), Completed("done"))

    assert (await admitted.tools[0].call({"text": f"to {ADDRESS}"})).text.startswith(f"said to {COVER}")
    assert (await admitted.tools[0].call({"text": "a falcon"})).is_error


async def test_filtered_guardrails_leave_tools_to_the_model() -> None:
    (admitted,), _ = await outcome(run(), guard("filtered", "both"), Completed("done"))

    assert ADDRESS in (await admitted.tools[0].call({"text": "falcon"})).text


async def test_a_task_for_a_sub_assistant_is_judged_like_what_a_person_says() -> None:
    given, (ended,) = await outcome(run(prompt="Find the falcon"), guard("filtered", "input"), Completed("done"))

    assert given == []
    assert isinstance(ended, Failed)
    assert ended.details["guardrail"] == "Guard"


async def test_everything_the_model_reads_is_judged_where_all_is_asked_for() -> None:
    call = PastCall("1", "echo", {}, f"from {ADDRESS}")
    asked = run(history=(Turn("assistant", f"I am {ADDRESS}", (call,)),), prompt=f"{ADDRESS} asks")

    (admitted,), _ = await outcome(asked, guard("all", "input"), Completed("done"))

    assert admitted.prompt == f"{COVER} asks"
    assert (admitted.history[0].text, admitted.history[0].calls[0].result) == (f"I am {COVER}", f"from {COVER}")


async def test_what_waits_for_a_person_is_covered_where_it_is_shown_and_where_it_is_kept() -> None:
    state = json.dumps({"messages": [{"tool_call_id": "0301 2345678", "content": f"ask {ADDRESS}", "args": [ADDRESS]}]})
    call = ToolStarted("1", "echo", "Echo", {"to": ADDRESS})

    _, (paused,) = await outcome(run(), guard("filtered", "output"), Paused(state, (call,), {"text": ADDRESS}))

    assert isinstance(paused, Paused)
    assert (paused.calls[0].arguments, paused.question) == ({"to": COVER}, {"text": COVER})
    kept = json.loads(paused.state)["messages"][0]
    assert kept == {"tool_call_id": "0301 2345678", "content": f"ask {COVER}", "args": [COVER]}


async def test_an_object_is_covered_like_text() -> None:
    completed = Completed(json.dumps({"to": ADDRESS}), output={"to": [ADDRESS]})

    _, (ended,) = await outcome(run(), guard("filtered", "output"), completed)

    assert isinstance(ended, Completed)
    assert (ended.output, json.loads(ended.text)) == ({"to": [COVER]}, {"to": COVER})


async def test_a_blocked_stretch_ends_the_run_before_it_is_told() -> None:
    written = [TextDelta("s", "the fal"), TextDelta("s", "con flies and flies and flies")]

    _, told = await outcome(run(), guard("filtered", "output"), *written, Completed("the falcon flies"))

    assert "".join(event.text for event in told if isinstance(event, TextDelta)).strip() in {"", "the"}
    assert isinstance(told[-1], Failed)
