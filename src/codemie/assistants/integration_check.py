"""Do the tools of an assistant find credentials? Asked before it is saved, so that nobody wonders later."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from codemie.assistants import repository
from codemie.assistants.composition import resource_of
from codemie.assistants.schemas import MissingCredentials, MissingIntegrations, MissingTool
from codemie.assistants.tables import Assistant
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.integrations import resolution
from codemie.kernel.errors import CodeMieError
from codemie.toolkits import catalogue
from codemie.toolkits.toolkit import Offer

Json = dict[str, Any]


class IntegrationsMissing(Exception):
    """An assistant was not saved because tools of it find no credentials.

    Args:
        found: which.
    """

    def __init__(self, found: MissingIntegrations) -> None:
        super().__init__(found.message)
        self.found = found


async def require(
    session: AsyncSession, caller: Caller, project: str, toolkits: Iterable[Json], sub_ids: Iterable[str]
) -> None:
    """Return if every tool would find a credential in the caller's hands.

    Args:
        session: of the request.
        caller: who saves.
        project: of the assistant.
        toolkits: that it will have.
        sub_ids: of the assistants it may hand tasks to; those the caller may not read are passed over.

    Raises:
        IntegrationsMissing: some would not.
    """
    own = _grouped(await missing(session, caller, project, toolkits))
    below: list[MissingCredentials] = []
    for sub in (await repository.find_many(session, list(sub_ids))).values():
        if decide(caller, "read", resource_of(sub)):
            below += _grouped(await missing(session, caller, sub.project, sub.toolkits), sub)
    count = sum(len(item.missing_tools) for item in (*own, *below))
    if count:
        raise IntegrationsMissing(
            MissingIntegrations(
                has_missing_integrations=True,
                missing_by_credential_type=own,
                sub_assistants_missing=below,
                message=f"{count} tool(s) have no integration to work with.",
            )
        )


def _grouped(lacking: dict[str, list[MissingTool]], sub: Assistant | None = None) -> list[MissingCredentials]:
    named = {"assistant_id": sub.id, "assistant_name": sub.name, "icon_url": sub.icon_url} if sub else {}
    return [MissingCredentials(credential_type=kind, missing_tools=tools, **named) for kind, tools in lacking.items()]


async def missing(
    session: AsyncSession, caller: Caller, project: str, toolkits: Iterable[Json]
) -> dict[str, list[MissingTool]]:
    """Tools that would find no credential in the caller's hands, by the type they need."""
    lacking: dict[str, list[MissingTool]] = defaultdict(list)
    known: dict[tuple[str | None, ...], bool] = {}
    for toolkit in toolkits:
        for tool in toolkit.get("tools") or ():
            offers = _offers(str(toolkit.get("toolkit")), str(tool.get("name")))
            if not offers or any(offer.toolkit.credential is None for offer in offers):
                continue
            pinned = ((tool.get("settings") or toolkit.get("settings")) or {}).get("id")
            place = (pinned, *(f"{offer.toolkit.key} {offer.toolkit.system}" for offer in offers))
            if place not in known:
                known[place] = await _one_finds(session, caller, project, offers, pinned)
            if not known[place]:
                lacking[offers[0].toolkit.credential or ""].append(_told(toolkit, offers[0]))
    return lacking


def _offers(toolkit: str, name: str) -> list[Offer]:
    """The tools of that name; one that only a credential knows needs what its toolkit needs."""
    whole = catalogue.unfolding(toolkit)
    return catalogue.named(name) or ([replace(whole, name=name, label=name)] if whole else [])


async def _one_finds(
    session: AsyncSession, caller: Caller, project: str, offers: Iterable[Offer], pinned: str | None
) -> bool:
    """Of tools with one name the repository decides which is used, and it may be another tomorrow."""
    for offer in offers:
        kit = offer.toolkit
        wanted = resolution.Wanted(kit.credential or "", project, also=kit.also, pinned=pinned, fit=kit.fit)
        try:
            await resolution.resolve(session, caller, wanted)
        except CodeMieError:
            continue
        return True
    return False


def _told(toolkit: Json, offer: Offer) -> MissingTool:
    return MissingTool(
        toolkit=str(toolkit["toolkit"]),
        tool=offer.name,
        label=offer.label,
        credential_type=offer.toolkit.credential or "",
        settings_config_level="toolkit" if toolkit.get("settings_config") else "tool",
    )
