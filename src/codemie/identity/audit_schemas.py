"""The wire models of the audit log."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from codemie.kernel.http import Page, WireModel


class EventView(WireModel):
    """One line of the audit log, with who did it."""

    id: str
    domain: str
    event_type: str
    entity_type: str
    entity_id: str
    actor_id: str | None
    actor_email: str | None
    actor_name: str | None
    attributes: dict[str, Any]
    created_at: datetime


class AuditEvent(EventView):
    """The same with the name of the user it happened to, which the protocol's own route does not tell."""

    entity_name: str | None


class EventConditions(WireModel):
    """Which lines are meant; lists mean any of."""

    actor_id: str | None = Field(default=None, max_length=255)
    domain: list[str] = Field(default_factory=list[str], max_length=50)
    event_type: list[str] = Field(default_factory=list[str], max_length=100)
    entity_type: list[str] = Field(default_factory=list[str], max_length=50)
    entity_id: str | None = Field(default=None, max_length=255)
    # The protocol says `from` and `to`; one is a word of Python.
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")

    @field_validator("since", "until")
    @classmethod
    def _storable(cls, moment: datetime | None) -> datetime | None:
        """At the ends of the calendar a time zone leads out of what can be stored."""
        if moment is not None and not 1900 <= moment.year <= 9000:
            raise ValueError("must be a year from 1900 to 9000")
        return moment


class EventQuery(EventConditions):
    """A page of the log."""

    sort_dir: Literal["asc", "desc"] = "desc"
    limit: int = Field(default=50, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=10_000_000)


class ExportQuery(EventConditions):
    """The whole log, or what the conditions leave of it, oldest first."""

    format: Literal["csv", "json"] = "csv"


EventPage = Page[EventView]
AuditPage = Page[AuditEvent]


class DomainOptions(WireModel):
    event_types: list[str] = Field(default_factory=list[str])
    entity_types: list[str] = Field(default_factory=list[str])


class FilterOptions(WireModel):
    """What the log can be filtered by, as far as it has happened here."""

    domains: list[str]
    event_types: list[str]
    entity_types: list[str]
    mapping: dict[str, DomainOptions]
