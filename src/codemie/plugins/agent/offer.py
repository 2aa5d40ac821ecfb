"""Puts together what this machine offers, as the configuration has it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import SSLContext

from codemie.kernel.tools import Tool
from codemie.plugins.agent.configuration import Configuration, Misconfigured, child_environment
from codemie.plugins.agent.consent import patterns
from codemie.plugins.agent.files import file_tools
from codemie.plugins.agent.git import ENVIRONMENT, git_tool
from codemie.plugins.agent.http import http_tool
from codemie.plugins.agent.jail import Jail
from codemie.plugins.agent.mcp_entries import entries
from codemie.plugins.agent.mcp_offer import McpOffer
from codemie.plugins.agent.processes import Programs
from codemie.plugins.agent.shell import shell_tool
from codemie.plugins.agent.tools import AgentTool, Offered

HTTP_SECONDS = 120.0


@asynccontextmanager
async def offered_tools(
    configuration: Configuration, trust: SSLContext, variables: Mapping[str, str], tell: Callable[[str], None]
) -> AsyncGenerator[Offered]:
    """The tools, for the length of the block. MCP servers run meanwhile.

    Args:
        configuration: which.
        trust: certificates the HTTP tool believes.
        variables: of the environment, that MCP servers get besides their own: server → names.
        tell: takes what goes wrong later, in words.

    Raises:
        NotFound: the folder to serve is not there.
        Misconfigured: an MCP server is not set up, or there is no tool at all.
        ServerFailed: an MCP server does not start.
    """
    hidden = [configuration.file] if configuration.file else []
    jail = Jail(Path(configuration.root), hidden)
    own = _own_tools(configuration, jail, trust)
    known = entries(configuration.servers, configuration.mcp_servers, variables)
    servers = McpOffer(known, jail.root, [one.name for one in own])
    offered = Offered({}, asyncio.Event())

    def take_over() -> None:
        tools = [one for one in (*own, *servers.tools) if not configuration.read_only or one.tool.effect == "reads"]
        offered.tools.clear()
        offered.tools.update({one.name: one for one in tools})

    def renew() -> None:
        before = {name: one.tool for name, one in offered.tools.items()}
        take_over()
        if _differ(before, offered.tools):
            tell(f"The MCP servers have other tools now: {', '.join(offered.tools)}.")
            offered.changed.set()

    following: asyncio.Task[None] | None = None
    try:
        await servers.load()
        take_over()
        if not offered.tools:
            raise Misconfigured("There is no tool to offer", help="Choose groups of tools, or MCP servers.")
        following = asyncio.create_task(servers.follow(tell, renew))
        yield offered
    finally:
        if following is not None:
            following.cancel()
        await servers.close()
        jail.close()


def _differ(before: Mapping[str, Tool], after: Mapping[str, AgentTool]) -> bool:
    """Whether something that the platform is told of has changed."""

    def told(tool: Tool) -> tuple[object, ...]:
        return tool.description, tool.parameters, tool.effect

    return {name: told(one) for name, one in before.items()} != {name: told(one.tool) for name, one in after.items()}


def _own_tools(configuration: Configuration, jail: Jail, trust: SSLContext) -> list[AgentTool]:
    variables = child_environment(configuration.key)
    seconds, rules = configuration.command_seconds, configuration.allow
    tools: list[AgentTool] = []
    if "files" in configuration.tools:
        is_diff = configuration.write_strategy == "diff"
        tools += file_tools(jail, read_only=configuration.read_only, diff=is_diff)
    if "shell" in configuration.tools:
        tools.append(shell_tool(Programs(jail.root, variables), patterns(rules, "shell"), seconds))
    if "git" in configuration.tools:
        programs = Programs(jail.root, {**variables, **ENVIRONMENT})
        tools.append(git_tool(programs, patterns(rules, "git"), seconds))
    if configuration.http_hosts:
        tools.append(http_tool(configuration.http_hosts, trust, HTTP_SECONDS))
    return tools
