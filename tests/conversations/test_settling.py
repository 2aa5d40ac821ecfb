"""What a dead process leaves of a reply is settled once, and a reply that lived all the same is not charged twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from codemie.conversations.driver import Driver
from codemie.conversations.settling import settle
from codemie.conversations.tables import Conversation
from codemie.conversations.turn_records import Charge, FinishedReply, NewTurn, Place
from codemie.conversations.turn_repository import TurnRepository
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.row_security import Reach
from codemie.models.usage import Usage
from tests.conversations.chatting import new_conversation
from tests.conversations.rows import ledger, left_behind, messages

SO_FAR = Charge("u", "project", "assistant", "some-model", "mock", Usage(100, 20, 10, 5), 0.5)
WHOLE = replace(SO_FAR, usage=Usage(150, 90, 10, 5), money=0.75)
REPLY = FinishedReply("All of it", "complete", None, [], [], None, 2.0)


@pytest.fixture
async def turns(postgres_url: str) -> AsyncIterator[TurnRepository]:
    driver = await Driver.connect(postgres_url, 8)
    yield TurnRepository(driver)
    await driver.close()


@pytest.fixture(autouse=True)
def asking() -> Iterator[None]:
    with row_security.acting(Reach("own projects", "u")):
        yield


async def begun(turns: TurnRepository, *charges: Charge) -> Place:
    new = NewTurn(new_conversation(), "u", "U", "name", "project", "assistant", None, "text", "text", [])
    place = await turns.start(replace(new, charges=charges))
    assert place
    return place


async def settle_all(database: Database, workers: int = 1) -> None:
    with row_security.system("test"):
        await asyncio.gather(*(settle(database) for _ in range(workers)))


async def test_many_workers_settle_a_reply_once(turns: TurnRepository, database: Database) -> None:
    place = await begun(turns)
    other = replace(SO_FAR, model="another-model", usage=Usage(1, 2), money=0.25)
    await turns.flush(place, "Half of", [SO_FAR, other], 4.0)
    await left_behind(database, place.conversation_id)
    await settle_all(database, workers=4)

    rows = await ledger(database, place.conversation_id)
    assert [(row.model, row.input_tokens, row.output_tokens, row.cost, row.duration_ms) for row in rows] == [
        ("some-model", 100, 20, 0.5, 4000),
        ("another-model", 1, 2, 0.25, 4000),
    ]
    assert {(row.user_id, row.project, row.assistant_id, row.kind) for row in rows} == {
        ("u", "project", "assistant", "chat")
    }
    *_, reply = await messages(database, place.conversation_id)
    assert (reply.status, reply.message, reply.input_tokens, reply.output_tokens, reply.money_spent) == (
        "interrupted",
        "Half of",
        101,
        22,
        0.75,
    )


async def test_a_reply_that_died_before_its_first_beat_pays_for_what_its_model_read(
    turns: TurnRepository, database: Database
) -> None:
    place = await begun(turns, SO_FAR)
    await left_behind(database, place.conversation_id)
    await settle_all(database)
    (row,) = await ledger(database, place.conversation_id)
    assert row.input_tokens == 100


async def test_a_reply_nothing_is_known_of_ends_without_a_charge(turns: TurnRepository, database: Database) -> None:
    place = await begun(turns)
    await left_behind(database, place.conversation_id)
    await settle_all(database)
    assert (await messages(database, place.conversation_id))[-1].status == "interrupted"
    assert not await ledger(database, place.conversation_id)


async def test_a_reply_that_beats_is_let_alone(turns: TurnRepository, database: Database) -> None:
    place = await begun(turns, SO_FAR)
    await left_behind(database, place.conversation_id)
    await turns.flush(place, "Half of", [SO_FAR], 4.0)
    await settle_all(database)
    assert (await messages(database, place.conversation_id))[-1].status == "running"
    await turns.finish(place, REPLY, [WHOLE])
    (row,) = await ledger(database, place.conversation_id)
    assert (row.input_tokens, row.cost) == (150, 0.75)


async def test_a_reply_that_was_alive_after_all_pays_the_rest(turns: TurnRepository, database: Database) -> None:
    place = await begun(turns, SO_FAR)
    await left_behind(database, place.conversation_id)
    await settle_all(database)
    await turns.finish(place, REPLY, [WHOLE, replace(WHOLE, model="another-model", money=1.0)])

    rows = await ledger(database, place.conversation_id)
    assert [(row.model, row.input_tokens, row.output_tokens, row.cost) for row in rows] == [
        ("some-model", 100, 20, 0.5),
        ("some-model", 50, 70, 0.25),
        ("another-model", 150, 90, 1.0),
    ]
    *_, reply = await messages(database, place.conversation_id)
    assert (reply.status, reply.message, reply.input_tokens, reply.money_spent) == ("complete", "All of it", 300, 1.75)
    assert reply.unsettled is None


@pytest.mark.parametrize("charges", [[WHOLE], [WHOLE, replace(WHOLE, model="another-model")]], ids=["one", "two"])
async def test_a_reply_that_was_deleted_is_charged_all_the_same(
    turns: TurnRepository, database: Database, charges: list[Charge]
) -> None:
    place = await begun(turns, SO_FAR)
    async with database.session() as session:
        conversation = await session.get(Conversation, place.conversation_id)
        await session.delete(conversation)
    await turns.finish(place, REPLY, charges)
    rows = await ledger(database, place.conversation_id)
    assert [(row.model, row.input_tokens, row.cost) for row in rows] == [(one.model, 150, 0.75) for one in charges]
