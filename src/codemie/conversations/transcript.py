"""Listens to a run and remembers what is kept of it: text, thoughts, tool errors, citations, cost."""

import time
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from codemie.agents.events import (
    AgentEvent,
    Completed,
    Ending,
    Failed,
    ModelFinished,
    ModelStarted,
    Paused,
    Spent,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from codemie.conversations import thoughts
from codemie.conversations.surfaces import spoken
from codemie.conversations.tables import MessageStatus
from codemie.conversations.thoughts import Thought
from codemie.conversations.turn_records import FinishedReply
from codemie.kernel.database import new_id
from codemie.models.usage import Usage

ErrorDetail = Literal["minimal", "standard", "full"]

INTERRUPTED = "The reply was interrupted: the client closed the connection."
STOPPED = "The reply was interrupted: the server was stopped."
STOPPED_BY_PERSON = "The reply was interrupted: it was stopped by the person who asked."


class Transcript:
    """One reply as it grows.

    Attributes:
        text: the whole answer once the run has ended; after a failure what there was of it, then the error.
        status: how the reply ended, `running` until then.
        remark: why it was interrupted, if it was.
        model: which model writes it; another one than was asked where that one failed.
    """

    def __init__(self, earlier: Iterable[Thought] = ()) -> None:
        self.started = time.perf_counter()
        self.status: MessageStatus = "running"
        self.text = ""
        self.output: Any = None
        self.failure: Failed | None = None
        self.paused: Paused | None = None
        self.remark: Thought | None = None
        self.model: str | None = None
        self.thoughts: list[Thought] = list(earlier)
        self.citations: list[dict[str, Any]] = []
        self.spent: tuple[Spent, ...] = ()
        self._writing: list[str] = []
        self._below: dict[str, list[str]] = {}
        self._calls: dict[str, ToolStarted] = {}
        self._running: set[str] = set()
        self._began: dict[str, float] = {}
        self._tool_errors: list[tuple[ToolFinished, str]] = []

    def take(self, event: AgentEvent) -> None:
        """Remember what the event says."""
        match event:
            case TextDelta(id=stretch, text=text, parent=parent):
                (self._writing if parent is None else self._below[stretch]).append(text)
            case ModelStarted(id=stretch, parent=parent, instead=instead):
                started = list[str]()
                if parent is None:
                    self._writing = started
                    self.model = instead or self.model
                else:
                    self._below[stretch] = started
            case ModelFinished():
                self._take_text(event)
            case ToolStarted():
                self._calls[event.id] = event
                self._running.add(event.id)
                self._began[event.id] = time.perf_counter()
            case ToolFinished():
                self._take_tool(event)
            case Completed() | Failed() | Paused():
                self._take_end(event)

    @property
    def partial(self) -> str:
        """What has been written of the answer so far."""
        return "".join(self._writing)

    @property
    def is_over(self) -> bool:
        """Whether the reply has ended, one way or another."""
        return self.status != "running"

    @property
    def usage(self) -> Usage:
        """Tokens of all models that took part."""
        return sum((spent.usage for spent in self.spent), Usage())

    @property
    def seconds(self) -> float:
        """Time since the turn began."""
        return time.perf_counter() - self.started

    def interrupt(self, why: str, spent: Iterable[Spent] = ()) -> None:
        """The reply ends here, unfinished: keep what there is and what it has cost, and say why."""
        if self.is_over:
            return
        self.status = "interrupted"
        self.text = self.partial
        self.spent = (*self.spent, *spent)
        self._cut_off_calls()
        self.remark = thoughts.remark(new_id(), why)
        self.thoughts.append(self.remark)

    def arguments(self, call_id: str) -> dict[str, Any]:
        """What a tool was called with."""
        call = self._calls.get(call_id)
        return call.arguments if call else {}

    def finished(self, event: ToolFinished) -> Thought:
        """The thought of a call that has ended."""
        began = self._began.get(event.id)
        seconds = None if began is None else time.perf_counter() - began
        return thoughts.tool_finished(event, self.arguments(event.id), seconds)

    def tool_errors(self, level: ErrorDetail) -> list[dict[str, Any]]:
        """Failed tool calls, in as much detail as the caller asked for."""
        return [_tool_error(event, moment, level) for event, moment in self._tool_errors]

    def kept(self) -> FinishedReply:
        """The reply as it is stored."""
        return FinishedReply(
            message=self.text,
            status=self.status,
            error_code=told_as(self.failure) if self.failure else None,
            thoughts=self.thoughts,
            citations=self.citations,
            interactive_request=self.paused.question if self.paused else None,
            seconds=self.seconds,
            file_names=thoughts.picture_tokens(self.thoughts),
            model=self.model,
        )

    def _take_text(self, event: ModelFinished) -> None:
        written = self._writing if event.parent is None else self._below.pop(event.id, [])
        if event.final and event.parent is None:
            return  # the answer itself
        if written:
            text = "".join(written)
            self.thoughts.append(thoughts.model_thought(event.id, text, in_progress=False, parent=event.parent))
        if event.parent is None:
            self._writing = []

    def _take_tool(self, event: ToolFinished) -> None:
        self.thoughts.append(self.finished(event))
        self._running.discard(event.id)
        if event.failure is not None:
            self._tool_errors.append((event, datetime.now(UTC).isoformat()))

    def _cut_off_calls(self) -> None:
        """Calls that have not come back are kept as cut off: they may have had their effect."""
        self.thoughts += (
            {**thoughts.tool_started(call), "in_progress": False, "aborted": True}
            for call in self._calls.values()
            if call.id in self._running
        )
        self._running.clear()

    def _take_end(self, event: Ending) -> None:
        if not isinstance(event, Paused):
            self._cut_off_calls()
        match event:
            case Completed():
                self.text, self.output, self.status = event.text, event.output, "complete"
            case Failed():
                self.failure, self.status = event, "failed"
                # What a guardrail blocks is not kept, nor what led to it.
                written = "" if "guardrail" in event.details else self.partial
                self.text = "\n\n".join(part for part in (written, event.message) if part)
            case Paused():
                self.paused = event
                self.text = self.partial or (spoken(event.question) if event.question else "")
                self.status = "waiting" if event.calls else "complete"
                self.thoughts += map(thoughts.tool_waiting, event.calls)
        self.spent = (*self.spent, *event.spent)
        self.citations = [asdict(citation) for citation in event.citations]


def told_as(failure: Failed) -> str:
    """The protocol has a word for guardrails, in streams and in what is stored; elsewhere clients know codes alone."""
    return "guardrails" if "guardrail" in failure.details else failure.code


def _tool_error(event: ToolFinished, moment: str, level: ErrorDetail) -> dict[str, Any]:
    failure = event.failure
    if failure is None:
        return {}
    # The SDK requires `timestamp` at every level, although the servers it grew up with left it out of some.
    error: dict[str, Any] = {
        "tool_name": event.name,
        "error_code": failure.code,
        "message": failure.message,
        "timestamp": moment,
    }
    if level != "minimal":
        error |= {"tool_call_id": event.id, "http_status": failure.status}
    if level == "full":
        error["details"] = {"output": event.text[:2000]}
    return error
