"""Reading the audit log: pages for people, exports for archives."""

import csv
import io
import json
from collections.abc import AsyncGenerator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import audit, audit_repository, policy
from codemie.identity.audit_repository import EventRow
from codemie.identity.audit_schemas import (
    AuditEvent,
    AuditPage,
    DomainOptions,
    EventQuery,
    EventView,
    ExportQuery,
    FilterOptions,
)
from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.kernel.http import Pagination

COLUMNS = tuple(EventView.model_fields)
_BATCH = 1000
# A spreadsheet takes what begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def page(session: AsyncSession, caller: Caller, query: EventQuery) -> AuditPage:
    """One page of the log.

    Raises:
        AccessDenied: the caller is neither maintainer nor auditor.
    """
    policy.require_auditor(caller)
    rows, total = await audit_repository.page(
        session, query, descending=query.sort_dir == "desc", limit=query.limit, offset=query.offset
    )
    position = Pagination.of(query.offset // query.limit, query.limit, total)
    return AuditPage(data=[AuditEvent.model_validate(row) for row in rows], pagination=position)


async def filter_options(session: AsyncSession, caller: Caller) -> FilterOptions:
    """What the log can be filtered by.

    Raises:
        AccessDenied: the caller is neither maintainer nor auditor.
    """
    policy.require_auditor(caller)
    mapping: dict[str, DomainOptions] = {}
    for domain, event_type, entity_type in await audit_repository.kinds(session):
        options = mapping.setdefault(domain, DomainOptions())
        options.event_types.append(event_type)
        if entity_type not in options.entity_types:
            options.entity_types.append(entity_type)
    return FilterOptions(
        domains=sorted(mapping),
        event_types=sorted({name for options in mapping.values() for name in options.event_types}),
        entity_types=sorted({name for options in mapping.values() for name in options.entity_types}),
        mapping=mapping,
    )


async def begin_export(session: AsyncSession, caller: Caller, query: ExportQuery) -> None:
    """Check the right to an export, and write down who takes the log away.

    Raises:
        AccessDenied: the caller is neither maintainer nor auditor.
    """
    policy.require_auditor(caller)
    conditions = query.model_dump(mode="json", exclude_defaults=True, exclude={"format"})
    audit.record(
        session,
        audit.USER_MANAGEMENT,
        "audit_log.exported",
        entity_id="activity_events",
        actor_id=caller.id,
        format=query.format,
        conditions=conditions,
    )


async def export(database: Database, query: ExportQuery) -> AsyncGenerator[str]:
    """The log as text, piece by piece; holds no transaction between two pieces, however long the reader takes."""
    yield ",".join(COLUMNS) + "\r\n" if query.format == "csv" else "["
    last, first = None, True
    while True:
        async with database.session() as session:
            rows = await audit_repository.after(session, query, last, _BATCH)
        if not rows:
            break
        last = (rows[-1].created_at, rows[-1].id)
        if query.format == "csv":
            yield _csv(rows)
        else:
            yield ("" if first else ",") + ",".join(EventView.model_validate(row).model_dump_json() for row in rows)
        first = False
    if query.format == "json":
        yield "]\n"


def _csv(rows: Sequence[EventRow]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        event = EventView.model_validate(row).model_dump(mode="json")
        writer.writerow([_cell(event[column]) for column in COLUMNS])
    return text.getvalue()


def _cell(value: object) -> str:
    shown = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
