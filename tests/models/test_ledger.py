"""The usage ledger: one row a reply, summed by project and user."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from codemie.kernel.database import Database, utcnow
from codemie.models import repository, service
from codemie.models.entries import Cost, ModelEntry
from codemie.models.tables import ModelUsage
from codemie.models.usage import Usage

ROW = ModelEntry(base_name="m", provider="openai", cost=Cost(input=0.001, output=0.002))


async def test_a_reply_leaves_one_priced_row(database: Database) -> None:
    project, user = f"p-{uuid.uuid4()}", f"u-{uuid.uuid4()}"
    spending = service.Spending(
        ROW, Usage(100, 10), user, project, conversation_id="c", assistant_id="a", duration_ms=12
    )

    async with database.session() as session:
        price = await service.record(session, spending)
    async with database.session() as session:
        (row,) = await session.scalars(select(ModelUsage).where(ModelUsage.project == project))

    assert price == pytest.approx(0.12)
    assert (row.user_id, row.model, row.provider, row.conversation_id, row.assistant_id) == (
        user,
        "m",
        "openai",
        "c",
        "a",
    )
    assert (row.input_tokens, row.output_tokens, row.cost, row.kind) == (100, 10, pytest.approx(0.12), "chat")


async def test_spending_sums_by_project_user_and_time(database: Database) -> None:
    project, ann, bob = (f"x-{uuid.uuid4()}" for _ in range(3))
    async with database.session() as session:
        for user in (ann, ann, bob):
            await service.record(session, service.Spending(ROW, Usage(1000), user, project))

    async with database.session() as session:
        earlier, later = utcnow() - timedelta(hours=1), utcnow() + timedelta(hours=1)
        assert await repository.spent(session, earlier, project=project) == pytest.approx(3)
        assert await repository.spent(session, earlier, project=project, user_id=ann) == pytest.approx(2)
        assert await repository.spent(session, later, project=project) == 0


async def test_a_rolled_back_reply_is_not_charged(database: Database) -> None:
    project = f"p-{uuid.uuid4()}"

    async def fails_after_recording() -> None:
        async with database.session() as session:
            await service.record(session, service.Spending(ROW, Usage(1), "u", project))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails_after_recording()

    async with database.session() as session:
        assert await repository.spent(session, utcnow() - timedelta(hours=1), project=project) == 0
