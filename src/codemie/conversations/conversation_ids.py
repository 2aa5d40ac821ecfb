"""Clients choose the ids of conversations. Some mean something else in an address, so they could never be opened."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator

LITERALS = frozenset({"new", "search", "folder", "folders"})
"""Words that stand in addresses where the id of a conversation would."""


def openable(conversation_id: str) -> str:
    """The id, if a conversation of that id can be opened.

    Raises:
        ValueError: it cannot.
    """
    problem = _problem(conversation_id)
    if problem is not None:
        raise ValueError(f"A conversation cannot have this id: {problem}")
    return conversation_id


def _problem(conversation_id: str) -> str | None:
    if conversation_id in LITERALS:
        return f"'{conversation_id}' means something else in an address"
    if conversation_id in {".", ".."}:
        return "clients leave it out of an address"
    if "/" in conversation_id or "\\" in conversation_id:
        return "it must not contain a slash"
    if not conversation_id.isprintable():
        return "it must not contain control characters"
    return None


NewConversationId = Annotated[str, Path(max_length=500), AfterValidator(openable)]
"""Parameter type of the route that makes a conversation by its id."""
