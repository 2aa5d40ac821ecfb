"""What projects spent: whom it is told, and that it is what the ledger holds."""

from datetime import UTC, datetime

import httpx2
import pytest
from tests.conftest import MakeUser
from tests.identity.administration import id_of, new_project

from codemie.kernel.database import Database
from codemie.models.tables import ModelUsage

PERIOD = {"period_from": "2026-03-02", "period_to": "2026-03-31"}


async def charge(database: Database, project: str, **costs: float) -> None:
    """Ledger rows of a project: `d0301=0.5` is half a dollar at noon of March 1st, 2026."""
    async with database.session() as session:
        for moment, cost in costs.items():
            session.add(
                ModelUsage(
                    date=datetime(2026, int(moment[1:3]), int(moment[3:5]), 12, tzinfo=UTC), kind="chat",
                    user_id="somebody", project=project, model="mock", provider="mock", input_tokens=1,
                    output_tokens=1, cache_read_tokens=0, cache_creation_tokens=0, cost=cost, duration_ms=1,
                )
            )  # fmt: skip


@pytest.fixture
async def manager(make_user: MakeUser) -> httpx2.AsyncClient:
    return await make_user("manager")


@pytest.fixture
async def project(manager: httpx2.AsyncClient, database: Database) -> str:
    """A project that spent on three days, the first of them before the period asked for."""
    name = await new_project(manager)
    await charge(database, name, d0301=0.5, d0302=1.0, d0310=2.0, d0401=4.0)
    await charge(database, name, d0310=0.25)
    return name


async def test_days_tell_what_was_spent_on_them_and_until_then(manager: httpx2.AsyncClient, project: str) -> None:
    answer = (await manager.get(f"/v1/projects/{project}/spends", params=PERIOD)).json()

    assert answer["total_spend"] == 3.25
    assert answer["rows"] == [
        {"spend_date": "2026-03-10T00:00:00Z", "daily_spend": 2.25, "cumulative_spend": 3.75,
         "budget_period_spend": 3.75, "budget_id": None},
        {"spend_date": "2026-03-02T00:00:00Z", "daily_spend": 1.0, "cumulative_spend": 1.5,
         "budget_period_spend": 1.5, "budget_id": None},
    ]  # fmt: skip
    assert answer["pagination"] == {"total": 2, "page": 0, "per_page": 20}


async def test_only_managers_are_told(
    manager: httpx2.AsyncClient, make_user: MakeUser, client: httpx2.AsyncClient, project: str
) -> None:
    member, stranger = await make_user("member"), await make_user("stranger")
    body = {"user_id": await id_of(member), "is_project_admin": False}
    assert (await manager.post(f"/v1/projects/{project}/assignment", json=body)).status_code == 200

    async def status(who: httpx2.AsyncClient) -> int:
        return (await who.get(f"/v1/projects/{project}/spends", params=PERIOD)).status_code

    assert [await status(who) for who in (manager, client, member, stranger)] == [200, 200, 404, 404]
    shown = (await member.get(f"/v1/projects/{project}", params={"include_spending": True})).json()
    assert shown["spending"] is None
    listed = await member.get("/v1/projects", params={"include_spending": True, "search": project})
    assert [row["spending"] for row in listed.json()["data"]] == [None]


async def test_list_and_detail_tell_it_when_asked(manager: httpx2.AsyncClient, project: str) -> None:
    asked = {"include_spending": True}
    detail = (await manager.get(f"/v1/projects/{project}", params=asked)).json()
    listed = (await manager.get("/v1/projects", params={"search": project, **asked})).json()["data"]
    unasked = (await manager.get(f"/v1/projects/{project}")).json()

    assert detail["spending"] == {
        "current_spending": 7.75, "cumulative_spend": 7.75, "budget_reset_at": None, "time_until_reset": None,
        "budget_limit": None, "total": 0.0,
    }  # fmt: skip
    assert [row["spending"] for row in listed] == [
        {"current_spending": 7.75, "budget_limit": None, "total_percent": 0.0}
    ]
    assert (unasked["spending"], detail["spending_widget"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"period_from": "2026-04-01", "period_to": "2026-03-01"}, 400),
        ({"budget_category": "platform"}, 400),
        ({"period_from": "0001-01-01"}, 400),
        ({"per_page": "5"}, 422),
        ({"period_to": "soon"}, 422),
        ({"spend_subject_type": "other"}, 422),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    manager: httpx2.AsyncClient, project: str, query: dict[str, str], status: int
) -> None:
    answer = await manager.get(f"/v1/projects/{project}/spends", params=PERIOD | query)
    assert answer.status_code == status


async def test_nothing_was_charged_to_budgets(manager: httpx2.AsyncClient, project: str) -> None:
    path = f"/v1/projects/{project}/spends"
    by_key = (await manager.get(path, params=PERIOD | {"spend_subject_type": "key"})).json()
    by_budget = (await manager.get(path, params=PERIOD | {"spend_subject_type": "project_budget"})).json()
    assert (by_key["total_spend"], by_budget["total_spend"], by_budget["rows"]) == (3.25, 0, [])
