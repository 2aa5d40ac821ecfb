"""Routes of those who look after the installation."""

from fastapi import APIRouter, Request

from codemie.identity.access import SuperuserDep
from codemie.kernel.http import resources
from codemie.operations import logs
from codemie.operations.schemas import LogLine, LogQuery

router = APIRouter(prefix="/v1", tags=["operations"])


@router.post("/logs")
async def find_log_lines(request: Request, caller: SuperuserDep, body: LogQuery) -> list[LogLine]:
    """Lines of the log about one conversation, execution or request."""
    return await logs.find(caller, resources(request).settings.kernel.home, body)
