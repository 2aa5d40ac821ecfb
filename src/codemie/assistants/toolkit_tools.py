"""The tools of an assistant's toolkits, each with the credential that this caller works with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from codemie.assistants import setup_repository
from codemie.assistants.assembly import Definition
from codemie.assistants.knowledge_tools import may_search
from codemie.identity.caller import Caller
from codemie.integrations.resolution import Lender
from codemie.kernel import row_security
from codemie.kernel.tools import Tool
from codemie.knowledge import repository as knowledge
from codemie.toolkits import catalogue
from codemie.toolkits.calling import as_tool
from codemie.toolkits.connection import ChatFiles, Repository, ToolRun
from codemie.toolkits.credentials import Choice, PersonalChoice, Purse
from codemie.toolkits.runtime import Workbench
from codemie.toolkits.service import repository_of
from codemie.toolkits.toolkit import Offer
from codemie.toolkits.writing import writer

_NO_WORKFLOW = ""
Json = dict[str, Any]


async def tools_of(
    bench: Workbench,
    caller: Caller,
    definition: Definition,
    *,
    files: ChatFiles | None = None,
    requested: Mapping[str, Choice] | None = None,
) -> tuple[Tool, ...]:
    """The tools of one run. Credentials are looked for when a tool is called: a missing one costs that call alone.

    Args:
        bench: what calling tools needs of the process.
        caller: in whose name.
        definition: of the assistant, its skills' toolkits included.
        files: of the conversation.
        requested: what the request chose, by tool name.
    """
    wanted = _selected(definition.toolkits)
    if not wanted:
        return ()
    repository = await _repository(bench, caller, definition) if _work_in_repositories(wanted) else None
    offers = [offer for name in wanted if (offer := catalogue.find(name, repository)) is not None]
    run = ToolRun(
        caller,
        definition.project,
        repository=repository,
        files=files,
        write=writer(bench.desk, caller, definition.project, definition.model, definition.id or None),
    )
    purse = Purse(
        bench.database,
        bench.vault,
        caller,
        definition.project,
        f"assistant {definition.id or 'inline'}",
        choices={**{name: Choice(pinned=pinned) for name, pinned in wanted.items()}, **(requested or {})},
        lender=_lender(definition),
        mapped=_Personal(bench, caller, definition.id) if definition.id else None,
        repository=repository,
    )
    return tuple(as_tool(offer, run, bench.reach, purse) for offer in offers)


def _selected(toolkits: Iterable[Json]) -> dict[str, str | None]:
    """The names of the tools it has, each with the integration that the tool, or else its toolkit, names."""
    selected: dict[str, str | None] = {}
    for toolkit in toolkits:
        general = _pinned(toolkit)
        for tool in toolkit.get("tools") or ():
            name = str(tool.get("name"))
            if name not in selected:
                selected[name] = _pinned(tool) or general
    return selected


def _pinned(part: Json) -> str | None:
    return (part.get("settings") or {}).get("id")


def _lender(definition: Definition) -> Lender | None:
    """An inline definition lends nothing: whoever sends it chose its integrations."""
    if not definition.id or definition.owner_id is None:
        return None
    return Lender(definition.owner_id, definition.project, definition.is_global)


def _work_in_repositories(names: Iterable[str]) -> bool:
    wanted = set(names)
    return any(offer.name in wanted and offer.toolkit.works_in is not None for offer in catalogue.offers())


async def _repository(bench: Workbench, caller: Caller, definition: Definition) -> Repository | None:
    """The repository of the first code data source that this caller may use through the assistant."""
    with row_security.system("lend to an assistant"):
        async with bench.database.session() as session:
            for name in definition.sources:
                source = await knowledge.find_named(session, definition.project, name)
                if source is not None and may_search(caller, definition, source):
                    repository = repository_of(source)
                    if repository is not None:
                        return repository
    return None


@dataclass(frozen=True, slots=True)
class _Personal:
    """What the caller set up for the assistant's tools, read when a tool is called."""

    bench: Workbench
    caller: Caller
    assistant_id: str

    async def __call__(self, offer: Offer) -> PersonalChoice:
        async with self.bench.database.session() as session:
            row = await setup_repository.mapping(session, self.assistant_id, self.caller.id, _NO_WORKFLOW)
        return personal_choice(row.slots if row else (), offer.name, offer.toolkit.key)


def personal_choice(slots: Iterable[Json], tool: str, toolkit: str) -> PersonalChoice:
    """What a person's slots mean for one tool: its own slot first, its toolkit's, then the others by their order."""
    order = {tool: 0, toolkit: 1}
    ranked = sorted(slots, key=lambda slot: order.get(str(slot.get("name")), 2))
    own = next((slot for slot in ranked if str(slot.get("name")) in order), {})
    return PersonalChoice(
        ids=tuple(str(slot["integration_id"]) for slot in ranked if slot.get("integration_id")),
        declined=bool(own.get("explicit_none")),
        automatic=bool(own.get("auto_lookup")),
    )
