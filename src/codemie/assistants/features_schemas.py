"""Assistants that projects have switched on for a feature."""

from typing import Annotated, Literal

from pydantic import Field

from codemie.kernel.http import WireModel

Feature = Literal["teams"]


class FeatureRequest(WireModel):
    project_name: Annotated[str, Field(min_length=1, max_length=255)]
    feature: Feature
