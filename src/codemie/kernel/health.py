"""Health: alive (this process runs), ready (what it stands on answers), and the check clients know."""

import asyncio
import os
from hmac import compare_digest
from typing import Any

import psutil
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool

from codemie import __version__
from codemie.kernel import migration
from codemie.kernel.database import DatabaseDep
from codemie.kernel.error_responses import ERROR_MODEL
from codemie.kernel.errors import CodeMieError, NotFound
from codemie.kernel.http import Public, WireModel, resources
from codemie.kernel.messaging import MessagingDep
from codemie.kernel.telemetry import REGISTRY

router = APIRouter(tags=["health"], responses=ERROR_MODEL)

_PROCESS = psutil.Process(os.getpid())
_LOOPBACK = ("127.0.0.1", "::1")


class Info(WireModel):
    """What this is."""

    message: str
    version: str
    description: str


@router.get("/v1/info", dependencies=[Public])
async def info() -> Info:
    """Name and version, for clients that want to know whom they talk to."""
    return Info(message="Codemie", version=__version__, description="Self-hosted enterprise AI platform")


@router.get("/v1/healthcheck", dependencies=[Public])
async def healthcheck() -> dict[str, Any]:
    """The check official clients make; says only that this process answers."""
    memory = await run_in_threadpool(_PROCESS.memory_info)
    return {
        "status": "healthy",
        "memory_usage_mb": round(memory.rss / 2**20, 2),
        "cpu_percent": _PROCESS.cpu_percent(interval=None),
        "worker_pid": _PROCESS.pid,
    }


@router.get("/health/live", dependencies=[Public])
async def live() -> dict[str, str]:
    """Whether this process runs: restart it when not."""
    return {"status": "live"}


@router.get("/health/ready", dependencies=[Public])
async def ready(database: DatabaseDep, messaging: MessagingDep) -> JSONResponse:
    """Whether PostgreSQL, NATS and the schema are there: send no traffic when not."""
    checks = await asyncio.gather(
        _check("postgresql", database.ping(), "Check that PostgreSQL runs and that CODEMIE_DATABASE_URL is right."),
        _check("nats", _nats(messaging), "Check that NATS runs and that CODEMIE_NATS_URL is right."),
        _check("migrations", _migrations(database), "Run: codemiectl migrate"),
    )
    good = all(check["ok"] for check in checks)
    return JSONResponse(
        {"status": "ready" if good else "not ready", "checks": checks}, status_code=200 if good else 503
    )


@router.get("/metrics", dependencies=[Public], include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Prometheus metrics: for this machine, or for whoever knows `kernel.metrics_token`."""
    token = resources(request).settings.kernel.metrics_token
    given = request.headers.get("authorization", "")
    allowed = (
        compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()) if token else _local(request)
    )
    if not allowed:
        raise NotFound(details="No such page.")
    return PlainTextResponse(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _local(request: Request) -> bool:
    # A proxy on this machine makes everybody look local, so a forwarded request never is.
    return bool(request.client) and request.client.host in _LOOPBACK and "x-forwarded-for" not in request.headers


async def _check(name: str, attempt: Any, remedy: str) -> dict[str, Any]:
    try:
        await attempt
    except CodeMieError as error:
        return {"name": name, "ok": False, "error": error.message, "help": remedy}
    return {"name": name, "ok": True}


async def _nats(messaging: Any) -> None:
    messaging.ping()


async def _migrations(database: Any) -> None:
    async with database.session() as session:
        await migration.refuse_unmigrated(session)
