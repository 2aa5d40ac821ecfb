"""HTTP conventions: the envelope, request ids, the second prefix, limits, declared access."""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import Depends, FastAPI

from codemie.app import create_app
from codemie.kernel.errors import ConfigurationError, InvalidInput
from codemie.kernel.http import parse_filters, public, settle_access_first
from codemie.settings import load_settings
from tests.support import Platform, free_port, serving


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"CODEMIE_FRONTEND_URL": "https://ai.example.org"}, "max-age=31536000"),
        (
            {
                "CODEMIE_FRONTEND_URL": "https://ai.example.org",
                "CODEMIE_KERNEL_STRICT_TRANSPORT_SECURITY": "max-age=600; includeSubDomains",
            },
            "max-age=600; includeSubDomains",
        ),
        ({"CODEMIE_FRONTEND_URL": "https://ai.example.org", "CODEMIE_KERNEL_STRICT_TRANSPORT_SECURITY": ""}, None),
        ({"CODEMIE_FRONTEND_URL": "http://ai.example.org"}, None),
        ({}, None),
    ],
    ids=["https", "chosen", "switched off", "http", "no address"],
)
async def test_browsers_are_told_to_stay_with_https_where_people_come_in_by_it(
    variables: dict[str, str], told: str | None
) -> None:
    transport = httpx2.ASGITransport(app=create_app(load_settings(variables)[0]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://inside") as client:
        answers = [await client.get("/health/live"), await client.get("/v1/no-such-thing")]

    assert [answer.headers.get("Strict-Transport-Security") for answer in answers] == [told, told]


def test_a_promise_to_browsers_that_they_would_not_read_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="strict_transport_security"):
        load_settings({"CODEMIE_KERNEL_STRICT_TRANSPORT_SECURITY": "always"})


async def test_every_route_is_served_under_both_prefixes(anonymous: httpx2.AsyncClient) -> None:
    for prefix in ("", "/code-assistant-api"):
        answer = await anonymous.get(f"{prefix}/v1/info")
        assert answer.json()["message"] == "Codemie"


async def test_healthcheck_has_the_exact_shape(anonymous: httpx2.AsyncClient) -> None:
    body = (await anonymous.get("/v1/healthcheck")).json()
    assert body["status"] == "healthy"
    assert {key: type(value) for key, value in body.items()} == {
        "status": str,
        "memory_usage_mb": float,
        "cpu_percent": float,
        "worker_pid": int,
    }


async def test_ready_names_every_check(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/health/ready")
    assert answer.status_code == 200
    assert [check["name"] for check in answer.json()["checks"]] == ["postgresql", "nats", "migrations"]


async def test_a_sent_request_id_comes_back_and_a_hostile_one_does_not(anonymous: httpx2.AsyncClient) -> None:
    kept = await anonymous.get("/v1/info", headers={"X-Request-ID": "trace-1"})
    replaced = await anonymous.get("/v1/info", headers={"X-Request-ID": 'x" onload="alert(1)'})
    assert kept.headers["X-Request-ID"] == "trace-1"
    assert uuid.UUID(replaced.headers["X-Request-ID"])


async def test_an_unknown_path_of_the_api_answers_with_the_envelope(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/v1/no-such-thing", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Not found"


async def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(platform: Platform) -> None:
    host, port = "127.0.0.1", platform.settings.kernel.port
    reader, writer = await asyncio.open_connection(host, port)
    size = platform.settings.kernel.max_request_bytes + 1
    writer.write(f"POST /v1/local-auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
    await writer.drain()
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), timeout=5)
    assert b"413" in head
    writer.close()


async def test_metrics_are_for_this_machine_only(anonymous: httpx2.AsyncClient) -> None:
    near = await anonymous.get("/metrics")
    far = await anonymous.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert "codemie_http_requests_total" in near.text
    assert far.status_code == 404


async def test_openapi_is_served(anonymous: httpx2.AsyncClient) -> None:
    paths = (await anonymous.get("/openapi.json")).json()["paths"]
    assert "/v1/assistants/{assistant_id}/model" in paths


def test_a_route_without_declared_access_stops_the_start() -> None:
    app = FastAPI()

    @app.get("/open", dependencies=[Depends(public)])
    def declared() -> None: ...

    @app.get("/forgotten")
    def forgotten() -> None: ...

    with pytest.raises(ConfigurationError) as refusal:
        settle_access_first(app)
    assert refusal.value.details == ["GET /forgotten"]


def test_filters_drop_empty_values_but_keep_false() -> None:
    raw = '{"search": "", "shared": false, "project": "a", "n": 0, "l": [], "x": null}'
    assert parse_filters(raw) == {"shared": False, "project": "a"}


@pytest.mark.parametrize("raw", ["{", "[1]", '"text"', "%7B"])
def test_malformed_filters_are_refused(raw: str) -> None:
    with pytest.raises(InvalidInput, match="Invalid filters"):
        parse_filters(raw)


async def test_a_missing_field_does_not_echo_the_fields_beside_it(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post("/v1/local-auth/login", json={"password": "planted-secret"})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["msg"] == "Field required"
    assert "planted-secret" not in answer.text


@pytest.fixture
async def built_page(workplace: Path, platform_environment: dict[str, str]) -> AsyncGenerator[httpx2.AsyncClient]:
    """A platform that serves a web UI of two files."""
    web = workplace / f"web-{uuid.uuid4().hex[:6]}"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html><title>CodeMie</title>")
    (web / "assets" / "main-abc123.js").write_text("// " + "x" * 4096)
    environment = {**platform_environment, "CODEMIE_KERNEL_WEB_DIR": str(web), "CODEMIE_PORT": str(free_port())}
    async with serving(environment) as platform, platform.client() as client:
        yield client


async def test_built_files_are_compressed_and_kept_and_pages_are_neither(built_page: httpx2.AsyncClient) -> None:
    script = await built_page.get("/assets/main-abc123.js")
    page = await built_page.get("/knowledge/some-id", headers={"Accept": "text/html"})
    gone = await built_page.get("/assets/main-old.js", headers={"Accept": "text/html"})
    assert script.headers["Content-Encoding"] == "gzip"
    assert "immutable" in script.headers["Cache-Control"]
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "immutable" not in gone.headers.get("Cache-Control", "")


def test_the_document_holds_what_it_refers_to_and_every_route_says_how_errors_look() -> None:
    document: Any = create_app(load_settings({})[0]).app.openapi()  # type: ignore[attr-defined]
    schemas = document["components"]["schemas"]
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    errors = [
        operation["responses"]["422"]["content"]["application/json"]["schema"]
        for path, operations in document["paths"].items()
        for operation in operations.values()
        if path.startswith("/v1/conversations")
    ]

    assert referred - set(schemas) == set()
    assert set(schemas["ErrorEnvelope"]["properties"]) == {"error"}
    assert {error["$ref"] for error in errors} == {"#/components/schemas/ErrorEnvelope"}
