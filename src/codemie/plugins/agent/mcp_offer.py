"""Tools of all MCP servers of the agent, under names of their own, as the servers have them now."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from codemie.kernel.errors import CodeMieError
from codemie.plugins.agent.mcp_entries import ServerEntry
from codemie.plugins.agent.mcp_servers import MAX_NAME, MAX_TOOLS, McpServer, exposed_name
from codemie.plugins.agent.tools import AgentTool

SETTLE_SECONDS = 0.5
"""A server that changes several tools says so several times."""
MOST_NAMES = 4 * MAX_TOOLS


class McpOffer:
    """What the servers offer.

    A name that was given once keeps its meaning, whatever the servers have later: people allowed calls by that name.

    Args:
        entries: how the servers are reached.
        folder: where their commands run.
        taken: names of other tools.
    """

    def __init__(self, entries: Sequence[ServerEntry], folder: Path, taken: Iterable[str]) -> None:
        self._servers = {one.name: McpServer(one, folder, self._noting(one.name)) for one in entries}
        self._tools: dict[str, list[AgentTool]] = {}
        self._taken = set(taken)
        self._names: dict[tuple[str, str, int], str] = {}
        self._changed = set[str]()
        self._news = asyncio.Event()

    @property
    def tools(self) -> list[AgentTool]:
        """All of them, as last heard."""
        return [tool for server, tools in self._tools.items() for tool in self._named(server, tools)]

    async def load(self) -> None:
        """Start the servers and ask what they offer.

        Raises:
            ServerFailed: one does not start or does not say.
        """
        for name, server in self._servers.items():
            self._tools[name] = await server.tools()

    async def follow(self, tell: Callable[[str], None], changed: Callable[[], None]) -> None:
        """Until cancelled: ask servers again that say they have other tools.

        Args:
            tell: takes what went wrong, in words.
            changed: called when there are others.
        """
        while True:
            await self._news.wait()
            await asyncio.sleep(SETTLE_SECONDS)
            self._news.clear()
            names, self._changed = self._changed, set[str]()
            for name in names:
                try:
                    self._tools[name] = await self._servers[name].tools()
                except CodeMieError as error:
                    tell(str(error))
            changed()

    async def close(self) -> None:
        """End the connections."""
        for server in self._servers.values():
            await server.close()

    def _noting(self, name: str) -> Callable[[], None]:
        def note() -> None:
            self._changed.add(name)
            self._news.set()

        return note

    def _named(self, server: str, tools: Iterable[AgentTool]) -> Iterator[AgentTool]:
        namesakes = Counter[str]()
        for tool in tools:
            namesakes[tool.name] += 1
            name = self._name(server, tool.name, namesakes[tool.name])
            if name is not None:
                yield replace(tool, tool=replace(tool.tool, name=name))

    def _name(self, server: str, wanted: str, number: int) -> str | None:
        """The name that is given to a tool; one that is taken gets its server's name in front, then numbers."""
        known = self._names.get((server, wanted, number))
        if known is not None or len(self._names) >= MOST_NAMES:
            return known
        used = self._taken.union(self._names.values())
        choices = [wanted, exposed_name(f"{server}{wanted}")]
        choices += [f"{choices[1][: MAX_NAME - 5]}_{number}" for number in range(2, MOST_NAMES)]
        name = self._names[server, wanted, number] = next(one for one in choices if one not in used)
        return name
