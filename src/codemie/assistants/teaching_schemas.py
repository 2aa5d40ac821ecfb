"""Attaching skills as clients see it."""

from typing import Annotated

from pydantic import Field

from codemie.kernel.http import WireModel
from codemie.parts.schemas import Unique


class AttachSkill(WireModel):
    skill_id: str


class BulkAttach(WireModel):
    assistant_ids: Annotated[list[str], Unique, Field(min_length=1, max_length=500)]


class AttachFailure(WireModel):
    """An assistant that did not get the skill, and why."""

    assistant_id: str
    error: str


class BulkAttached(WireModel):
    message: str
    success_count: int
    total_requested: int
    failures: list[AttachFailure]
