"""The wire models of looking after the installation."""

from typing import Any, Literal

from pydantic import Field

from codemie.checks.report import Status
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


class SupportBundleOrder(WireModel):
    """What a bundle for support is to say, and how far back its logs go."""

    issue: str = Field(min_length=1, max_length=20_000)
    steps: str = Field(default="", max_length=20_000)
    hours: int = Field(default=24, ge=1, le=24 * 14)


class InstallationEvidence(WireModel):
    """Something a check saw."""

    source: str
    value: str


class InstallationCheck(WireModel):
    """A check, what it found, and what it is for."""

    id: str
    phase: str
    severity: str
    faq: list[str]
    status: Status
    title: str
    detail: str
    evidence: list[InstallationEvidence]
    remedy: list[str]
    duration_ms: int
    broken: bool = False
    symptom: str
    cause: str


class InstallationReport(WireModel):
    """A report of `codemiectl doctor`, schema `codemiectl.report/1`; each check tells symptom and cause beside."""

    format: str = Field(alias="schema")
    command: str
    version: str
    started: str
    duration_ms: int
    target: dict[str, str]
    summary: dict[str, int]
    checks: list[InstallationCheck]
