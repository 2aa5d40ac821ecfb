"""Roles as dependencies: FastAPI settles them before it validates a body, so who may not ask learns nothing else."""

from typing import Annotated

from fastapi import Depends

from codemie.identity import policy
from codemie.identity.authentication import CallerDep
from codemie.identity.caller import Caller


async def superuser(caller: CallerDep) -> Caller:
    """Administrators and maintainers; 403 for others."""
    policy.require_superuser(caller)
    return caller


async def overseer(caller: CallerDep) -> Caller:
    """Administrators, maintainers and auditors; 403 for others."""
    policy.require_overseer(caller)
    return caller


async def maintainer(caller: CallerDep) -> Caller:
    """Maintainers; 403 for others."""
    policy.require_maintainer(caller)
    return caller


async def auditor(caller: CallerDep) -> Caller:
    """Maintainers and auditors; 403 for others."""
    policy.require_auditor(caller)
    return caller


async def user_reader(caller: CallerDep) -> Caller:
    """Overseers, and administrators of some project, who look for people to add; 403 for others."""
    policy.require_user_reader(caller)
    return caller


SuperuserDep = Annotated[Caller, Depends(superuser)]
OverseerDep = Annotated[Caller, Depends(overseer)]
MaintainerDep = Annotated[Caller, Depends(maintainer)]
AuditorDep = Annotated[Caller, Depends(auditor)]
UserReaderDep = Annotated[Caller, Depends(user_reader)]
