"""What assistants and skills are composed of: toolkits, MCP servers, prompt variables, references to data sources.

Others use the wire models of ``schemas``, and ``secrets.SecretKeeper``, which seals the credentials inside them before
they are stored. The room keeps no rows of its own: the parts are stored with what they belong to.
"""
