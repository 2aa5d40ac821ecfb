"""Logs, traces and metrics: structlog JSON lines with the request id, OpenTelemetry, Prometheus."""

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from codemie.kernel.settings import KernelSettings

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

REGISTRY = CollectorRegistry(auto_describe=True)
HTTP_REQUESTS = Counter(
    "codemie_http_requests_total", "HTTP requests answered.", ["method", "status"], registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "codemie_http_request_seconds",
    "Time from request to the first byte of the response.",
    ["method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
CLIENT_EVENTS = Counter("codemie_client_events_total", "Events that clients reported.", ["name"], registry=REGISTRY)
GUARDRAIL_INTERVENTIONS = Counter(
    "codemie_guardrail_interventions_total",
    "Rules of guardrails that found something: what they did, and where the text stood.",
    ["action", "place"],
    registry=REGISTRY,
)
HTTP_OPEN = Gauge("codemie_http_requests_open", "HTTP requests under way, streams included.", registry=REGISTRY)

# At DEBUG the HTTP libraries write headers, cookies included.
_NOISY = ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp.access", "uvicorn.access", "alembic.runtime.plugins")
# A planted secret in any of these keys must never reach a log line.
_SECRET_WORDS = ("password", "secret", "token", "authorization", "cookie", "api_key", "credential")


def _add_request_id(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    if (current := request_id.get()) is not None:
        event.setdefault("request_id", current)
    return event


def is_secret(key: str) -> bool:
    """Does a name say that its value must not reach a log?"""
    return any(word in key.lower() for word in _SECRET_WORDS)


def _mask_secrets(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    for key, value in event.items():
        if isinstance(value, str) and is_secret(key):
            event[key] = "********"
    return event


def configure_logging(settings: KernelSettings) -> None:
    """Write every log line, ours and the libraries', to standard error in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_request_id,
        _mask_secrets,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = settings.log_format == "json"
    final: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if not as_json:
        # The default shows what variables held: passwords.
        plain = structlog.dev.plain_traceback
        final = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error", "dbos"):
        logging.getLogger(own).handlers = []
        logging.getLogger(own).propagate = True
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger that takes an event name and key-value pairs."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def configure_tracing(settings: KernelSettings, service: str, version: str) -> bool:
    """Send spans to the collector when one is configured; says whether it does.

    The SDK costs 60 ms of import, so it is loaded only when it has something to do.
    """
    if not settings.otlp_endpoint:
        return False
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.version": version}))
    endpoint = settings.otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
    return True
