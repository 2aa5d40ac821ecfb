"""Projects: who sees which, and what their managers do with them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import accounts, audit, policy, projects_repository, repository, spending
from codemie.identity.caller import Caller
from codemie.identity.policy import Resource
from codemie.identity.projects_repository import ProjectRow
from codemie.identity.projects_schemas import (
    NOTHING_TO_CHANGE,
    ApplicationRow,
    NewProject,
    ProjectChange,
    ProjectCounters,
    ProjectDetail,
    ProjectItem,
    ProjectMember,
    ProjectQuery,
    ProjectView,
)
from codemie.identity.projects_values import acceptable_description, acceptable_display_name, acceptable_name
from codemie.identity.runtime import Identity
from codemie.identity.tables import Project
from codemie.kernel.errors import AccessDenied, Conflict, InvalidInput, NotFound, Unprocessable


def as_resource(project: Project) -> Resource:
    """What the policy needs to know of a project."""
    shared = project.project_type == accounts.SHARED
    return Resource("project", project.created_by, project.name, shared=shared)


def manages(caller: Caller, project: Project) -> bool:
    """May the caller change the project and see what only its managers see?"""
    return policy.decide(caller, "write", as_resource(project))


async def list_projects(session: AsyncSession, caller: Caller, query: ProjectQuery) -> tuple[list[ProjectItem], int]:
    """One page of the projects the caller sees, and how many there are."""
    rows, total = await projects_repository.list_projects(
        session,
        caller,
        search=query.search.strip(),
        project_type=query.project_type,
        sort_by=query.sort_by,
        descending=query.sort_order == "desc",
        limit=query.per_page,
        offset=query.page * query.per_page,
    )
    names = [row.project.name for row in rows]
    counted = await projects_repository.counters(session, names) if query.include_counters else {}
    managed = [row.project.name for row in rows if query.include_spending and manages(caller, row.project)]
    spent = await spending.summaries(session, managed) if managed else {}
    return [
        ProjectItem(
            **_face(caller, row.project),
            user_count=row.user_count,
            admin_count=row.admin_count,
            counters=ProjectCounters(**counted[row.project.name]) if query.include_counters else None,
            spending=spent.get(row.project.name),
            budgets=None,
            chargeback_enabled=False,
        )
        for row in rows
    ], total


def _face(caller: Caller, project: Project, *, is_manager: bool = False) -> dict[str, Any]:
    face: dict[str, Any] = {
        "name": project.name,
        "display_name": project.display_name,
        "description": project.description,
        "project_type": project.project_type,
        "created_by": project.created_by,
        "created_at": project.date,
        "cost_center_id": None,
        "cost_center_name": None,
        "chargeback_attribution": "project",
    }
    if is_manager or caller.is_superuser or caller.manages(project.name):
        face["cli_analytics_enabled"] = project.cli_analytics_enabled
    return face


def view(caller: Caller, project: Project, *, is_manager: bool = False) -> ProjectView:
    """The answer to creating and changing; whoever has just created a project manages it already."""
    return ProjectView(
        **_face(caller, project, is_manager=is_manager),
        enforce_member_spend_limits=project.enforce_member_spend_limits,
    )


async def require_visible(session: AsyncSession, caller: Caller, name: str) -> ProjectRow:
    """The project; 404 for unknown ones and those the caller does not see alike."""
    row = await projects_repository.find(session, caller, name)
    if row is None:
        raise NotFound("Project not found")
    return row


async def require_managed(session: AsyncSession, caller: Caller, name: str) -> Project:
    """The project, for its managers; 404 for everybody else, whether it exists or not."""
    project = (await require_visible(session, caller, name)).project
    if not manages(caller, project):
        raise NotFound("Project not found")
    return project


async def require_changeable(session: AsyncSession, caller: Caller, name: str) -> Project:
    """The project, for its managers; as the protocol wants it, 403 for others and 404 if there is none."""
    project = await repository.project_by_name(session, name)
    if project is None:
        raise NotFound("Project not found")
    if not manages(caller, project):
        raise AccessDenied(
            "Access denied", details=f"You do not have permission to access the project '{project.name}'."
        )
    return project


async def detail(session: AsyncSession, caller: Caller, name: str, *, include_spending: bool = False) -> ProjectDetail:
    """One project with its members.

    Raises:
        NotFound: unknown, or not the caller's to see.
    """
    row = await require_visible(session, caller, name)
    members = [
        ProjectMember(
            user_id=user.id,
            is_project_admin=membership.is_project_admin,
            date=membership.date,
            name=user.name,
            email=user.email,
        )
        for membership, user in await projects_repository.members(session, row.project.id)
    ]
    told = include_spending and manages(caller, row.project)
    return ProjectDetail(
        **_face(caller, row.project),
        enforce_member_spend_limits=row.project.enforce_member_spend_limits,
        user_count=row.user_count,
        admin_count=row.admin_count,
        members=members,
        spending=await spending.detail(session, row.project) if told else None,
        spending_widget=None,  # a table of budgets
        chargeback_enabled=False,
    )


async def create(session: AsyncSession, identity: Identity, caller: Caller, wanted: NewProject) -> ProjectView:
    """Make a shared project, administered by its creator.

    Raises:
        AccessDenied: the caller has created as many as they may, or sets what only administrators set.
        InvalidInput: name, display name or description is unacceptable.
        Conflict: the name is taken.
        NotFound: there is no such cost centre.
    """
    if "cli_analytics_enabled" in wanted.model_fields_set:
        policy.require_superuser(caller)
    project = Project(
        name=acceptable_name(wanted.name),
        display_name=acceptable_display_name(wanted.display_name),
        description=acceptable_description(wanted.description),
        project_type=accounts.SHARED,
        created_by=caller.id,
        cli_analytics_enabled=bool(wanted.cli_analytics_enabled),
        enforce_member_spend_limits=False,
    )
    await _require_room_for_another(session, caller)
    if wanted.cost_center_id is not None:
        raise NotFound("Cost center not found")
    await repository.create_project_if_absent(session, project.name, project.project_type, created_by=caller.id)
    stored = await repository.project_by_name(session, project.name)
    if stored is None or stored.created_by != caller.id or await projects_repository.has_members(session, stored.id):
        raise Conflict(f"Project '{project.name}' already exists. Choose another name.")
    stored.display_name, stored.description = project.display_name, project.description
    stored.cli_analytics_enabled = project.cli_analytics_enabled
    await repository.add_membership(session, caller.id, stored.id, is_project_admin=True)
    _tell(session, caller, "created", stored, project_type=stored.project_type)
    await session.flush()
    identity.authenticator.forget_on_commit(session, caller.id)
    return view(caller, stored, is_manager=True)


async def _require_room_for_another(session: AsyncSession, caller: Caller) -> None:
    if caller.is_superuser:
        return
    created = await projects_repository.created_by(session, caller.id)
    user = await repository.user_by_id(session, caller.id)
    if user is not None and user.project_limit is not None and created >= user.project_limit:
        raise AccessDenied(
            "Project limit reached",
            details=f"You have created {created} of at most {user.project_limit} shared projects.",
            help="Delete a project, or ask an administrator to raise your limit.",
        )


async def update(session: AsyncSession, caller: Caller, project: Project, change: ProjectChange) -> ProjectView:
    """Change a project.

    Args:
        session: the transaction.
        caller: a manager of it.
        project: as ``require_changeable`` gave it.
        change: what was sent.

    Raises:
        AccessDenied: the caller sets what only administrators set, or renames a personal project.
        InvalidInput: a value is unacceptable.
        Conflict: renamed while somebody or something is in it, or the name is taken.
        NotFound: there is no such cost centre.
    """
    if "cli_analytics_enabled" in change.model_fields_set:
        policy.require_superuser(caller)
    if change.is_empty():
        raise Unprocessable(NOTHING_TO_CHANGE)
    if change.cost_center_id is not None:
        raise NotFound("Cost center not found")
    _require_attribution(change.chargeback_attribution)
    if change.name is not None and change.name != project.name:
        await _rename(session, project, change.name)
    if change.display_name is not None or change.clear_display_name:
        project.display_name = acceptable_display_name(change.display_name)
    if change.description is not None or change.clear_description:
        project.description = acceptable_description(change.description)
    if change.enforce_member_spend_limits is not None:
        project.enforce_member_spend_limits = change.enforce_member_spend_limits
    if change.cli_analytics_enabled is not None:
        _switch_analytics(project, enabled=change.cli_analytics_enabled)
    _tell(session, caller, "updated", project, fields=sorted(change.model_fields_set))
    await session.flush()
    return view(caller, project)


def _require_attribution(attribution: str | None) -> None:
    if attribution not in (None, "project", "cost_center"):
        raise InvalidInput("chargeback_attribution must be 'project' or 'cost_center'")
    if attribution == "cost_center":
        raise InvalidInput("A project without an active cost center is charged itself")


def _switch_analytics(project: Project, *, enabled: bool) -> None:
    if enabled and project.project_type == accounts.PERSONAL:
        raise InvalidInput("CLI analytics cannot be enabled for a personal project")
    project.cli_analytics_enabled = enabled


async def _rename(session: AsyncSession, project: Project, name: str) -> None:
    if project.project_type == accounts.PERSONAL:
        raise AccessDenied("Cannot update a personal project")
    acceptable_name(name)
    if await repository.project_by_name(session, name):
        raise Conflict(f"Project '{name}' already exists. Choose another name.")
    counted = await projects_repository.counters(session, [project.name])
    # Other rooms refer to a project by name: only an empty one can change it.
    if await projects_repository.has_members(session, project.id) or any(counted[project.name].values()):
        raise Conflict(f"Project '{project.name}' cannot be renamed while it has members or resources")
    project.name = name


async def delete(session: AsyncSession, identity: Identity, caller: Caller, project: Project) -> None:
    """Remove an empty project for good.

    Raises:
        AccessDenied: it is personal.
        Conflict: others are members, or it holds something; integrations alone do not count.
    """
    if project.project_type == accounts.PERSONAL:
        raise AccessDenied("Cannot delete a personal project")
    members = [membership.user_id for membership, _ in await projects_repository.members(session, project.id)]
    others = [user_id for user_id in members if user_id != project.created_by]
    if others:
        raise Conflict(
            f"Project '{project.name}' cannot be deleted: it has members",
            details=f"{len(others)} members besides its creator.",
        )
    counted = (await projects_repository.counters(session, [project.name]))[project.name]
    held = {name: number for name, number in counted.items() if number}
    if set(held) - {"integrations_count"}:
        raise Conflict(
            f"Project '{project.name}' cannot be deleted: it has resources",
            details=", ".join(f"{name}: {number}" for name, number in held.items()),
        )
    await projects_repository.delete_project(session, project)
    _tell(session, caller, "deleted", project)
    for user_id in members:
        identity.authenticator.forget_on_commit(session, user_id)


async def transfer(session: AsyncSession, identity: Identity, caller: Caller, project: Project, user_id: str) -> None:
    """Give a project to another user, who becomes its administrator unless they are a member; roles stay.

    Raises:
        AccessDenied: it is personal.
        NotFound: there is no such user; in the words for an unknown project, as the protocol has it.
    """
    if project.project_type == accounts.PERSONAL:
        raise AccessDenied("Cannot update a personal project")
    user = await repository.user_by_id(session, user_id)
    if user is None or not user.is_active:
        raise NotFound("Project not found")
    former, project.created_by = project.created_by, user.id
    await repository.add_membership(session, user.id, project.id, is_project_admin=True)
    _tell(session, caller, "ownership_changed", project, previous_owner=former, new_owner=user.id)
    await session.flush()
    identity.authenticator.forget_on_commit(session, user.id)


def _tell(session: AsyncSession, caller: Caller, what: str, project: Project, **attributes: Any) -> None:
    audit.record(
        session,
        audit.PROJECT_MANAGEMENT,
        f"project.{what}",
        entity_id=project.name,
        actor_id=caller.id,
        **attributes,
    )


async def application_row(session: AsyncSession, caller: Caller, name: str) -> ApplicationRow:
    """A project as old clients read it.

    Raises:
        NotFound: unknown.
        AccessDenied: not the caller's to see.
    """
    project = await repository.project_by_name(session, name)
    if project is None:
        raise NotFound("Application not found")
    if not policy.decide(caller, "read", as_resource(project)):
        raise AccessDenied("Access denied", details=f"You do not have permission to access the application '{name}'.")
    row = {field: getattr(project, field) for field in ApplicationRow.model_fields if hasattr(project, field)}
    if not (caller.is_superuser or caller.manages(project.name)):
        del row["cli_analytics_enabled"]
    return ApplicationRow(**row, git_repos=[], cost_center_id=None)
