"""A credential for the time of a call: its line in the audit log reaches the disk, however the call ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from codemie.identity.caller import Caller
from codemie.integrations.resolution import UseNotKept, Wanted, lent
from codemie.integrations.vault import Vault
from codemie.kernel.database import Database
from codemie.kernel.master_keys import open_cipher
from codemie.kernel.row_security import SYSTEM
from tests.integrations.credentials import People, create, jira
from tests.support import MASTER_KEY, until

_LOCK = 20_261_130


@dataclass
class Loan:
    """Of one integration, over a pool with one connection."""

    database: Database
    vault: Vault
    caller: Caller
    wanted: Wanted
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def use(self, work: Callable[[], Awaitable[Any]]) -> None:
        async with lent(self.database, self.vault, self.caller, self.wanted) as credential:
            assert credential.values["token"] == "jira-secret"
            self.came.set()
            await work()


@pytest.fixture
async def loan(people: People, postgres_url: str, tmp_path: Path) -> AsyncIterator[Loan]:
    row = await create(people.member, "user", jira(people.project))
    caller = Caller(row["user_id"], "m", "m", "m@x.test", projects=frozenset({people.project}))
    alone = Database(postgres_url, pool_size=1, unbound=SYSTEM)
    vault = Vault(open_cipher(tmp_path, MASTER_KEY))
    yield Loan(alone, vault, caller, Wanted("Jira", people.project, tool="t", named=row["id"]))
    await alone.close()


@asynccontextmanager
async def at_commit(database: Database, loan: Loan, body: str) -> AsyncIterator[None]:
    """PostgreSQL does this when the line of this integration is committed."""
    name = f"at_commit_{str(loan.wanted.named).replace('-', '')}"
    function = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$"
    trigger = f"""
        CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON activity_events DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.entity_id = '{loan.wanted.named}' AND NEW.event_type = 'integration.used')
        EXECUTE FUNCTION {name}()"""
    async with database.session() as session:
        for statement in (function, trigger):
            await session.execute(text(statement))
    try:
        yield
    finally:
        async with database.session() as session:
            await session.execute(text(f"DROP TRIGGER {name} ON activity_events"))
            await session.execute(text(f"DROP FUNCTION {name}()"))


async def uses(database: Database, loan: Loan) -> int:
    statement = text("SELECT count(*) FROM activity_events WHERE entity_id = :id AND event_type = 'integration.used'")
    async with database.session() as session:
        return int(await session.scalar(statement, {"id": loan.wanted.named}) or 0)


async def connection_is_back(loan: Loan) -> None:
    async with asyncio.timeout(5), loan.database.driver() as driver:
        assert not driver.is_in_transaction()


async def test_the_connection_is_free_while_the_tool_works(loan: Loan, database: Database) -> None:
    await loan.use(lambda: connection_is_back(loan))
    assert await uses(database, loan) == 1


async def test_a_tool_that_fails_keeps_its_line(loan: Loan, database: Database) -> None:
    async def fail() -> None:
        raise RuntimeError("of the tool")

    with pytest.raises(RuntimeError, match="of the tool"):
        await loan.use(fail)
    assert await uses(database, loan) == 1
    await connection_is_back(loan)


async def test_a_tool_that_is_cancelled_keeps_its_line(loan: Loan, database: Database) -> None:
    working = asyncio.create_task(loan.use(asyncio.Event().wait))
    await loan.came.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await uses(database, loan) == 1
    await connection_is_back(loan)


async def test_giving_up_while_the_line_is_written_does_not_stop_the_writing(loan: Loan, database: Database) -> None:
    async with at_commit(database, loan, f"PERFORM pg_advisory_xact_lock_shared({_LOCK})"):
        async with database.driver() as holder, holder.transaction():
            await holder.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
            working = asyncio.create_task(loan.use(lambda: asyncio.sleep(0)))
            await loan.came.wait()
            for _ in range(2):  # a limit, and then whoever waits for the call
                await asyncio.sleep(0)
                working.cancel()
            with pytest.raises(asyncio.CancelledError):
                await working
            assert await uses(database, loan) == 0
        await until(lambda: _once(database, loan), what="its line")
        await connection_is_back(loan)


async def _once(database: Database, loan: Loan) -> bool | None:
    return await uses(database, loan) == 1 or None


async def test_a_line_that_is_lost_is_told_and_logged(loan: Loan, database: Database) -> None:
    async with at_commit(database, loan, "RAISE EXCEPTION 'no'"):
        with capture_logs() as heard, pytest.raises(UseNotKept, match="look before you repeat"):
            await loan.use(lambda: asyncio.sleep(0))
        await connection_is_back(loan)
    assert [line["entity_id"] for line in heard if line["event"] == "integration_use_not_kept"] == [loan.wanted.named]
    assert await uses(database, loan) == 0


async def test_a_lost_line_hides_no_cancellation(loan: Loan, database: Database) -> None:
    async with at_commit(database, loan, "RAISE EXCEPTION 'no'"):
        working = asyncio.create_task(loan.use(asyncio.Event().wait))
        await loan.came.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        await connection_is_back(loan)
