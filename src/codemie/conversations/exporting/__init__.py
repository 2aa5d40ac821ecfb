"""Markdown as documents for people: Word, PDF, PowerPoint.

`markdown.py` reads Markdown into plain blocks, the other modules write blocks in one format each, `process.py` runs
them in a process of their own. Text goes into documents as text only: nothing in it is read as mark-up of the format.
"""
