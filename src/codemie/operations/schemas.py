"""The wire models of looking into the logs."""

from typing import Any, Literal

from pydantic import Field

from codemie.kernel.http import WireModel
from codemie.operations.client_metrics import MAX_ATTRIBUTES


class LogQuery(WireModel):
    """Which lines: those with this value in this field."""

    field: Literal["conversation_id", "execution_id", "request_uuid"]
    value: str = Field(min_length=1, max_length=200)


class LogLine(WireModel):
    """One line of the log."""

    message: str
    timestamp: str | None = None


class ReportedEvent(WireModel):
    """Something a client noticed of itself."""

    name: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.:/-]+$")
    attributes: dict[str, Any] | None = Field(default=None, max_length=MAX_ATTRIBUTES)


class Reported(WireModel):
    """The answer clients look for."""

    success: bool
    message: str
