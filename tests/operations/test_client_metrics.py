"""Events that clients report: counted, logged with who reported them, and bounded."""

import uuid
from typing import Any

import httpx2
import pytest
import structlog

from codemie.identity.caller import Caller
from codemie.kernel.errors import TooManyRequests
from codemie.kernel.rate_limits import RateLimit
from codemie.kernel.telemetry import REGISTRY
from codemie.operations import client_metrics
from codemie.operations.client_metrics import MAX_NAMES, MAX_TEXT, Client, ClientMetrics
from tests.conftest import MakeUser

ANN = Caller(id="1", username="ann@codemie.test", name="Ann", email="a@codemie.test")
BROWSER = Client(name=None, cli_version=None)


def counted(name: str) -> float:
    return REGISTRY.get_sample_value("codemie_client_events_total", {"name": name}) or 0


def fresh() -> str:
    return f"test_{uuid.uuid4().hex}"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is logged."""
    captured = structlog.testing.LogCapture()
    monkeypatch.setattr(client_metrics, "log", structlog.wrap_logger(None, processors=[captured]))
    return captured.entries


async def test_what_the_web_reports_is_counted_under_a_name_of_its_own(client: httpx2.AsyncClient) -> None:
    name = fresh()
    answer = await client.post("/v1/metrics", json={"name": name, "attributes": {"page": "katas"}})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert set(answer.json()) == {"success", "message"}
    assert (counted(f"frontend_{name}"), counted(name)) == (1, 0)


async def test_what_a_named_client_reports_keeps_its_name(client: httpx2.AsyncClient) -> None:
    name = fresh()
    headers = {"X-CodeMie-Client": "codemie-cli", "X-CodeMie-CLI": "0.0.50"}
    assert (await client.post("/v1/metrics", json={"name": name}, headers=headers)).status_code == 200
    assert counted(name) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": "x" * 201}, {"name": "a b"}, {"name": "a\nb"},
     {"name": "a", "attributes": {str(number): 1 for number in range(101)}}],
)  # fmt: skip
async def test_what_is_out_of_bounds_is_refused(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post("/v1/metrics", json=body)).status_code == 422


async def test_anybody_who_signed_in_may_report_and_nobody_else(
    make_user: MakeUser, anonymous: httpx2.AsyncClient
) -> None:
    user = await make_user("reporter")
    assert (await user.post("/v1/metrics", json={"name": fresh()})).status_code == 200
    assert (await anonymous.post("/v1/metrics", json={"name": fresh()})).status_code == 401


def test_who_reported_is_not_the_clients_to_say(lines: list[Any]) -> None:
    cli = Client(name="codemie-cli", cli_version="0.0.50")
    told = {"user_id": "2", "user_email": "eve", "status": "ok", "input_tokens": 7}

    ClientMetrics(RateLimit("events", 0)).report(ANN, cli, "started", told)

    assert lines[0]["metric_name"] == "started"
    assert lines[0]["attributes"] == {
        "user_id": "1", "user_name": "Ann", "user_email": "ann@codemie.test", "status": "ok", "input_tokens": 7,
        "codemie_client": "codemie-cli", "codemie_cli": "0.0.50",
    }  # fmt: skip


def test_attributes_are_short_flat_and_without_secrets(lines: list[Any]) -> None:
    told = {"long": "x" * 9000, "nested": {"a": [1]}, "api_key": "planted", "none": None}

    ClientMetrics(RateLimit("events", 0)).report(ANN, BROWSER, "opened", told)

    said = lines[0]["attributes"]
    assert (len(said["long"]), said["nested"], said["api_key"], said["none"]) == (
        MAX_TEXT, '{"a": [1]}', "********", None,
    )  # fmt: skip


def test_invented_names_do_not_become_series_without_end(lines: list[Any]) -> None:
    metrics, before = ClientMetrics(RateLimit("events", 0)), counted("other")

    for number in range(MAX_NAMES + 3):
        metrics.report(ANN, BROWSER, f"invented_{number}", {})

    assert counted("other") - before == 3
    assert len(lines) == MAX_NAMES + 3


def test_one_person_cannot_report_without_end(lines: list[Any]) -> None:
    metrics = ClientMetrics(RateLimit("reported events", 2))
    for _ in range(2):
        metrics.report(ANN, BROWSER, "opened", {})
    with pytest.raises(TooManyRequests):
        metrics.report(ANN, BROWSER, "opened", {})
    assert len(lines) == 2
