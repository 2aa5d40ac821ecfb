"""Granting data sources to applications outside, and taking them back."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import applications, audit, grants_repository, policy
from codemie.identity.caller import Caller
from codemie.identity.grants_tables import ResourceGrant
from codemie.identity.policy import Resource
from codemie.identity.runtime import Identity
from codemie.kernel.errors import NotFound
from codemie.kernel.http import Pagination
from codemie.knowledge import repository, service
from codemie.knowledge.grants_schemas import GrantPage, GrantView, NewPermission, Permission


async def listing(
    session: AsyncSession, caller: Caller, application: str | None, page: int, per_page: int
) -> GrantPage:
    """Grants the caller may take back, newest first: their own; all of them for administrators."""
    rows, total = await grants_repository.removable(session, caller, application, page=page, per_page=per_page)
    known = await repository.readable_many(session, caller, [row.resource_id for row in rows])
    data: list[GrantView] = []
    for row in rows:
        source = known.get(row.resource_id)
        told = Permission.model_validate(row, from_attributes=True).model_dump()
        name, project = (source.name, source.project) if source else (None, None)
        data.append(GrantView(**told, resource_name=name, project=project))
    return GrantPage(data=data, pagination=Pagination.of(page, per_page, total))


def applications_for(identity: Identity, _caller: Caller) -> list[str]:
    """Names of the applications that data sources may be granted to; whoever has one may grant it."""
    return identity.applications.granted(grants_repository.DATA_SOURCE) if identity.applications is not None else []


async def add(
    session: AsyncSession, identity: Identity, caller: Caller, wanted: NewPermission
) -> tuple[ResourceGrant, bool]:
    """The grant, and whether it is new.

    Raises:
        NotFound: there is no such data source that the caller may read, or no such application.
        EntityAccessDenied: the caller may not change the data source, or not do themselves what they grant.
    """
    source = await service.get(session, caller, wanted.resource_id)
    for action in ("write", wanted.permission_level):
        policy.require(caller, action, repository.resource(source))
    _require_listed(identity, wanted.principal_id)
    values = wanted.model_dump() | {"owner_id": caller.id, "created_by": service.person(caller)}
    grant, is_new = await grants_repository.add(session, values)
    if is_new:
        _tell(session, identity, caller, grant, "created")
    return grant, is_new


async def remove(session: AsyncSession, identity: Identity, caller: Caller, grant_id: str) -> None:
    """Take a grant back.

    Raises:
        NotFound: there is no such grant.
        EntityAccessDenied: it is somebody else's.
    """
    grant = await grants_repository.find(session, grant_id)
    if grant is None:
        raise NotFound.of("Permission", grant_id)
    policy.require(caller, "delete", Resource("grant", grant.owner_id))
    await session.delete(grant)
    _tell(session, identity, caller, grant, "deleted")


def _require_listed(identity: Identity, name: str) -> None:
    application = identity.applications.find(name) if identity.applications is not None else None
    if application is None or grants_repository.DATA_SOURCE not in application.allowed_resources:
        raise NotFound(
            "Application not found",
            details=f"No application '{name}' that data sources may be granted to is listed.",
            help="The operator lists applications in the file of identity.applications_file.",
        )


def _tell(session: AsyncSession, identity: Identity, caller: Caller, grant: ResourceGrant, what: str) -> None:
    identity.authenticator.forget_on_commit(session, applications.principal_id(grant.principal_id))
    audit.record(
        session,
        audit.RESOURCE_SHARING,
        f"permission.{what}",
        entity_id=grant.id,
        actor_id=caller.id,
        resource_type=grant.resource_type,
        resource_id=grant.resource_id,
        application=grant.principal_id,
        permission_level=grant.permission_level,
    )
