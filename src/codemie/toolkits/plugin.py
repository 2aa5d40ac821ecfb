"""Tools of agents on other machines: what is connected with the plugin key of an integration.

An assistant that has `Plugin` gets each tool of each connected agent; one that names tools gets these, and keeps them
while their agent is away: then a call says so.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from codemie.plugins.naming import callable_name, chosen, readable
from codemie.plugins.tools import Holder, KeyTool, PluginTools, offline
from codemie.toolkits.calling import Output
from codemie.toolkits.connection import Connection
from codemie.toolkits.failures import NotConfigured
from codemie.toolkits.toolkit import Offer, Toolkit

NAME = "Plugin"
LABEL = "label"
"""What an assistant may state beside its integration: the only agents that count."""
PREFIX = "_"
"""Names of tools of agents begin so."""
_TOKENS = 30_000
_SPARE_SECONDS, _ABSENT_SECONDS = 10.0, 60.0
_ANYTHING: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": True}


class Agents:
    """The agents of one key, for one call.

    Raises:
        NotConfigured: the installation has no plugin engine, or the integration no key.
    """

    def __init__(self, connection: Connection) -> None:
        (key,) = connection.need("plugin_key")
        if connection.run.plugins is None:
            raise NotConfigured(
                details="This installation has no plugin engine.",
                help="An administrator can switch it on with the setting plugins.broker_secret.",
            )
        self.tools: PluginTools = connection.run.plugins
        credential, run = connection.credential, connection.run
        self.holder = Holder(
            key=key,
            setting_id=credential.id if credential else "",
            alias=credential.alias if credential else "",
            actor_id=run.caller.id,
            project=run.project,
            assistant_id=run.assistant_id,
            label=connection.value(LABEL, None),
        )


@dataclass(frozen=True, slots=True)
class AsSent:
    """Arguments as the agent declares them; the engine checks them against its newest word."""

    parameters: dict[str, Any]

    def schema(self) -> dict[str, Any]:
        """As the agent gave it."""
        return self.parameters

    def read(self, tool: str, sent: Mapping[str, Any]) -> dict[str, Any]:
        """As they are."""
        del tool
        return dict(sent)


async def agent_tools(offer: Offer, connection: Connection, names: Collection[str]) -> list[Offer]:
    """The tools of connected agents; one that is wanted and not there keeps its place, and its call says why.

    Args:
        offer: that they stand in for.
        connection: with the integration that has the key.
        names: of those that are wanted.
    """
    agents = Agents(connection)
    available = await agents.tools.available(agents.holder)
    by_name = {one.offered.name: one for one in available}
    found = [by_name[one.name] for one in chosen((tool.offered for tool in available), names)]
    there = {name for one in found for name in (one.offered.name, one.offered.entry.name)}
    missing = [absent(name) for name in sorted(names) if name not in there]
    tools = [_as_offer(one, agents.tools.call_seconds) for one in found]
    return [*tools, *missing] or [offer]


plugin = Toolkit(NAME, "Agents on other machines", Agents, credential=NAME)


@plugin.tool(
    "reads",
    name=NAME,
    label=NAME,
    about="All tools of agents that are connected with the plugin key.",
    output_tokens=_TOKENS,
    unfold=agent_tools,
)
async def list_agent_tools(agents: Agents) -> str:
    """Lists the tools of the person's own machines, which are there while an agent is connected.

    Call it when such a tool is needed and you have none: it says why, or which there are now.
    """
    available = await agents.tools.available(agents.holder)
    if not available:
        raise offline(agents.holder)
    return "\n".join(f"{one.offered.name}: {one.offered.entry.description}" for one in available)


def _as_offer(tool: KeyTool, seconds: float) -> Offer:
    entry, session = tool.offered.entry, tool.offered.session
    session_id, label, name = session.id, session.label, entry.name

    async def run(agents: Agents, /, **arguments: Any) -> Output:
        result = await agents.tools.call(agents.holder, name, arguments, session_id=session_id, label=label)
        return Output(result.text, is_error=result.is_error, pictures=result.pictures)

    return Offer(
        name=tool.offered.name,
        label=readable(name),
        description=entry.description or readable(name),
        about=entry.description.partition("\n")[0],
        arguments=AsSent(entry.args_schema),
        run=run,
        effect=tool.effect,
        weigh=None,
        asks=tool.asks,
        place=session.place,
        output_tokens=_TOKENS,
        seconds=seconds + _SPARE_SECONDS,
        toolkit=plugin,
        unfolded_from=NAME,
    )


def absent(name: str) -> Offer:
    """In place of a tool that nobody offers now. It never runs one: what that would do, nobody knows."""

    async def run(agents: Agents, /, **arguments: Any) -> str:
        raise await agents.tools.not_there(agents.holder, name, arguments)

    return Offer(
        name=callable_name(name),
        label=readable(name),
        description=f"{readable(name)}, on the person's own machine. No agent that has it is connected now: a call "
        "says why, for the person to read.",
        about=f"{readable(name)}, on the person's own machine.",
        arguments=AsSent(_ANYTHING),
        run=run,
        effect="reads",
        weigh=None,
        output_tokens=_TOKENS,
        seconds=_ABSENT_SECONDS,
        toolkit=plugin,
        unfolded_from=NAME,
    )


async def tools_of(connection: Connection) -> list[Offer]:
    """Those that are there; nothing when no agent is connected.

    Raises:
        CodeMieError: nobody can be asked.
    """
    agents = Agents(connection)
    available = await agents.tools.available(agents.holder)
    return [_as_offer(one, agents.tools.call_seconds) for one in available]


async def described(connection: Connection, name: str) -> Offer | None:
    """The tool of that name among those that are there; by a part of its name, if only one has it.

    Raises:
        CodeMieError: nobody can be asked.
    """
    offers = await tools_of(connection)
    exact = next((offer for offer in offers if offer.name == name), None)
    similar = [offer for offer in offers if name in offer.name]
    return exact or (similar[0] if len(similar) == 1 else None)
