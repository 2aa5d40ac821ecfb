"""Checks of a running installation from inside: its settings, database, message bus, models, keys and disk."""
