"""Routes of grants to applications outside."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from codemie.identity.authentication import CallerDep
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.kernel.database import SessionDep
from codemie.kernel.http import PageNumber, PageSize
from codemie.knowledge import grants
from codemie.knowledge.grants_schemas import GrantPage, ListedApplication, NewPermission, Permission

router = APIRouter(prefix="/v1/permissions", tags=["permissions"])


@router.get("")
async def list_permissions(
    session: SessionDep,
    caller: CallerDep,
    principal_id: Annotated[str | None, Query(max_length=255)] = None,
    page: PageNumber = 0,
    per_page: PageSize = 20,
) -> GrantPage:
    """What applications were granted, as far as the caller may take it back (ours)."""
    return await grants.listing(session, caller, principal_id, page, per_page)


@router.get("/applications")
async def list_applications(identity: IdentityDep, caller: CallerDep) -> list[ListedApplication]:
    """Applications that data sources may be granted to (ours)."""
    return [ListedApplication(name=name) for name in grants.applications_for(identity, caller)]


@router.post("", status_code=201, responses={200: {"model": Permission, "description": "It was granted before"}})
async def grant_permission(
    wanted: NewPermission, response: Response, session: SessionDep, identity: IdentityDep, caller: CallerDep
) -> Permission:
    """Let an application read, change or delete a data source."""
    grant, is_new = await grants.add(session, identity, caller, wanted)
    if not is_new:
        response.status_code = 200
    return Permission.model_validate(grant, from_attributes=True)


@router.delete("/{permission_id}")
async def revoke_permission(
    permission_id: Annotated[str, Path(max_length=255)], session: SessionDep, identity: IdentityDep, caller: CallerDep
) -> None:
    """Take it back."""
    await grants.remove(session, identity, caller, permission_id)
