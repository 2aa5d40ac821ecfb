"""An MCP server on stdio whose tools answer in every form there is. The agent starts it with its own Python."""

import time

from mcp.server.fastmcp import FastMCP, Image

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)

server = FastMCP("shed")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
def picture() -> Image:
    """A picture of one red point."""
    return Image(data=PIXEL, format="png")


@server.tool()
def boom() -> str:
    """Fails always."""
    raise ValueError("kaboom")


@server.tool(name="dotted.name")
def dotted() -> str:
    """Has a name that no subject can hold."""
    return "never"


@server.tool()
def big(size: int) -> str:
    """As many letters as asked for."""
    return "x" * size


@server.tool()
def nap(seconds: float) -> str:
    """Takes its time."""
    time.sleep(seconds)
    return "rested"


server.run()
