"""The ``filters`` of the skills list, checked before they reach SQL."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from codemie.kernel.errors import InvalidInput
from codemie.kernel.http import WireModel, parse_filters


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


OneOrMany = Annotated[list[str], BeforeValidator(_as_list)]


class SkillFilters(WireModel):
    """Only what is set narrows the list; unknown keys are ignored. ``scope`` may be the name of a project."""

    scope: str | None = None
    project: OneOrMany | None = None
    visibility: OneOrMany | None = None
    categories: OneOrMany | None = None
    created_by: OneOrMany | None = None
    search: Annotated[str, Field(max_length=1000)] | None = None
    id: OneOrMany | None = None


def read_filters(raw: str | None) -> SkillFilters:
    """Parse the query parameter.

    Raises:
        InvalidInput: 400, not a JSON object, or a known key has a value of the wrong type.
    """
    try:
        return SkillFilters.model_validate(parse_filters(raw))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidInput("Invalid filters", details=f"{where}: {first['msg']}") from error
