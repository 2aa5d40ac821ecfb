"""Routes of user administration. Roles are dependencies: they are checked before a body is."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ValidationError

from codemie.identity import admin_users_knowledge, members, user_administration
from codemie.identity.access import OverseerDep, SuperuserDep, UserReaderDep
from codemie.identity.admin_users_schemas import (
    DefaultProject,
    KnowledgeBases,
    ListPosition,
    NewKnowledgeBase,
    NewPassword,
    NewUserProject,
    ProjectRole,
    UserChange,
    UserFilters,
    UserPage,
    UserProjects,
)
from codemie.identity.schemas import LocalUser, UserDetail
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.kernel.database import SessionDep
from codemie.kernel.errors import InvalidInput
from codemie.kernel.http import Message, PageNumber, PageSize, parse_filters

router = APIRouter(prefix="/v1/admin/users", tags=["user administration"])

_FILTERS = Query(description='JSON object, for example {"projects":["demo"],"platform_role":"user"}.')


@router.get("")
async def list_users(
    session: SessionDep,
    caller: UserReaderDep,
    search: Annotated[str, Query(max_length=200)] = "",
    filters: Annotated[str | None, _FILTERS] = None,
    page: PageNumber = 0,
    per_page: PageSize = 20,
) -> UserPage:
    """All accounts by name, deactivated ones included."""
    rows, total = await user_administration.list_users(
        session, caller, search=search, filters=_parsed(filters), page=page, per_page=per_page
    )
    return UserPage(data=rows, pagination=ListPosition(total=total, page=page, per_page=per_page))


def _parsed(filters: str | None) -> UserFilters:
    try:
        return UserFilters.model_validate(parse_filters(filters))
    except ValidationError as error:
        problem = error.errors()[0]
        details = f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
        raise InvalidInput("Invalid filters", details=details) from error


@router.post("")
async def create_user(
    caller: SuperuserDep, wanted: LocalUser, session: SessionDep, identity: IdentityDep
) -> UserDetail:
    """Create an account with a password."""
    limit = identity.settings.project_limit
    return await user_administration.create_local_user(session, identity.passwords, caller, wanted, project_limit=limit)


@router.get("/{user_id}")
async def get_user(user_id: str, session: SessionDep, caller: UserReaderDep) -> UserDetail:
    """One account."""
    return await user_administration.get_user(session, caller, user_id)


@router.put("/{user_id}")
async def update_user(
    user_id: str, caller: SuperuserDep, change: UserChange, session: SessionDep, identity: IdentityDep
) -> UserDetail:
    """Change an account: name, type, roles, limits; deactivate or reactivate it."""
    return await user_administration.update_user(session, identity, caller, user_id, change)


@router.delete("/{user_id}")
async def deactivate_user(user_id: str, caller: SuperuserDep, session: SessionDep, identity: IdentityDep) -> Message:
    """Refuse this user from now on; what they made stays."""
    await user_administration.deactivate_user(session, identity, caller, user_id)
    return Message(message="User deactivated successfully")


@router.put("/{user_id}/password")
async def set_password(
    user_id: str, caller: SuperuserDep, wanted: NewPassword, session: SessionDep, identity: IdentityDep
) -> Message:
    """Give a local user another password."""
    await user_administration.set_password(session, identity, caller, user_id, wanted.new_password)
    return Message(message="Password changed successfully")


@router.get("/{user_id}/projects")
async def list_projects(user_id: str, session: SessionDep, caller: OverseerDep) -> UserProjects:
    """A user's projects by name."""
    return UserProjects(projects=await members.projects_of(session, caller, user_id))


@router.post("/{user_id}/projects")
async def assign_project(
    user_id: str, caller: SuperuserDep, wanted: NewUserProject, session: SessionDep, identity: IdentityDep
) -> Message:
    """Make a user a member of a project."""
    name = wanted.project_name
    await members.assign(session, identity, caller, user_id, name, is_project_admin=wanted.is_project_admin)
    return Message(message=f"User assigned to project '{name}'")


@router.put("/{user_id}/projects/{project_name}")
async def change_project_role(
    user_id: str,
    project_name: str,
    caller: SuperuserDep,
    role: ProjectRole,
    session: SessionDep,
    identity: IdentityDep,
) -> Message:
    """Make a member administrator of the project, or no longer."""
    await members.reassign(session, identity, caller, user_id, project_name, is_project_admin=role.is_project_admin)
    return Message(message=f"Role in project '{project_name}' updated")


@router.delete("/{user_id}/projects/{project_name}")
async def remove_project(
    user_id: str, project_name: str, caller: SuperuserDep, session: SessionDep, identity: IdentityDep
) -> Message:
    """End a user's membership in a project."""
    await members.unassign(session, identity, caller, user_id, project_name)
    return Message(message=f"User removed from project '{project_name}'")


@router.put("/{user_id}/projects/{project_name}/default")
async def choose_default(
    user_id: str, project_name: str, caller: SuperuserDep, session: SessionDep, identity: IdentityDep
) -> DefaultProject:
    """Let a user work in this project unless they say otherwise."""
    await members.choose_default(session, identity, caller, user_id, project_name)
    return DefaultProject(message="Default project set", project_name=project_name, is_default=True)


@router.delete("/{user_id}/projects/{project_name}/default")
async def clear_default(
    user_id: str, project_name: str, caller: SuperuserDep, session: SessionDep, identity: IdentityDep
) -> DefaultProject:
    """Forget the choice, if it was this project."""
    await members.clear_default(session, identity, caller, user_id, project_name)
    return DefaultProject(message="Default project cleared", project_name=project_name, is_default=False)


@router.get("/{user_id}/knowledge-bases")
async def list_knowledge_bases(user_id: str, session: SessionDep, caller: OverseerDep) -> KnowledgeBases:
    """Knowledge bases of the platform's administration that a user may use."""
    return KnowledgeBases(knowledge_bases=await admin_users_knowledge.listed(session, caller, user_id))


@router.post("/{user_id}/knowledge-bases")
async def add_knowledge_base(
    user_id: str, caller: SuperuserDep, wanted: NewKnowledgeBase, session: SessionDep
) -> Message:
    """Let a user use a knowledge base."""
    await admin_users_knowledge.add(session, caller, user_id, wanted.kb_name)
    return Message(message=f"Knowledge base '{wanted.kb_name}' added")


@router.delete("/{user_id}/knowledge-bases/{kb_name}")
async def remove_knowledge_base(user_id: str, kb_name: str, caller: SuperuserDep, session: SessionDep) -> Message:
    """Take a knowledge base from a user."""
    await admin_users_knowledge.remove(session, caller, user_id, kb_name)
    return Message(message=f"Knowledge base '{kb_name}' removed")
