"""Search tools over the data sources an assistant is given."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemie.assistants.assembly import Definition
from codemie.identity.caller import Caller
from codemie.identity.policy import decide
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.errors import NotFound
from codemie.kernel.tools import Tool
from codemie.knowledge import repository
from codemie.knowledge.tables import DataSource

if TYPE_CHECKING:
    from codemie.knowledge.embedders import SourceEmbedders


@dataclass(frozen=True, slots=True)
class KnowledgeTools:
    """Makes one search tool for each data source of an assistant."""

    database: Database
    embedders: "SourceEmbedders"

    async def __call__(self, caller: Caller, definition: Definition, passages: int) -> tuple[Tool, ...]:
        """The tools, in the order of the assistant's data sources.

        Raises:
            NotFound: a data source is gone, or nobody involved may read it any more.
        """
        from codemie.knowledge.tools import search_tool  # loads numerics, which a plain chat never needs

        # Another project's source may be lent through its assistant: `may_search` decides.
        with row_security.system("lend to an assistant"):
            async with self.database.session() as session:
                found = {
                    name: await repository.find_named(session, definition.project, name) for name in definition.sources
                }
        tools: list[Tool] = []
        for name, source in found.items():
            if source is None or not may_search(caller, definition, source):
                raise NotFound(
                    "Datasource not found",
                    details=f"The assistant '{definition.name}' uses the datasource '{name}', which does not exist "
                    f"in the project '{definition.project}' or is no longer shared with it.",
                    help="Edit the assistant and remove or replace the datasource.",
                )
            tools.append(search_tool(self.database, self.embedders, source, top_k=passages))
        return distinct(tools)


def distinct(tools: list[Tool]) -> tuple[Tool, ...]:
    """The tools under names of their own: two data sources may differ in characters a tool's name cannot hold."""
    named: dict[str, Tool] = {}
    for tool in tools:
        name = tool.name
        number = 2
        while name in named:
            name = f"{tool.name[:60]}_{number}"
            number += 1
        named[name] = tool if name == tool.name else replace(tool, name=name)
    return tuple(named.values())


def may_search(caller: Caller, definition: Definition, source: DataSource) -> bool:
    """Whether this caller may search the source through this assistant.

    Who may use a stored assistant may search what is its author's own. What others share in the project is for who
    is in that project still, unless the assistant is published to everybody: the author of an assistant keeps it after
    leaving the project. An inline definition gives nothing that its sender may not read.
    """
    if decide(caller, "read", repository.resource(source)):
        return True
    if not definition.id:
        return False
    if source.owner_id == definition.owner_id:
        return True
    return source.shared and (definition.is_global or caller.can_use_project(definition.project))
