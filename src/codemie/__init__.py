"""CodeMie: a self-hosted enterprise AI platform.

`docs/architecture.md` draws the house: rooms, floors and seams.
"""

__version__ = "0.1.0"
