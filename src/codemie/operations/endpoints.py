"""Routes of those who look after the installation."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from codemie.identity.access import SuperuserDep
from codemie.identity.authentication import CallerDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import resources
from codemie.operations import logs
from codemie.operations.client_metrics import Client
from codemie.operations.runtime import ClientMetricsDep, SelfExaminationDep, SupportBundlesDep
from codemie.operations.schemas import (
    InstallationReport,
    LogLine,
    LogQuery,
    Reported,
    ReportedEvent,
    SupportBundleOrder,
)
from codemie.operations.support_bundles import forget

router = APIRouter(prefix="/v1", tags=["operations"])


@router.post("/logs")
async def find_log_lines(request: Request, session: SessionDep, caller: SuperuserDep, body: LogQuery) -> list[LogLine]:
    """Lines of the log about one conversation, execution or request; that they were read is written down."""
    return await logs.find(session, caller, resources(request).settings.kernel.home, body)


@router.get("/admin/health/checks")
async def look_at_installation(_: SuperuserDep, examination: SelfExaminationDep) -> InstallationReport:
    """The checks of `codemiectl doctor`, made by the platform itself. One run at a time; for seconds it is kept."""
    return await examination.report()


@router.post(
    "/admin/support-bundle", response_class=FileResponse, responses={200: {"content": {"application/gzip": {}}}}
)
async def make_support_bundle(
    caller: SuperuserDep, session: SessionDep, bundles: SupportBundlesDep, body: SupportBundleOrder
) -> FileResponse:
    """A gzip archive with what support needs, without secrets and without what people wrote to assistants."""
    made = await bundles.make(session, caller, body)
    forgetting = BackgroundTask(forget, made.parent)
    return FileResponse(made, media_type="application/gzip", filename=made.name, background=forgetting)


@router.post("/metrics")
async def report_event(
    caller: CallerDep,
    metrics: ClientMetricsDep,
    body: ReportedEvent,
    client: Annotated[str | None, Header(alias="X-CodeMie-Client")] = None,
    cli: Annotated[str | None, Header(alias="X-CodeMie-CLI")] = None,
) -> Reported:
    """Count and log something a client noticed of itself."""
    name = metrics.report(caller, Client(client, cli), body.name, body.attributes or {})
    return Reported(success=True, message=f"Metric '{name}' recorded")
