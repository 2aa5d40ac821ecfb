"""How does an MCP server become tools here, and how are we one?

Servers of an assistant are reached by `client.McpClient`, which gives `kernel.tools.Tool`; `serving` publishes tools of
ours to any MCP client. The catalogue and people's sign-ins at servers are tables of this room.
"""
