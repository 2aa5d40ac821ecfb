"""Use cases around tools of agents outside a run: what a key gives now, what one of the tools takes."""

from codemie.identity.caller import Caller
from codemie.integrations import resolution
from codemie.kernel.errors import CodeMieError, Unprocessable
from codemie.toolkits.connection import Connection, ToolRun
from codemie.toolkits.credentials import Choice, Purse
from codemie.toolkits.plugin import NAME, PREFIX, absent, described, plugin, tools_of
from codemie.toolkits.runtime import Workbench
from codemie.toolkits.schemas import CatalogueTool, CatalogueToolkit
from codemie.toolkits.toolkit import Offer

_PURPOSE = "tools of agents"


def is_of_an_agent(name: str) -> bool:
    """Whether a tool's name is one that agents give."""
    return name.startswith(PREFIX)


async def plugin_tools(bench: Workbench, caller: Caller, setting_id: str) -> list[CatalogueToolkit]:
    """What agents offer that are connected with the key of an integration.

    Raises:
        Unprocessable: 422, nobody is connected, or the integration is not one of the caller's with a plugin key.
    """
    try:
        offers = await tools_of(await _connection(bench, caller, setting_id))
    except CodeMieError as error:
        raise Unprocessable(f"Error retrieving plugin toolkit: {error.message}", details=error.details or "") from error
    if not offers:
        raise Unprocessable("No plugin tools found", details="", help="Start the agent, then load the tools again.")
    tools = [
        CatalogueTool(
            name=offer.name,
            label=offer.label,
            description=offer.description,
            user_description=offer.about,
            effect=offer.effect,
            credential_type=NAME,
            credential_types=[NAME],
        )
        for offer in offers
    ]
    return [CatalogueToolkit(toolkit=NAME, label=plugin.label, settings_config=True, tools=tools)]


async def find(bench: Workbench, caller: Caller, setting_id: str, name: str) -> Offer | None:
    """The tool of that name; None when it is not there, or the integration not the caller's to use."""
    try:
        return await described(await _connection(bench, caller, setting_id), name)
    except CodeMieError:
        return None


async def in_purse(bench: Workbench, purse: Purse, run: ToolRun, name: str) -> Offer:
    """The tool of that name, with whatever key the purse gives for it; the call of one that is not there says so."""
    async with purse(plugin.offers[NAME]) as credential:
        connection = Connection(credential, bench.reach, run)
    return await described(connection, name) or absent(name)


async def _connection(bench: Workbench, caller: Caller, setting_id: str) -> Connection:
    async with bench.database.session() as session:
        row = await resolution.find(session, caller, setting_id)
    project = row.project if row is not None else ""
    purse = Purse(bench.database, bench.vault, caller, project, _PURPOSE, {NAME: Choice(named=setting_id)})
    async with purse(plugin.offers[NAME]) as credential:
        return Connection(credential, bench.reach, ToolRun(caller, project, plugins=bench.plugins))
