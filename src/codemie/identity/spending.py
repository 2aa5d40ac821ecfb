"""What projects spent on models, for those who manage them."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import spending_repository
from codemie.identity.admin_users_schemas import ListPosition
from codemie.identity.spending_schemas import SpendingDetail, SpendingSummary, SpendPage, SpendQuery, SpendRow
from codemie.identity.tables import Project
from codemie.kernel.errors import InvalidInput

_BUDGETS = frozenset({"budget", "project_budget", "member_budget"})
_YEARS = range(1970, 9000)


async def summaries(session: AsyncSession, managed: Iterable[str]) -> dict[str, SpendingSummary]:
    """What each of these projects, which the caller manages, has spent."""
    spent = await spending_repository.totals(session, list(managed))
    return {
        name: SpendingSummary(current_spending=total, budget_limit=None, total_percent=0)
        for name, total in spent.items()
    }


async def detail(session: AsyncSession, project: Project) -> SpendingDetail:
    """What one project, which the caller manages, has spent."""
    total = (await spending_repository.totals(session, [project.name]))[project.name]
    return SpendingDetail(
        current_spending=total,
        cumulative_spend=total,
        budget_reset_at=None,
        time_until_reset=None,
        budget_limit=None,
        total=0,
    )


async def days(session: AsyncSession, project: Project, query: SpendQuery) -> SpendPage:
    """What a project, which the caller manages, spent day by day.

    Raises:
        InvalidInput: the period ends before it begins, or is told by a budget.
    """
    if query.budget_category is not None:
        raise InvalidInput("Budgets are not available", details="No budget provider is active in this installation.")
    if query.period_from > query.period_to:
        raise InvalidInput("Invalid period", details="period_from must not be after period_to.")
    if query.period_from.year not in _YEARS or query.period_to.year not in _YEARS:
        raise InvalidInput("Invalid period", details="The years must be from 1970 to 8999.")
    if query.spend_subject_type in _BUDGETS:
        # Nothing was ever charged to a budget.
        return SpendPage(total_spend=0, rows=[], pagination=_position(query, 0))
    found, total, spent = await spending_repository.days(
        session,
        project.name,
        query.period_from,
        query.period_to,
        limit=query.per_page,
        offset=query.page * query.per_page,
    )
    rows = [
        SpendRow(
            spend_date=row.day,
            daily_spend=row.spent,
            cumulative_spend=row.until_then,
            budget_period_spend=row.until_then,
        )
        for row in found
    ]
    return SpendPage(total_spend=spent, rows=rows, pagination=_position(query, total))


def _position(query: SpendQuery, total: int) -> ListPosition:
    return ListPosition(total=total, page=query.page, per_page=query.per_page)
