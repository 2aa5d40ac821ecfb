"""The ground floor: what every room stands on.

It answers how settings are read, how the database, the message bus and durable work are reached, what an
error looks like on the wire, and what a tool is. Others use `kernel.errors`, `kernel.database.SessionDep`
and `kernel.tools.Tool` most.
"""
