"""Runs the agent of this machine and says what it offers."""

import asyncio
import json
import os
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

from codemie.cli.exits import Exit, stop
from codemie.plugins.agent import offer
from codemie.plugins.agent.configuration import Configuration, load
from codemie.plugins.agent.failures import KeyRefused
from codemie.plugins.agent.run import serve
from codemie.plugins.agent.tools import AgentTool
from codemie.plugins.agent.trust import tls_context

_EFFECTS = {"reads": "only reads", "writes": "changes things", "destroys": "may need consent"}


def run(options: Mapping[str, Any], variables: Mapping[str, str], file: Path | None) -> None:
    """Serve until told to stop."""
    try:
        asyncio.run(serve(load(options, os.environ, file), variables))
    except KeyRefused as error:
        stop(str(error), Exit.CONFIGURATION)
    except asyncio.CancelledError:
        stop("Stopped at once; running calls were stopped.", Exit.INTERRUPTED)


def list_tools(options: Mapping[str, Any], variables: Mapping[str, str], file: Path | None, *, as_json: bool) -> None:
    """Print the tools."""
    tools = asyncio.run(_offered(load(options, os.environ, file), variables))
    if as_json:
        print(json.dumps([_entry(one) for one in tools], indent=2, ensure_ascii=False))
        return
    width = max(len(one.name) for one in tools)
    for one in tools:
        print(f"{one.name:{width}}  {one.group:5}  {_EFFECTS[one.tool.effect]:16}  {_first_line(one)}")


async def _offered(configuration: Configuration, variables: Mapping[str, str]) -> list[AgentTool]:
    async with offer.offered_tools(configuration, tls_context(configuration), variables, print) as offered:
        return list(offered.tools.values())


def _entry(tool: AgentTool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "group": tool.group,
        "effect": tool.tool.effect,
        "description": tool.tool.description,
        "args_schema": tool.tool.parameters,
    }


def _first_line(tool: AgentTool) -> str:
    return shorten((tool.tool.description.strip().splitlines() or [""])[0], 100, placeholder=" …")
