"""A run that waits for a person: what is kept of it, and how it goes on. Imports pydantic-ai: import late.

What is kept says what was about to be done, arguments included, so that a person allows exactly what will run.
"""

from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic_ai import DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied
from pydantic_ai.messages import ModelMessage

from codemie.agents.events import Paused, ToolStarted
from codemie.agents.request import Resumption
from codemie.kernel.tools import Citation

DENIED = "Tool call was denied by the user."
"""Clients look for exactly this text."""
_UNANSWERED = "The person has not answered this. Ask again if the answer still matters."


@dataclass
class _State:
    """The JSON of a paused run. `approvals` holds, by call id, the state of a sub-assistant that waits, or nothing."""

    __pydantic_config__ = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")  # for pictures

    messages: list[ModelMessage]
    approvals: dict[str, str | None]
    questions: list[str]
    citations: list[Citation]


_STATE = TypeAdapter(_State)


class SubRunPaused(Exception):
    """A sub-assistant waits for a person, and so does the run that called it."""

    def __init__(self, paused: Paused) -> None:
        super().__init__("A sub-assistant waits for a person")
        self.paused = paused


def metadata_of(paused: Paused) -> dict[str, Any]:
    """What a waiting sub-assistant leaves with the call that started it."""
    return {"state": paused.state, "calls": [asdict(call) for call in paused.calls]}


def paused(
    requests: DeferredToolRequests,
    messages: list[ModelMessage],
    citations: tuple[Citation, ...],
    told: dict[str, ToolStarted],
) -> Paused:
    """The end of a run whose last step needs a person; `told` is how each call was announced."""
    approvals: dict[str, str | None] = {}
    calls: list[ToolStarted] = []
    for call in requests.approvals:
        left = requests.metadata.get(call.tool_call_id) or {}
        approvals[call.tool_call_id] = left.get("state")
        calls += [ToolStarted(**inner) for inner in left.get("calls", ())] or [told[call.tool_call_id]]
    questions = [call.tool_call_id for call in requests.calls]
    surfaces = [requests.metadata[call_id]["surface"] for call_id in questions]
    state = _STATE.dump_json(_State(messages, approvals, questions, list(citations))).decode()
    question = {"request_id": questions[0], "surface": surfaces[0]} if questions and not calls else None
    return Paused(state, tuple(calls), question, citations=citations)


@dataclass(frozen=True)
class Resumed:
    """A paused run as pydantic-ai takes it up again."""

    messages: list[ModelMessage]
    results: DeferredToolResults
    citations: list[Citation]


def resumed(resumption: Resumption) -> Resumed:
    """The run as it was left, with what the person decided."""
    state = _STATE.validate_json(resumption.state)
    results = DeferredToolResults()
    for call_id, sub_state in state.approvals.items():
        if sub_state is not None:  # the sub-assistant goes on and learns the decision itself
            results.approvals[call_id] = ToolApproved()
            results.metadata[call_id] = {"state": sub_state, "decision": resumption.decision}
        else:
            results.approvals[call_id] = ToolApproved() if resumption.decision == "allow" else ToolDenied(DENIED)
    for place, call_id in enumerate(state.questions):
        answered = resumption.decision == "answer" and place == 0
        results.calls[call_id] = resumption.answer if answered else _UNANSWERED
    return Resumed(list(state.messages), results, state.citations)
