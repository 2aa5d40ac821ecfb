"""Routes of grants to applications outside."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from codemie.identity.authentication import CallerDep
from codemie.identity.sign_in_endpoints import IdentityDep
from codemie.kernel.database import SessionDep
from codemie.knowledge import grants
from codemie.knowledge.grants_schemas import NewPermission, Permission

router = APIRouter(prefix="/v1/permissions", tags=["permissions"])


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
