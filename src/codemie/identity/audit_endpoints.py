"""Routes of the audit log.

The protocol's `/v1/admin/activity-events` is for maintainers; the same under `/v1/audit`, and the export, is ours and
also for auditors, whom the protocol does not let in there.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from codemie.identity import audit_log
from codemie.identity.access import AuditorDep, MaintainerDep
from codemie.identity.audit_schemas import AuditPage, EventPage, EventQuery, ExportQuery, FilterOptions
from codemie.kernel.database import DatabaseDep, SessionDep

router = APIRouter(tags=["audit log"])

_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@router.get("/v1/admin/activity-events", response_model=EventPage)
async def activity_events(
    caller: MaintainerDep, query: Annotated[EventQuery, Query()], session: SessionDep
) -> AuditPage:
    """Who did what, newest first."""
    return await audit_log.page(session, caller, query)


@router.get("/v1/admin/activity-events/filter-options")
async def activity_filter_options(caller: MaintainerDep, session: SessionDep) -> FilterOptions:
    """What the log can be filtered by."""
    return await audit_log.filter_options(session, caller)


@router.get("/v1/audit/events")
async def audit_events(caller: AuditorDep, query: Annotated[EventQuery, Query()], session: SessionDep) -> AuditPage:
    """Who did what, newest first."""
    return await audit_log.page(session, caller, query)


@router.get("/v1/audit/filter-options")
async def audit_filter_options(caller: AuditorDep, session: SessionDep) -> FilterOptions:
    """What the log can be filtered by."""
    return await audit_log.filter_options(session, caller)


@router.get("/v1/audit/export")
async def export_audit_log(
    caller: AuditorDep, query: Annotated[ExportQuery, Query()], session: SessionDep, database: DatabaseDep
) -> StreamingResponse:
    """The log as CSV or JSON, oldest first, streamed."""
    await audit_log.begin_export(session, caller, query)
    name = f"codemie-audit.{query.format}"
    return StreamingResponse(
        audit_log.export(database, query),
        media_type=_MEDIA_TYPES[query.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
