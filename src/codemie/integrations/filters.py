"""The ``filters`` of the integration lists, checked before they reach SQL."""

from typing import Annotated

from pydantic import Field

from codemie.kernel.http import OneOrMany, WireModel


class SettingFilters(WireModel):
    """Only what is set narrows the list; unknown keys are ignored."""

    search: Annotated[str, Field(max_length=1000)] | None = None
    project: OneOrMany | None = None
    type: OneOrMany | None = None
    created_by: OneOrMany | None = None
    is_global: bool | None = None
