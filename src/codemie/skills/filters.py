"""The ``filters`` of the skills list, checked before they reach SQL."""

from typing import Annotated

from pydantic import Field

from codemie.kernel.http import OneOrMany, WireModel


class SkillFilters(WireModel):
    """Only what is set narrows the list; unknown keys are ignored. ``scope`` may be the name of a project."""

    scope: str | None = None
    project: OneOrMany | None = None
    visibility: OneOrMany | None = None
    categories: OneOrMany | None = None
    created_by: OneOrMany | None = None
    search: Annotated[str, Field(max_length=1000)] | None = None
    id: OneOrMany | None = None
