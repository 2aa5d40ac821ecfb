"""The seam between those who offer abilities and those who use them.

Knowledge search, toolkits, plugins, MCP servers and sub-assistants all produce a `Tool`;
the agent loop and workflow tool-nodes consume it. Neither side knows the other.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a passage came from, precisely enough to open it.

    Lines and pages count from 1. `number` is what the reply calls it (`[1]`); the agent loop assigns it,
    so that numbers are unique within one run.
    """

    source: str
    index_id: str
    index_name: str
    chunk_id: str
    quote: str
    title: str | None = None
    start_line: int | None = None
    end_line: int | None = None
    page: int | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture a tool gives back; shown to models that see. `address` is where people find it, once it is kept."""

    media_type: str
    content: bytes
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gives back to the model. The text is untrusted: it may carry somebody's instructions.

    Args:
        text: what the model reads.
        citations: passages it comes from.
        is_error: whether the call failed.
        status: the HTTP status of the system that refused, for whoever tells failures apart.
        advice_of: names a source whose instructions were chosen for this run, but are neither ours nor its author's:
            the model may follow them for what they are for, and no further. Only a trusted tool can say so.
        pictures: shown to models that see.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    is_error: bool = False
    status: int | None = None
    advice_of: str | None = None
    pictures: tuple[Picture, ...] = ()


class NotLent(Exception):
    """A tool that another tool wanted to call did not do what it was asked for.

    Args:
        code: why, for programs.
        message: the same for people.
        retryable: whether the same call may succeed later.
        may_have_run: whether it may have had its effect.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False, may_have_run: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable
        self.may_have_run = may_have_run


Effect = Literal["reads", "writes", "destroys"]
"""What a call leaves behind outside: nothing; something that can be taken back; something that is gone."""

ToolCall = Callable[[dict[str, Any]], Awaitable[ToolResult]]
Borrow = Callable[[str, object], Awaitable[str]]
"""Calls another tool of the same run by its name, with arguments nobody has checked: what it said, or `NotLent`."""
BorrowingCall = Callable[[dict[str, Any], Borrow], Awaitable[ToolResult]]


@dataclass(frozen=True, slots=True)
class Tool:
    """One ability a model may call.

    Args:
        name: what the model calls it; `[a-zA-Z0-9_-]{1,64}`.
        description: when and how to use it, for the model.
        parameters: JSON Schema of the arguments object.
        call: runs it with validated arguments; raises `CodeMieError` for failures worth telling.
        label: what people read; from the name when absent.
        place: the machine that it runs on, for people; None where it is no machine of somebody's.
        timeout_seconds: after this the call is cancelled and counts as failed.
        trusted: its results are instructions of ours or of the assistant's author, which the model may follow; they are
            not marked as untrusted.
        effect: the most a call can do outside, so that policy may ask for approval.
        weigh: what a call with certain arguments does, where that differs.
        asks: tells of arguments whether a person has to allow the call, whatever was agreed for the assistant.
        output_tokens: how long its result may be, where that differs from what is usual.
        borrows: runs it instead of `call` where it can call other tools of the run; such a tool is itself never lent.
        lendable: whether such a tool may call this one.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    call: ToolCall
    label: str | None = None
    place: str | None = None
    timeout_seconds: float = 60.0
    effect: Effect = "reads"
    weigh: Callable[[dict[str, Any]], Effect] | None = None
    asks: Callable[[dict[str, Any]], bool] | None = None
    output_tokens: int | None = None
    trusted: bool = False
    borrows: BorrowingCall | None = None
    lendable: bool = False

    @property
    def display_name(self) -> str:
        """`search_kb` → `Search Kb`: what clients compare thoughts with."""
        return self.label or self.name.replace("_", " ").title()

    def effect_of(self, arguments: dict[str, Any]) -> Effect:
        """What a call with these arguments does outside."""
        return self.weigh(arguments) if self.weigh is not None else self.effect
