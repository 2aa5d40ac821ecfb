"""The wire models of projects and their members."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from codemie.identity.admin_users_schemas import ListPosition
from codemie.identity.spending_schemas import SpendingDetail, SpendingSummary
from codemie.kernel.http import WireModel


class ProjectCounters(WireModel):
    """How much a project holds."""

    assistants_count: int = 0
    workflows_count: int = 0
    integrations_count: int = 0
    datasources_count: int = 0
    skills_count: int = 0


class ProjectFace(WireModel):
    """What every view of a project begins with.

    ``cli_analytics_enabled`` is there only for those who may manage the project: routes leave unset keys out.
    """

    name: str
    display_name: str | None
    description: str | None
    project_type: str
    created_by: str | None
    created_at: datetime
    cost_center_id: UUID | None = None
    cost_center_name: str | None = None
    chargeback_attribution: Literal["project", "cost_center"] = "project"
    cli_analytics_enabled: bool | None = None


class ProjectView(ProjectFace):
    """The answer to creating and changing."""

    enforce_member_spend_limits: bool


class ProjectItem(ProjectFace):
    """A project as a row of the list."""

    user_count: int
    admin_count: int
    counters: ProjectCounters | None
    spending: SpendingSummary | None = None
    budgets: list[dict[str, str]] | None = None
    chargeback_enabled: bool = False


class ProjectMember(WireModel):
    """Ours beyond the protocol: names, so that a list of members can be read."""

    user_id: str
    is_project_admin: bool
    date: datetime
    name: str
    email: str


class ProjectDetail(ProjectView):
    """One project with its members."""

    user_count: int
    admin_count: int
    members: list[ProjectMember]
    spending: SpendingDetail | None = None
    spending_widget: dict[str, float] | None = None
    chargeback_enabled: bool = False


class ProjectPage(WireModel):
    data: list[ProjectItem]
    pagination: ListPosition


class ProjectQuery(WireModel):
    """How to list projects. Without ``sort_by`` the newest come first, after exact matches of the search."""

    search: str = Field(default="", max_length=200)
    project_type: Literal["shared", "personal"] | None = Field(default=None, description="Ours beyond the protocol.")
    sort_by: Literal["name", "created_at"] | None = None
    sort_order: Literal["asc", "desc"] = "asc"
    include_counters: bool = True
    include_spending: bool = False
    include_budgets: bool = False
    has_assigned_budgets: bool = False
    budget_category: str | None = Field(default=None, max_length=100)
    page: int = Field(default=0, ge=0, le=1_000_000)
    per_page: int = Field(default=20, ge=10, le=100)


class DetailQuery(WireModel):
    """What the page of one project shows. There are no rows of budgets to limit; the protocol's bounds hold."""

    include_spending: bool = False
    spending_rows_limit: int = Field(default=50, ge=1, le=200)


class NewProject(WireModel):
    """Lengths and characters are the service's to refuse: the protocol answers 400 there, not 422."""

    name: str = Field(max_length=10_000)
    display_name: str | None = Field(default=None, max_length=10_000)
    description: str | None = Field(default=None, max_length=100_000)
    cost_center_id: UUID | None = None
    cli_analytics_enabled: bool | None = None


NOTHING_TO_CHANGE = "Provide at least one field to update"


class ProjectChange(WireModel):
    """Only the keys that were sent count."""

    name: str | None = Field(default=None, max_length=10_000)
    display_name: str | None = Field(default=None, max_length=10_000)
    clear_display_name: bool = False
    description: str | None = Field(default=None, max_length=100_000)
    clear_description: bool = False
    cost_center_id: UUID | None = None
    clear_cost_center: bool = False
    enforce_member_spend_limits: bool | None = None
    chargeback_attribution: str | None = Field(default=None, max_length=50)
    cli_analytics_enabled: bool | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "ProjectChange":
        for field in ("display_name", "description", "cost_center"):
            value = self.cost_center_id if field == "cost_center" else getattr(self, field)
            if value is not None and getattr(self, f"clear_{field}"):
                raise ValueError(f"Provide either {field} or clear_{field}")
        # The switch for analytics, even null, is first a question of who sent it: the service answers that.
        if self.is_empty() and "cli_analytics_enabled" not in self.model_fields_set:
            raise ValueError(NOTHING_TO_CHANGE)
        return self

    def is_empty(self) -> bool:
        """Nothing is asked for; keys sent as null ask for nothing."""
        return all(value in (None, False) for name, value in self if name.startswith("clear_")) and all(
            value is None for name, value in self if not name.startswith("clear_")
        )


class Deleted(WireModel):
    message: str
    name: str


class NewOwner(WireModel):
    user_id: str = Field(min_length=1, max_length=255)


class OwnerChanged(WireModel):
    name: str
    created_by: str
    message: str


class Assignment(WireModel):
    user_id: str = Field(min_length=1, max_length=255)
    is_project_admin: bool


class Assigned(WireModel):
    message: str
    user_id: str
    project_name: str
    is_project_admin: bool | None


class Assignments(WireModel):
    users: list[Assignment] = Field(min_length=1, max_length=1000)


class AssignmentResult(WireModel):
    user_id: str
    action: Literal["assigned", "updated", "removed"]
    is_project_admin: bool | None = None


class AssignedInBulk(WireModel):
    message: str
    project_name: str
    total: int
    results: list[AssignmentResult]


class ImportedRow(WireModel):
    email: str
    role: str
    error: str | None


class ImportPreview(WireModel):
    users: list[ImportedRow]


class ApplicationName(WireModel):
    """A project as old clients list it; the second key is camelCase on the wire."""

    name: str
    displayName: str | None  # noqa: N815 - the protocol's spelling


class ApplicationNames(WireModel):
    applications: list[ApplicationName]


class NewApplication(WireModel):
    name: str = Field(max_length=10_000)


class ApplicationRow(WireModel):
    """A project as old clients read it."""

    id: str
    name: str
    display_name: str | None
    description: str | None
    git_repos: list[str] = Field(default_factory=list[str])
    project_type: str
    created_by: str | None
    cost_center_id: UUID | None = None
    deleted_at: datetime | None
    date: datetime
    update_date: datetime
    cli_analytics_enabled: bool | None = None
