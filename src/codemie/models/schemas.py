"""Wire models of the models room: a row of the catalogue as clients see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from codemie.kernel.http import WireModel
from codemie.models.entries import OFFICIAL_PROVIDERS, Cost, Features, ModelEntry

# Where a model runs is the administrators' business; headers may carry credentials.
_PRIVATE = {"endpoint", "configuration", "api_version", "fallback"}


class ModelRow(WireModel):
    """A model that can be chosen by its `base_name`. Members without a value are left out.

    `provider` is one of the values the official clients parse and left out for others; `runs_on` always says it.
    """

    base_name: str
    deployment_name: str
    label: str
    enabled: bool
    multimodal: bool
    react_agent: bool | None = None
    provider: str | None = None
    runs_on: str
    is_mock: bool
    default: bool
    default_for_categories: list[str]
    cost: Cost | None = None
    max_output_tokens: int | None = None
    features: Features
    supports_image_generation: bool
    forbidden_for_web: bool
    is_premium: bool
    is_router: bool
    supports_tools: bool
    dimensions: int | None = None

    @classmethod
    def of(cls, entry: ModelEntry) -> ModelRow:
        """Return the row of a catalogue entry."""
        shown: dict[str, Any] = entry.model_dump(exclude=_PRIVATE)
        shown["provider"] = entry.provider if entry.provider in OFFICIAL_PROVIDERS else None
        return cls(**shown, runs_on=entry.provider, is_mock=entry.is_mock)


class EndpointReport(WireModel):
    """What a tiny call to a model showed."""

    base_name: str
    kind: str
    runs_on: str
    ok: bool
    reachable: bool
    authenticated: bool
    latency_ms: float | None = None
    error_code: str | None = None
    message: str | None = None


class LastSwitch(WireModel):
    """The last time that a command of the operator exchanged the file."""

    kind: str
    from_version: int
    to_version: int
    date: datetime
    by: str


class CatalogueStatus(WireModel):
    """The state of the model file."""

    source: str
    problem: str | None
    warnings: list[str]
    chat_models: int
    embedding_models: int
    mock_active: bool
    version: int | None = None
    last_switch: LastSwitch | None = None


def rows(entries: Iterable[ModelEntry]) -> list[ModelRow]:
    """Return the rows of several entries."""
    return [ModelRow.of(entry) for entry in entries]
