"""Where an integration is used. Asked here, because integrations know nothing of those that use them."""

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import usages_repository as repository
from codemie.assistants.usages_schemas import Usages, Use, UseKind
from codemie.identity.caller import Caller
from codemie.integrations import service as integrations
from codemie.integrations.schemas import Scope
from codemie.knowledge import repository as knowledge
from codemie.parts.references import Referring
from codemie.skills import repository as skills

MOST_TOLD = 100
"""Of each kind."""


async def of_integration(session: AsyncSession, caller: Caller, scope: Scope, setting_id: str) -> Usages:
    """What works with it, as far as the caller may read it, and how much else there is.

    Raises:
        NotFound: 404, there is no such integration that the caller may use.
    """
    await integrations.readable(session, caller, scope, setting_id)
    found: dict[UseKind, Referring] = {
        "assistant": await repository.assistants(session, caller, setting_id, MOST_TOLD),
        "choice": await repository.choices(session, caller, setting_id, MOST_TOLD),
        "skill": await skills.using_integration(session, caller, setting_id, MOST_TOLD),
        "data_source": await knowledge.using_integration(session, caller, setting_id, MOST_TOLD),
    }
    readable = sum(part.readable for part in found.values())
    return Usages(
        items=[
            Use(kind=kind, id=identity, name=name, project=project)
            for kind, part in found.items()
            for identity, name, project in part.rows
        ],
        total=readable,
        hidden=sum(part.every for part in found.values()) - readable,
    )
