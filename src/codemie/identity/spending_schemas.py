"""The wire models of what projects spent. There are no budgets: what speaks of one is null.

Nothing has a default where routes leave unset keys out.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from codemie.identity.admin_users_schemas import ListPosition
from codemie.kernel.http import WireModel


class SpendingSummary(WireModel):
    """What a row of the list tells its project's managers."""

    current_spending: float
    budget_limit: float | None
    total_percent: float


class SpendingDetail(WireModel):
    """The same on the page of one project."""

    current_spending: float
    cumulative_spend: float
    budget_reset_at: datetime | None
    time_until_reset: str | None
    budget_limit: float | None
    total: float


class SpendRow(WireModel):
    """One day. Without a budget no period ever begins anew: its spending is the cumulative one."""

    spend_date: datetime
    daily_spend: float
    cumulative_spend: float
    budget_period_spend: float
    budget_id: str | None = None


class SpendPage(WireModel):
    """Days of a project."""

    total_spend: float
    rows: list[SpendRow]
    pagination: ListPosition


class Collected(WireModel):
    """How many days of projects something was added to."""

    rows_inserted: int


class SpendCollected(WireModel):
    """The answer to a collection."""

    message: str
    data: Collected


class SpendQuery(WireModel):
    """Which days."""

    period_from: date
    period_to: date
    page: int = Field(default=0, ge=0, le=1_000_000)
    per_page: int = Field(default=20, ge=10, le=100)
    budget_category: str | None = Field(default=None, max_length=100)
    spend_subject_type: Literal["key", "budget", "project_budget", "member_budget"] | None = None
