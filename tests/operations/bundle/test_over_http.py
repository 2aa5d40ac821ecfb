"""Administrators without a terminal get the same archive over HTTP."""

import asyncio
import io
import json
import tarfile

import httpx2

from tests.conftest import MakeUser

ORDER = {"issue": "Nothing answers. Ask ada@example.org.", "steps": "Restarted it.", "hours": 2}


def texts(packed: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {
            member.name.partition("/")[2]: file.read().decode()
            for member in archive.getmembers()
            if (file := archive.extractfile(member))
        }


async def test_an_administrator_gets_an_archive_and_that_is_written_down(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/admin/support-bundle", json=ORDER, timeout=170)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/gzip"), answer.text
    held = texts(answer.content)
    assert {"manifest.json", "issue.md", "steps.md", "environment.json", "config/settings.json"} <= held.keys()
    assert "Nothing answers" in held["issue.md"]
    assert "ada@example.org" not in held["issue.md"]
    assert json.loads(held["manifest.json"])["schema"] == "codemiectl.support-bundle/1"
    name = answer.headers["content-disposition"].partition('filename="')[2].rstrip('"')
    told = (await client.get("/v1/audit/events", params={"event_type": "support_bundle.made"})).json()["data"]
    assert name in [event["entity_id"] for event in told]


async def test_two_at_once_are_one_too_many(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/admin/support-bundle", json=ORDER, timeout=170) for _ in range(2))
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_it_is_refused_to_others_and_without_words(client: httpx2.AsyncClient, make_user: MakeUser) -> None:
    somebody = await make_user("curious")

    assert (await somebody.post("/v1/admin/support-bundle", json=ORDER)).status_code == 403
    assert (await client.post("/v1/admin/support-bundle", json={"issue": ""})).status_code == 422
