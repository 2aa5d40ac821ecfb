"""The ``filters`` of the assistants list, checked before they reach SQL."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from codemie.kernel.http import OneOrMany, WireModel

Comparison = Literal["=", ">", ">=", "<", "<="]


def _as_comparisons(value: Any) -> Any:
    return value if isinstance(value, dict) else {"=": value}


def _aware(moments: dict[Comparison, datetime]) -> dict[Comparison, datetime]:
    """A date without a zone is meant as UTC."""
    return {sign: moment if moment.tzinfo else moment.replace(tzinfo=UTC) for sign, moment in moments.items()}


Moments = Annotated[dict[Comparison, datetime], BeforeValidator(_as_comparisons), AfterValidator(_aware)]


class AssistantFilters(WireModel):
    """Only what is set narrows the list; unknown keys are ignored."""

    model_config = ConfigDict(coerce_numbers_to_str=False)

    project: OneOrMany | None = None
    created_by: OneOrMany | None = None
    search: Annotated[str, Field(max_length=1000)] | None = None
    shared: bool | None = None
    is_global: bool | None = None
    id: OneOrMany | None = None
    slug: OneOrMany | None = None
    categories: OneOrMany | None = None
    created_date: Moments | None = None


@dataclass(frozen=True, slots=True)
class Ordering:
    """How the client wants the list sorted; ``by`` None is the scope's own order."""

    by: Literal["usage", "likes", "dislikes", "name"] | None = None
    descending: bool = True
