"""An MCP server over stdio that gets another tool while it runs, and says so."""

from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("growing", log_level="ERROR")


@server.tool()
async def learn(name: str, context: Context) -> str:
    """Learn something that can be asked for from then on."""
    server.add_tool(lambda: f"I know {name}", name=name, description=f"What it knows of {name}.")
    await context.notify_tools_changed()
    await context.session.send_tool_list_changed()
    return "learned"


server.run("stdio")
