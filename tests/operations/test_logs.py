"""Administrators look into the logs that the installation keeps itself."""

import json
import shutil
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.operations import logs
from tests.conftest import MakeUser
from tests.identity.administration import SUPERUSERS, denial
from tests.support import ADMIN_EMAIL, Platform


@pytest.fixture
def folder(platform: Platform) -> Path:
    made = Path(platform.home) / "logs"
    made.mkdir(exist_ok=True)
    return made


def line(**facts: Any) -> str:
    return json.dumps({"event": "asked", "level": "info", **facts}) + "\n"


async def test_lines_of_a_request_are_found_in_every_file(
    client: httpx2.AsyncClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "api.log").write_text(
        line(request_id="r-1", timestamp="2026-01-01T00:00:02Z", path="/v1/user")
        + "no JSON, but r-1\n"
        + line(request_id="r-10", timestamp="2026-01-01T00:00:03Z")
        + line(conversation_id="r-1", timestamp="2026-01-01T00:00:04Z")
    )
    (folder / "worker.log").write_text(line(request_id="r-1", timestamp="2026-01-01T00:00:01Z"))
    body = {"field": "request_uuid", "value": "r-1"}

    found = (await client.post("/v1/logs", json=body)).json()

    assert [row["timestamp"][-3:] for row in found] == ["01Z", "02Z"]
    assert found[1]["message"] == "INFO asked request_id=r-1 path=/v1/user"
    conversation = await client.post("/v1/logs", json={"field": "conversation_id", "value": "r-1"})
    assert len(conversation.json()) == 1
    monkeypatch.setattr(logs, "MOST_LINES", 1)
    assert [row["timestamp"][-3:] for row in (await client.post("/v1/logs", json=body)).json()] == ["02Z"]


async def test_who_looked_is_written_down(client: httpx2.AsyncClient, folder: Path) -> None:
    (folder / "api.log").write_text(line(request_id="r-told", timestamp="2026-01-01T00:00:02Z"))
    await client.post("/v1/logs", json={"field": "request_uuid", "value": "r-told"})

    told = (await client.get("/v1/audit/events", params={"event_type": "log.read", "entity_id": "r-told"})).json()

    (event,) = told["data"]
    assert (event["actor_email"], event["entity_type"]) == (ADMIN_EMAIL, "log")
    assert event["attributes"] == {"field": "request_uuid", "lines": 1}


async def test_without_files_it_says_where_to_look(client: httpx2.AsyncClient, folder: Path) -> None:
    shutil.rmtree(folder)
    answer = await client.post("/v1/logs", json={"field": "request_uuid", "value": "x"})
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "No logs are kept here")


async def test_others_see_no_logs(make_user: MakeUser, client: httpx2.AsyncClient) -> None:
    plain = await make_user("curious")
    assert denial(await plain.post("/v1/logs", json={})) == (403, SUPERUSERS)
    assert (await client.post("/v1/logs", json={"field": "message", "value": "x"})).status_code == 422
