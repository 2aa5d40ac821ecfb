"""How is it found out whether a credential works, and where the way to a system ends?

A walk over the network first (`diagnosis`), then one read-only question of each system (`systems`), whose answers are
read here as well.
"""
