"""Projects as places where things are made: the one check in front of every route that is told a project's name."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.identity import policy, repository
from codemie.identity.caller import Caller
from codemie.identity.tables import Project
from codemie.kernel.errors import NotFound


async def require_usable(session: AsyncSession, caller: Caller, project: str) -> Project:
    """The project, if it exists and the caller may make or move something there.

    Rights come first: whoever does not belong to a project learns nothing of whether it exists. Only those who may
    work in all projects are told that one does not, which is a slip of the pen more often than not.

    Args:
        session: a transaction.
        caller: who asks.
        project: its name, as written; what lies in a project is found by its exact name.

    Raises:
        AccessDenied: 403, the caller does not belong to it.
        NotFound: 404, there is no such project, or its name is written in another case.
    """
    policy.require_project(caller, project)
    found = await repository.project_by_name(session, project)
    if found is None:
        raise NotFound("Project not found", details=f"The project '{project}' could not be found in the system.")
    if found.name != project:
        raise NotFound(
            "Project not found",
            details=f"The project '{project}' could not be found in the system.",
            help=f"There is one that is written '{found.name}'.",
        )
    return found
