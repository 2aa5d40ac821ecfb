"""Use cases of project features: which assistants answer in a project's Teams bot."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import setup_repository as repository
from codemie.assistants.composition import resource_of
from codemie.assistants.features_schemas import Feature
from codemie.assistants.schemas import AssistantItem
from codemie.assistants.service import get_assistant, item
from codemie.assistants.settings import AssistantsSettings
from codemie.identity.caller import Caller
from codemie.identity.policy import decide, require_project
from codemie.identity.projects_use import require_usable
from codemie.kernel.errors import AccessDenied, NotFound
from codemie.kernel.http import Page, Pagination


def require_feature(settings: AssistantsSettings) -> None:
    """Refuse while the installation has the feature off (403)."""
    if not settings.teams_bot:
        raise AccessDenied(
            "Access denied",
            details="The feature 'teamsBotIntegration' is switched off.",
            help="An administrator can switch it on with the setting assistants.teams_bot.",
        )


async def page(
    session: AsyncSession, caller: Caller, project: str, feature: Feature, *, number: int, size: int
) -> Page[AssistantItem]:
    """The assistants a project has switched on that the caller may read.

    Raises:
        AccessDenied: 403, not the caller's project.
    """
    require_project(caller, project)
    rows, total = await repository.switched_on(session, project, feature, number=number, size=size)
    shown = [item(row, caller) for row in rows if decide(caller, "read", resource_of(row))]
    return Page[AssistantItem](data=shown, pagination=Pagination.of(number, size, total))


async def switch_on(session: AsyncSession, caller: Caller, assistant_id: str, project: str, feature: Feature) -> None:
    """Let the assistant answer for the project.

    Raises:
        NotFound: 404, no such assistant or project. EntityAccessDenied: 401, not the caller's assistant to read.
        AccessDenied: 403, not the caller's project to administer.
    """
    await get_assistant(session, caller, assistant_id)
    await require_usable(session, caller, project)
    _require_manager(caller, project)
    await repository.switch_on(session, assistant_id, project, feature)


async def switch_off(session: AsyncSession, caller: Caller, assistant_id: str, project: str, feature: Feature) -> None:
    """No longer.

    Raises:
        NotFound: 404, no such assistant, or it was not on. EntityAccessDenied: 401.
        AccessDenied: 403, not the caller's project to administer.
    """
    await get_assistant(session, caller, assistant_id)
    _require_manager(caller, project)
    if not await repository.switch_off(session, assistant_id, project, feature):
        raise NotFound("Mapping not found", details=f"The assistant is not switched on for '{feature}' in '{project}'.")


def _require_manager(caller: Caller, project: str) -> None:
    if not (caller.is_superuser or caller.manages(project)):
        raise AccessDenied("Access denied", details=f"You do not administer the project '{project}'.")
