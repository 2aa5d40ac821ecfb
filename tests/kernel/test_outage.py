"""What counts as "the database is away", and what does not."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from codemie.kernel.database import outage


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        (asyncpg.CannotConnectNowError("the database system is starting up"), 503),
        (asyncpg.AdminShutdownError("terminating connection"), 503),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), 503),
        (asyncpg.ConnectionDoesNotExistError("connection was closed"), 503),
        (ConnectionRefusedError(), 503),
        (asyncpg.DiskFullError("could not extend file"), 507),
    ],
)
def test_a_failing_server_is_told_apart_raw_and_wrapped(cause: Exception, status: int) -> None:
    for error in (cause, DBAPIError("SELECT 1", {}, cause)):
        refusal = outage(error)
        assert refusal is not None
        assert refusal.status == status


def test_a_failing_statement_is_not_an_outage() -> None:
    duplicate = asyncpg.UniqueViolationError("duplicate key")
    assert outage(duplicate) is None
    assert outage(IntegrityError("INSERT", {}, duplicate)) is None
