"""The driver's own connections, between the sessions of the same pool."""

from collections.abc import AsyncIterator

import pytest
from asyncpg.exceptions import DivisionByZeroError
from sqlalchemy import text

from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import Unavailable
from codemie.kernel.row_security import Reach, asking, telling

_TOLD = f"""
SELECT bound.me, current_setting('codemie.projects', true) AS projects
FROM (SELECT {telling()}) AS bound (me, token_projects, scope, projects, market)
"""


@pytest.fixture
async def alone(postgres_url: str) -> AsyncIterator[Database]:
    """With one connection, which all share."""
    opened = Database(postgres_url, pool_size=1)
    yield opened
    await opened.close()


async def test_a_statement_tells_who_asks_and_the_next_one_does_not_know(alone: Database) -> None:
    with row_security.acting(Reach("own projects", "u", frozenset({"p"}))):
        async with alone.driver() as driver:
            told = await driver.fetchrow(_TOLD, *asking())
            after = await driver.fetchval("SELECT current_setting('codemie.user_id', true)")
    async with alone.session() as session:
        known = await session.scalar(text("SELECT current_setting('codemie.projects', true)"))

    assert (told["me"], told["projects"]) == ("u", '{"p"}')
    assert not after
    assert not known


async def test_a_connection_that_breaks_is_an_outage_and_the_next_one_works(
    alone: Database, database: Database
) -> None:
    async def cut_off() -> None:
        async with alone.driver() as driver:
            own = await driver.fetchval("SELECT pg_backend_pid()")
            async with database.session() as other:
                await other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
            await driver.fetchval("SELECT pg_sleep(30)")

    with pytest.raises(Unavailable):
        await cut_off()

    async with alone.driver() as driver:
        assert await driver.fetchval("SELECT 1") == 1
    async with alone.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_failing_statement_is_no_outage_and_leaves_the_connection(alone: Database) -> None:
    async def fail() -> None:
        async with alone.driver() as driver:
            await driver.fetchval("SELECT 1 / 0")

    with pytest.raises(DivisionByZeroError):
        await fail()

    async with alone.driver() as driver:
        assert await driver.fetchval("SELECT 1") == 1


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")

    async def reach() -> None:
        async with nowhere.driver():
            pytest.fail("there is no connection")

    with pytest.raises(Unavailable):
        await reach()
    await nowhere.close()


async def test_a_transaction_that_was_left_behind_is_nobody_elses(alone: Database) -> None:
    async with alone.driver() as driver:
        await driver.execute("BEGIN")
    async with alone.driver() as driver:
        assert not driver.is_in_transaction()
