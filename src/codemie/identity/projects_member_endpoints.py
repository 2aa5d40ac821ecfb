"""Routes of a project's members."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, UploadFile

from codemie.identity import projects_members
from codemie.identity.admin_users_schemas import ProjectRole
from codemie.identity.authentication import CallerDep
from codemie.identity.projects_endpoints import ManagedProject
from codemie.identity.projects_schemas import (
    Assigned,
    AssignedInBulk,
    Assignment,
    AssignmentResult,
    Assignments,
    ImportPreview,
)
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.identity.tables import Project
from codemie.kernel.database import SessionDep

router = APIRouter(prefix="/v1/projects/{project_name}", tags=["projects"])

UserId = Annotated[str, Path(max_length=255)]
UserIds = Annotated[list[str], Query(min_length=1, max_length=100)]


@router.post("/assignment")
async def assign(
    project: ManagedProject, wanted: Assignment, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> Assigned:
    """Make a user a member."""
    await projects_members.assign(session, identity, caller, project, wanted)
    return Assigned(
        message=f"User assigned to project '{project.name}'",
        user_id=wanted.user_id,
        project_name=project.name,
        is_project_admin=wanted.is_project_admin,
    )


@router.put("/assignment/{user_id}")
async def reassign(
    user_id: UserId,
    project: ManagedProject,
    role: ProjectRole,
    session: SessionDep,
    caller: CallerDep,
    identity: IdentityDep,
) -> Assigned:
    """Change a member's role."""
    wanted = role.is_project_admin
    await projects_members.reassign(session, identity, caller, project, user_id, is_project_admin=wanted)
    message = f"Role in project '{project.name}' updated"
    return Assigned(message=message, user_id=user_id, project_name=project.name, is_project_admin=wanted)


@router.delete("/assignment/{user_id}")
async def unassign(
    user_id: UserId, project: ManagedProject, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> Assigned:
    """End a membership."""
    await projects_members.unassign(session, identity, caller, project, user_id)
    message = f"User removed from project '{project.name}'"
    return Assigned(message=message, user_id=user_id, project_name=project.name, is_project_admin=None)


@router.post("/assignments")
async def assign_all(
    project: ManagedProject, wanted: Assignments, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> AssignedInBulk:
    """Give many users a role; all or none."""
    results = await projects_members.assign_all(session, identity, caller, project, wanted.users)
    return _bulk(project, "assigned to", results)


def _bulk(project: Project, what: str, results: list[AssignmentResult]) -> AssignedInBulk:
    total = len(results)
    message = f"{total} users {what} project '{project.name}'"
    return AssignedInBulk(message=message, project_name=project.name, total=total, results=results)


@router.delete("/assignments")
async def unassign_all(
    project: ManagedProject, user_id: UserIds, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> AssignedInBulk:
    """End many memberships; all or none."""
    results = await projects_members.unassign_all(session, identity, caller, project, user_id)
    return _bulk(project, "removed from", results)


@router.post("/import-users/validate")
async def preview_import(project: ManagedProject, file: UploadFile, session: SessionDep) -> ImportPreview:
    """What a CSV file with the columns email and role would do."""
    rows = projects_members.parse_csv(await file.read(projects_members.MAX_CSV_BYTES + 1))
    return ImportPreview(users=await projects_members.preview(session, project, rows))


@router.post("/import-users")
async def import_users(
    project: ManagedProject, file: UploadFile, session: SessionDep, caller: CallerDep, identity: IdentityDep
) -> AssignedInBulk:
    """Give everybody in a CSV file their role; all or none."""
    rows = projects_members.parse_csv(await file.read(projects_members.MAX_CSV_BYTES + 1))
    results = await projects_members.import_all(session, identity, caller, project, rows)
    return _bulk(project, "imported into", results)
