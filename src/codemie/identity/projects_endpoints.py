"""Routes of projects. The right to a project is a dependency: it is checked before a body is."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from codemie.identity import members, projects, projects_repository, spending
from codemie.identity.access import OverseerDep, SuperuserDep
from codemie.identity.admin_users_schemas import ListPosition
from codemie.identity.authentication import CallerDep
from codemie.identity.projects_schemas import (
    ApplicationName,
    ApplicationNames,
    ApplicationRow,
    Deleted,
    DetailQuery,
    NewApplication,
    NewOwner,
    NewProject,
    OwnerChanged,
    ProjectChange,
    ProjectDetail,
    ProjectPage,
    ProjectQuery,
    ProjectView,
)
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.identity.spending_schemas import SpendPage, SpendQuery
from codemie.identity.tables import Project
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import InvalidInput
from codemie.kernel.http import Message

router = APIRouter(tags=["projects"])

ProjectName = Annotated[str, Path(max_length=255)]


async def managed_project(project_name: ProjectName, session: SessionDep, caller: CallerDep) -> Project:
    """The project of the path, for its managers; 404 for everybody else."""
    return await projects.require_managed(session, caller, project_name)


async def changeable_project(project_name: ProjectName, session: SessionDep, caller: CallerDep) -> Project:
    """The project of the path, for its managers; 403 for everybody else, as the protocol has it."""
    return await projects.require_changeable(session, caller, project_name)


ManagedProject = Annotated[Project, Depends(managed_project, scope="function")]
ChangeableProject = Annotated[Project, Depends(changeable_project, scope="function")]


@router.post("/v1/projects", status_code=201, response_model_exclude_unset=True)
async def create_project(
    wanted: NewProject, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> ProjectView:
    """Make a shared project, administered by its creator."""
    return await projects.create(session, identity, caller, wanted)


@router.get("/v1/projects", response_model_exclude_unset=True)
async def list_projects(
    session: SessionDep,
    caller: CallerDep,
    query: Annotated[ProjectQuery, Query()],
) -> ProjectPage:
    """The projects the caller sees, newest first."""
    if query.has_assigned_budgets or query.budget_category:
        raise InvalidInput("Budgets are not available", details="No budget provider is active in this installation.")
    rows, total = await projects.list_projects(session, caller, query)
    return ProjectPage(data=rows, pagination=ListPosition(total=total, page=query.page, per_page=query.per_page))


@router.get("/v1/projects/{project_name}", response_model_exclude_unset=True)
async def get_project(
    project_name: ProjectName, session: SessionDep, caller: CallerDep, shown: Annotated[DetailQuery, Query()]
) -> ProjectDetail:
    """One project with its members; 404 unless the caller sees it."""
    return await projects.detail(session, caller, project_name, include_spending=shown.include_spending)


@router.get("/v1/projects/{project_name}/spends")  # noqa: FAST003 - the dependency reads it
async def list_spends(project: ManagedProject, session: SessionDep, query: Annotated[SpendQuery, Query()]) -> SpendPage:
    """What a project spent on models, day by day, for its managers."""
    return await spending.days(session, project, query)


@router.patch("/v1/projects/{project_name}", response_model_exclude_unset=True)  # noqa: FAST003 - the dependency reads it
async def update_project(
    project: ChangeableProject, change: ProjectChange, session: SessionDep, caller: CallerDep
) -> ProjectView:
    """Change names, description and settings of a project."""
    return await projects.update(session, caller, project, change)


@router.delete("/v1/projects/{project_name}")  # noqa: FAST003 - the dependency reads it
async def delete_project(
    project: ManagedProject, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> Deleted:
    """Remove an empty project for good."""
    await projects.delete(session, identity, caller, project)
    return Deleted(message=f"Project '{project.name}' deleted successfully", name=project.name)


@router.put("/v1/projects/{project_name}/ownership")  # noqa: FAST003 - the dependency reads it
async def transfer_ownership(
    project: ManagedProject, wanted: NewOwner, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> OwnerChanged:
    """Give a project to another user."""
    await projects.transfer(session, identity, caller, project, wanted.user_id)
    message = f"Ownership of '{project.name}' transferred to '{wanted.user_id}'"
    return OwnerChanged(name=project.name, created_by=wanted.user_id, message=message)


@router.get("/v1/admin/applications")
async def application_names(
    session: SessionDep,
    _: OverseerDep,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
) -> ApplicationNames:
    """The names of all projects."""
    found = await projects_repository.names(session, search=search, limit=limit)
    return ApplicationNames(
        applications=[ApplicationName(name=row.name, displayName=row.display_name) for row in found]
    )


@router.post("/v1/admin/application")
async def create_application(caller: SuperuserDep, wanted: NewApplication, session: SessionDep) -> Message:
    """Make a project that nobody owns, with any name."""
    project = await members.create_unowned(session, caller, wanted.name)
    return Message(message=project.name)


@router.get("/v1/application/{app_name}", response_model_exclude_unset=True)
async def get_application(
    app_name: Annotated[str, Path(max_length=255)], session: SessionDep, caller: CallerDep
) -> ApplicationRow:
    """A project as old clients read it."""
    return await projects.application_row(session, caller, app_name)
