"""The wire models of looking into the logs."""

from typing import Literal

from pydantic import Field

from codemie.kernel.http import WireModel


class LogQuery(WireModel):
    """Which lines: those with this value in this field."""

    field: Literal["conversation_id", "execution_id", "request_uuid"]
    value: str = Field(min_length=1, max_length=200)


class LogLine(WireModel):
    """One line of the log."""

    message: str
    timestamp: str | None = None
