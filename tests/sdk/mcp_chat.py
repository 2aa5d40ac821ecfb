"""Starts the official MCP package over stdio, as a desktop client would, and asks the assistant it offers."""

import asyncio
import json
import os
import sys
from pathlib import Path

from mcp.client.stdio import stdio_client

from mcp import ClientSession, StdioServerParameters


async def main(question: str) -> None:
    command = str(Path(sys.executable).with_name("codemie-mcp-assistants"))
    program = StdioServerParameters(command=command, args=[], env=dict(os.environ))
    async with stdio_client(program) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        arguments = dict.fromkeys(tools[0].inputSchema["required"], question)
        answer = await session.call_tool(tools[0].name, arguments)
        seen = {"tools": [tool.name for tool in tools], "answer": answer.content[0].text, "failed": answer.isError}
        print(json.dumps(seen))  # noqa: T201 - the test reads it


asyncio.run(main(sys.argv[1]))
