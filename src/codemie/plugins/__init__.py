"""How does a tool on somebody's laptop become a tool here?

Agents connect to NATS with a plugin key; `registry` knows who is there, `calls` asks them, and `tools` gives
`kernel.tools.Tool`. `wire` is the protocol, shared with our own agent in `agent`.
"""
