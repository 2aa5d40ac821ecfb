"""Reactions as clients send and see them."""

from typing import Literal

from codemie.kernel.http import WireModel

Reaction = Literal["like", "dislike"]
Kind = Literal["assistant", "skill"]


class ReactionRequest(WireModel):
    reaction: Reaction


class ReactionOutcome(WireModel):
    """What the caller thinks now, and how many think so."""

    success: bool = True
    reaction: Reaction | None
    like_count: int
    dislike_count: int
    error: str | None = None
