"""The tools of the fake MCP server, and the server over stdio when run as a program."""

import io
import os
from pathlib import Path
from typing import Any

import anyio
from mcp.server.mcpserver import Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from PIL import Image as Drawing

READ_ONLY = ToolAnnotations(read_only_hint=True)
LONG = "x" * 100_000
_drawn = io.BytesIO()
Drawing.radial_gradient("L").resize((320, 180)).convert("RGB").save(_drawn, "PNG")
PICTURE = _drawn.getvalue()


def build(name: str = "fake", headers: dict[str, str] | None = None) -> MCPServer:
    """A server of the official SDK; `headers` are those of the last request."""
    server = MCPServer(name, log_level="ERROR")

    @server.tool(annotations=READ_ONLY)
    def add(a: int, b: int) -> str:
        """Add two numbers."""
        return f"The sum is {a + b}."

    @server.tool()
    def remember(text: str) -> str:
        """Write a text down."""
        return f"Remembered: {text}"

    @server.tool(annotations=READ_ONLY)
    def seen_headers() -> dict[str, Any]:
        """What the request carried."""
        return dict(headers or {})

    @server.tool(annotations=READ_ONLY)
    def seen_environment() -> str:
        """Names of the variables the program runs with."""
        return f"{Path.cwd()} {sorted(os.environ)} {os.environ.get('GREETING')}"

    @server.tool()
    def broken() -> str:
        """Fail."""
        raise ToolError("the tank is empty")

    @server.tool()
    def long_story() -> str:
        """Tell far too much."""
        return LONG

    @server.tool()
    async def sleepy() -> str:
        """Answer after a long time."""
        await anyio.sleep(60)
        return "late"

    @server.tool()
    def picture() -> Image:
        """Draw a picture."""
        return Image(data=PICTURE, format="png")

    return server


if __name__ == "__main__":
    build().run("stdio")
