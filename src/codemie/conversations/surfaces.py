"""What an assistant may show to ask the person something: text, layout, buttons, choices and short forms."""

import json
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, field_validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from codemie.kernel.http import WireModel

MOST_DEPTH, MOST_ELEMENTS, MOST_BYTES = 12, 100, 65_536
NEEDS: dict[str, frozenset[str]] = {
    "button": frozenset({"action_buttons", "short_forms"}),
    "multiple_choice": frozenset({"choice"}),
    "dropdown": frozenset({"choice"}),
    "date_picker": frozenset({"short_forms"}),
    "text_field": frozenset({"short_forms"}),
    "checkbox": frozenset({"short_forms"}),
}
"""By the type of an element: the features of which an assistant needs one to show it. Layout needs none."""

ElementId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class TextElement(WireModel):
    """Words of the assistant."""

    type: Literal["text"]
    content: str


class GroupElement(WireModel):
    """Elements below each other, or side by side."""

    type: Literal["column", "row"]
    children: list["Element"]


class ButtonElement(WireModel):
    """An answer in one click; below a form it sends the form."""

    type: Literal["button"]
    id: ElementId
    label: str
    style: Literal["primary", "secondary", "danger"] = "primary"


class Option(WireModel):
    """One thing to choose."""

    value: str
    label: str


class MultipleChoiceElement(WireModel):
    """Some options of several."""

    type: Literal["multiple_choice"]
    id: ElementId
    options: Annotated[list[Option], Field(min_length=1, max_length=MOST_ELEMENTS)]
    max_allowed_selections: Annotated[int, Field(ge=1)] = 1


class DropdownElement(WireModel):
    """One option of several."""

    type: Literal["dropdown"]
    id: ElementId
    label: str
    options: Annotated[list[Option], Field(min_length=1, max_length=MOST_ELEMENTS)]
    placeholder: str | None = None
    required: bool = False


class DatePickerElement(WireModel):
    """A day, perhaps within bounds."""

    type: Literal["date_picker"]
    id: ElementId
    label: str
    min: date | None = None
    max: date | None = None
    required: bool = False


class Rules(WireModel):
    """What a field has to hold. A pattern has to match all of it."""

    required: bool = False
    regex: Annotated[str, StringConstraints(max_length=500)] | None = None
    email: bool = False

    @field_validator("regex")
    @classmethod
    def _usable(cls, regex: str | None) -> str | None:
        if regex is not None:
            matcher(regex)
        return regex


class TextFieldElement(WireModel):
    """A line of text."""

    type: Literal["text_field"]
    id: ElementId
    label: str
    validation: Rules | None = None


class CheckboxElement(WireModel):
    """Yes or no."""

    type: Literal["checkbox"]
    id: ElementId
    label: str
    validation: Rules | None = None


FieldElement = MultipleChoiceElement | DropdownElement | DatePickerElement | TextFieldElement | CheckboxElement
Element = Annotated[TextElement | GroupElement | ButtonElement | FieldElement, Field(discriminator="type")]
Surface = list[Element]

GroupElement.model_rebuild()
_SURFACE: TypeAdapter[Surface] = TypeAdapter(Surface)


def matcher(regex: str) -> SchemaValidator:
    """Checks texts against a pattern in linear time: a model wrote the pattern, anybody may write the text.

    Raises:
        ValueError: the pattern is none, or needs more than that.
    """
    try:
        return SchemaValidator(core_schema.str_schema(pattern=f"^(?:{regex})$", regex_engine="rust-regex"))
    except SchemaError as error:
        raise ValueError("not a regular expression that can be checked in linear time") from error


def kinds_for(features: AbstractSet[str], catalogue: AbstractSet[str] | None) -> frozenset[str]:
    """The types of elements to answer with that an assistant may show.

    Args:
        features: those it has.
        catalogue: the features and types of elements that the installation allows; all of them where it says nothing.
    """
    return frozenset(
        kind
        for kind, needed in NEEDS.items()
        if needed & features and (catalogue is None or kind in catalogue or needed & features & catalogue)
    )


def surface_of(raw: Any, kinds: AbstractSet[str]) -> Surface:
    """The elements a model asks to show; to answer with, those of the given types.

    Raises:
        ValueError: what is wrong with them, for the model to repair.
    """
    if _depth(raw, MOST_DEPTH) > MOST_DEPTH:
        raise ValueError(f"Elements may be nested {MOST_DEPTH} deep.")
    if len(json.dumps(raw).encode()) > MOST_BYTES:
        raise ValueError(f"All elements together may have {MOST_BYTES} bytes.")
    try:
        surface = _SURFACE.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"surface.{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    elements = list(flat(surface))
    if len(elements) > MOST_ELEMENTS:
        raise ValueError(f"There may be {MOST_ELEMENTS} elements.")
    _check_use([element for element in elements if not isinstance(element, TextElement | GroupElement)], kinds)
    return surface


def stored_surface(request: dict[str, Any]) -> Surface:
    """The elements of a question as it was kept."""
    return _SURFACE.validate_python(request["surface"])


def wire(surface: Surface) -> list[dict[str, Any]]:
    """The elements as clients and the database see them; what was not given is absent."""
    return _SURFACE.dump_python(surface, mode="json", exclude_none=True)


def flat(surface: Iterable[Element]) -> Iterator[Element]:
    """All elements, those in groups included, in their order."""
    for element in surface:
        yield element
        if isinstance(element, GroupElement):
            yield from flat(element.children)


def spoken(request: dict[str, Any]) -> str:
    """The question in words, for clients that show no elements and for a model that reads the history."""
    elements = list(flat(stored_surface(request)))
    said = [element.content for element in elements if isinstance(element, TextElement)]
    labels = [label for element in elements if (label := getattr(element, "label", ""))]
    return "\n\n".join(said or labels)


def _check_use(asking: Sequence[ButtonElement | FieldElement], kinds: AbstractSet[str]) -> None:
    for element in asking:
        if element.type not in kinds:
            raise ValueError(f"Elements of type '{element.type}' are not switched on for this assistant.")
    if not asking:
        raise ValueError("Nothing can be answered: add a button, a choice or a field.")
    ids = {element.id for element in asking}
    if len(ids) < len(asking):
        raise ValueError("Every id may be used once.")


def _depth(raw: Any, most: int) -> int:
    """How deep elements are nested; one more than `most` stands for all that is deeper."""
    level, depth = [raw], 0
    while depth <= most:
        lists = [cast("list[Any]", item) for item in level if isinstance(item, list) and item]
        if not lists:
            return depth
        depth += 1
        inner = [item for items in lists for item in items if isinstance(item, dict)]
        level = [cast("dict[str, Any]", item).get("children") for item in inner]
    return depth
