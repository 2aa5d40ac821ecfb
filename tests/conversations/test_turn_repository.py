"""The chat's own SQL when turns meet, and when the database goes away under them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from codemie.conversations.driver import Driver
from codemie.conversations.heartbeat import Heartbeat
from codemie.conversations.live import LiveReply
from codemie.conversations.transcript import Transcript
from codemie.conversations.turn_records import Charge, NewTurn, Place
from codemie.conversations.turn_repository import TurnRepository
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import Unavailable
from codemie.kernel.row_security import Reach
from tests.conversations.chatting import new_conversation
from tests.conversations.rows import messages
from tests.support import until


@pytest.fixture
async def turns(postgres_url: str) -> AsyncIterator[TurnRepository]:
    driver = await Driver.connect(postgres_url, 8)
    yield TurnRepository(driver)
    await driver.close()


@pytest.fixture(autouse=True)
def asking() -> Iterator[None]:
    """The person of `question` asks."""
    with row_security.acting(Reach("own projects", "u")):
        yield


def question(conversation: str, history_index: int | None = None) -> NewTurn:
    return NewTurn(conversation, "u", "U", "name", "project", "assistant", history_index, "text", "text", [])


async def test_answers_written_again_at_once_are_variants_of_their_own(
    turns: TurnRepository, database: Database
) -> None:
    conversation = new_conversation()
    places = await asyncio.gather(*(turns.start(question(conversation, 0)) for _ in range(8)))
    assert all(place and place.history_index == 0 for place in places)
    rows = await messages(database, conversation)
    assert sorted(row.variant for row in rows) == sorted([*range(8), *range(8)])
    assert all(asked.variant == reply.variant for asked, reply in zip(rows[::2], rows[1::2], strict=True))


async def test_turns_with_and_without_a_number_follow_each_other(turns: TurnRepository, database: Database) -> None:
    conversation = new_conversation()
    for index in (None, 1, 0, 1, None):
        assert await turns.start(question(conversation, index))
    rows = await messages(database, conversation)
    assert [(row.history_index, row.variant) for row in rows[1::2]] == [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0)]
    with row_security.acting(Reach("own projects", "somebody else")):
        assert await turns.start(replace(question(conversation, 0), user_id="somebody else")) is None


async def test_a_database_that_shuts_down_is_away_not_broken(turns: TurnRepository, database: Database) -> None:
    conversation = new_conversation()
    await turns.start(question(conversation))

    async def stopped() -> bool:
        statement = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
                       AND application_name = 'codemie-chat' AND wait_event_type = 'Lock'"""
        async with database.session() as session:
            return bool((await session.scalars(text(statement))).all())

    async with database.session() as session:
        held = text("SELECT 1 FROM conversations WHERE id = :id FOR UPDATE")
        await session.execute(held, {"id": conversation})
        waiting = asyncio.create_task(turns.start(question(conversation)))
        await until(stopped, what="a chat statement that waits")
        with pytest.raises(Unavailable):
            await waiting
    assert await turns.start(question(conversation))


async def test_a_reply_goes_on_being_written_down_whatever_one_write_ran_into() -> None:
    written: list[str] = []
    failures: list[Exception] = [asyncpg.CannotConnectNowError("starting up"), Unavailable("away")]

    async def flush(_place: Place, partial: str, _charges: list[Charge], _seconds: float) -> bool:
        if failures:
            raise failures.pop()
        written.append(partial)
        return True

    async def begun() -> Place | None:
        return Place("conversation", 1, 0)

    async def some() -> list[str]:
        return written

    runtime: Any = SimpleNamespace(settings=SimpleNamespace(flush_seconds=0.01), turns=SimpleNamespace(flush=flush))
    heartbeat = Heartbeat(runtime, LiveReply(asyncio.create_task(begun())), Transcript(), list)
    await until(some, every=0.01, what="a write after the failures")
    heartbeat.stop()
    assert not failures
