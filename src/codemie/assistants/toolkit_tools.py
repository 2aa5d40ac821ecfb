"""The tools of an assistant's toolkits, each with the credential that this caller works with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from codemie.assistants import setup_repository
from codemie.assistants.assembly import Definition
from codemie.assistants.knowledge_tools import may_search
from codemie.assistants.tool_selection import Part, mentions, parts
from codemie.identity.caller import Caller
from codemie.integrations.resolution import Lender
from codemie.kernel import row_security
from codemie.kernel.tools import Tool
from codemie.knowledge import repository as knowledge
from codemie.toolkits import catalogue
from codemie.toolkits.calling import as_tool
from codemie.toolkits.connection import ChatFiles, Notes, Repository, RunCode, ToolRun
from codemie.toolkits.credentials import Choice, PersonalChoice, Purse
from codemie.toolkits.drawing import Order, drawer
from codemie.toolkits.plugin import LABEL
from codemie.toolkits.plugin import NAME as PLUGIN
from codemie.toolkits.runtime import Workbench
from codemie.toolkits.service import repository_of
from codemie.toolkits.toolkit import Offer
from codemie.toolkits.unfolding import unfolded
from codemie.toolkits.writing import writer

_NO_WORKFLOW = ""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a run has around it.

    Args:
        files: of the conversation.
        conversation_id: whose ledger rows pictures are.
        run_code: runs code in that conversation.
        notes: what tools remember in it.
    """

    files: ChatFiles | None = None
    conversation_id: str | None = None
    run_code: RunCode | None = None
    notes: Notes | None = None


async def tools_of(
    bench: Workbench,
    caller: Caller,
    definition: Definition,
    *,
    surroundings: Surroundings | None = None,
    requested: Mapping[str, Choice] | None = None,
) -> tuple[Tool, ...]:
    """The tools of one run. Credentials are looked for when a tool is called: a missing one costs that call alone.

    Args:
        bench: what calling tools needs of the process.
        caller: in whose name.
        definition: of the assistant, its skills' toolkits included.
        surroundings: of the run.
        requested: what the request chose, by tool name.
    """
    wanted = mentions(definition.toolkits)
    if not wanted:
        return ()
    repository = await _repository(bench, caller, definition) if _work_in_repositories(wanted) else None
    run = await _run(bench, caller, definition, repository, surroundings or Surroundings())
    purse = Purse(
        bench.database,
        bench.vault,
        caller,
        definition.project,
        f"assistant {definition.id or 'inline'}",
        choices=requested or {},
        lender=lender_of(definition),
        mapped=_Personal(bench, caller, definition.id) if definition.id else None,
        repository=repository,
    )
    tools: list[Tool] = []
    for part in parts(wanted, repository):
        taken = {*wanted, *(tool.name for tool in tools)} - part.names
        own = _for_part(purse, part)
        offers = await unfolded(part.offer, part.names, run, bench.reach, own, taken)
        tools += [as_tool(offer, run, bench.reach, own) for offer in offers]
    return tuple(tools)


def _for_part(purse: Purse, part: Part) -> Purse:
    """With the integration that is named for the tool, lent only where the assistant's author gave the tool."""
    stated = {LABEL: part.label} if part.label else {}
    choices = {part.offer.name: Choice(pinned=part.pinned, stated=stated), **purse.choices}
    # Whoever publishes an assistant does not mean to let everybody in at their own machine.
    lends = part.is_lent and part.offer.toolkit.key != PLUGIN
    return replace(purse, choices=choices, lender=purse.lender if lends else None)


async def _run(
    bench: Workbench, caller: Caller, definition: Definition, repository: Repository | None, around: Surroundings
) -> ToolRun:
    assistant = definition.id or None
    order = Order(definition.project, definition.image_model, assistant, around.conversation_id)
    return ToolRun(
        caller,
        definition.project,
        repository=repository,
        files=around.files,
        write=writer(bench.desk, caller, definition.project, definition.model, assistant),
        read=bench.read,
        draw=drawer(bench, caller, order),
        run_code=around.run_code,
        memory=await around.notes.read() if around.notes is not None and repository is not None else {},
        notes=around.notes,
        plugins=bench.plugins,
        assistant_id=assistant,
    )


def lender_of(definition: Definition) -> Lender | None:
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
        return personal_choice(row.slots if row else (), offer.chosen_as, offer.toolkit.key)


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
