"""Answers of whoever indexes outside: with the right one-time password, once, and nothing else."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel import row_security
from codemie.knowledge import callbacks, repository
from tests.knowledge.sources import fresh_name, indexed, upload
from tests.support import Platform, until

OTP = "X-Callback-OTP"


@pytest.fixture
async def source(client: httpx2.AsyncClient) -> dict[str, Any]:
    """An indexed data source."""
    name = fresh_name("outside")
    assert (await upload(client, [("a.md", b"# Outside")], name=name)).status_code == 200
    return await indexed(client, name)


async def expected(platform: Platform, source_id: str) -> str:
    """Let the data source wait for an answer."""
    with row_security.system("test"):
        async with platform.resources.database.session() as session:
            row = await repository.find_unchecked(session, source_id, lock=True)
            assert row is not None
            return callbacks.expect(row)


async def answered(client: httpx2.AsyncClient, source_id: str, otp: str | None, **body: Any) -> httpx2.Response:
    headers = {} if otp is None else {OTP: otp}
    return await client.post(f"/v1/callbacks/index/{source_id}", json={"status": "Completed", **body}, headers=headers)


async def state(client: httpx2.AsyncClient, source_id: str) -> tuple[bool, bool, bool, str]:
    row = (await client.get(f"/v1/index/{source_id}")).json()
    return row["completed"], row["error"], row["is_fetching"], row["text"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"status": "Completed"}, (True, False, False, "")),
        ({"status": "Error", "errors": "no disk\x00"}, (False, True, False, "no disk")),
        ({"status": "Error"}, (False, True, False, "Indexing failed outside")),
        ({"status": "Cancelled", "errors": "?"}, (False, True, False, "Indexing was cancelled")),
    ],
)
async def test_an_answer_settles_the_data_source(
    client: httpx2.AsyncClient,
    anonymous: httpx2.AsyncClient,
    platform: Platform,
    source: dict[str, Any],
    body: dict[str, Any],
    wanted: tuple[bool, bool, bool, str],
) -> None:
    otp = await expected(platform, source["id"])
    assert (await state(client, source["id"]))[2] is True

    answer = await answered(anonymous, source["id"], otp, **body)

    assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert await state(client, source["id"]) == wanted


async def test_a_password_is_good_once_even_at_the_same_time(
    anonymous: httpx2.AsyncClient, platform: Platform, source: dict[str, Any]
) -> None:
    otp = await expected(platform, source["id"])
    answers = await asyncio.gather(*(answered(anonymous, source["id"], otp) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]


async def test_nothing_sent_is_not_what_nothing_is_waited_for(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, source: dict[str, Any]
) -> None:
    for otp in (None, "", "None", "null"):
        assert (await answered(anonymous, source["id"], otp)).status_code == 403
    assert await state(client, source["id"]) == (True, False, False, "")


async def test_a_wrong_password_changes_nothing_and_is_written_down(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, platform: Platform, source: dict[str, Any]
) -> None:
    otp = await expected(platform, source["id"])
    for wrong in ("x" * 43, otp[:-1], otp + "x"):
        assert (await answered(anonymous, source["id"], wrong)).status_code == 403
    told = text(
        "SELECT count(*) FROM activity_events WHERE event_type = 'credential.refused'"
        " AND attributes->>'method' = 'callback'"
    )

    async def written() -> bool:
        async with platform.resources.database.session() as session:
            return bool(await session.scalar(told))

    await until(written, what="the refusal in the audit log")
    assert (await answered(anonymous, source["id"], otp, status="Done")).status_code == 400
    assert (await answered(anonymous, source["id"], otp)).status_code == 200, "a wrong status costs nothing"


async def test_an_unknown_data_source_is_404(anonymous: httpx2.AsyncClient) -> None:
    assert (await answered(anonymous, "no-such-source", "x")).status_code == 404


async def test_the_password_is_kept_nowhere(platform: Platform, source: dict[str, Any]) -> None:
    otp = await expected(platform, source["id"])
    with row_security.system("test"):
        async with platform.resources.database.session() as session:
            row = await session.scalar(
                text("SELECT data_sources::text FROM data_sources WHERE id = :id"), {"id": source["id"]}
            )
    assert row
    assert otp not in row


async def test_guessing_is_slowed_down(
    anonymous: httpx2.AsyncClient, platform: Platform, source: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = platform.resources.knowledge.callback_limit
    monkeypatch.setattr(limit, "_per_minute", 3)
    limit._buckets.clear()
    statuses = [(await answered(anonymous, source["id"], "x")).status_code for _ in range(5)]
    assert statuses == [403] * 3 + [429] * 2
    limit._buckets.clear()
