"""Which assistants can answer: those that run here, and agents on other servers whose card is known."""

from typing import Any

REMOTE = "A2A"
"""The type of assistants that are agents on other servers."""
_LOCAL = "codemie"


def objection(kind: str, card: Any) -> str | None:
    """Why an assistant of that type, with that card of an agent, cannot answer; `None` when it can."""
    if kind == REMOTE:
        return None if card else "An assistant of type 'A2A' needs the card of its agent ('agent_card')."
    if kind == _LOCAL:
        return None
    return f"Assistants of type '{kind}' run at AWS, and this server cannot ask them."
