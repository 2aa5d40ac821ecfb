"""Guardrails as clients see them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field, StringConstraints, field_validator

from codemie.guardrails.rules import Rule, Rules
from codemie.kernel.http import Page, WireModel

MOST_ITEMS = 1000
"""Things of a kind that a request may name. It may stand guard over more: authors ask for it, too."""
MOST_OVER_ONE = 100
"""Guardrails that the author of a thing may ask for."""

EntityType = Literal["assistant", "workflow", "knowledgebase", "project"]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Description = Annotated[str, StringConstraints(max_length=1000)]


def _small(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Mode = Annotated[Literal["all", "filtered"], BeforeValidator(_small)]
Source = Annotated[Literal["input", "output", "both"], BeforeValidator(_small)]


class CreateGuardrail(WireModel):
    """Body of POST (ours)."""

    project: Name
    name: Name
    description: Description = ""
    rules: Rules


class UpdateGuardrail(WireModel):
    """Body of PUT (ours): what is absent stays."""

    name: Name | None = None
    description: Description | None = None
    rules: Rules | None = None


class GuardrailItem(WireModel):
    """A row of the list; what stands behind the description is ours."""

    guardrail_id: str = Field(validation_alias=AliasChoices("guardrail_id", "id"), serialization_alias="guardrailId")
    name: str
    description: str
    project: str
    user_abilities: list[str] = Field(default_factory=list)
    created_by: dict[str, Any]
    date: datetime
    update_date: datetime


class GuardrailObject(GuardrailItem):
    """A guardrail with its rules."""

    rules: list[Rule] | None = Field(None, description="Told to those who may change them.")


class Guardrails(Page[GuardrailItem]):
    """The answer of the list."""


class GuardSettings(WireModel):
    """How a guardrail stands guard somewhere."""

    mode: Mode
    source: Source


class ItemAssignment(WireModel):
    """One thing it stands guard over. Clients may send its id alone, without settings."""

    id: str
    settings: list[GuardSettings] | None = None
    name: str | None = None


class ProjectAssignments(WireModel):
    """How it stands guard over the whole project."""

    settings: Annotated[list[GuardSettings], BeforeValidator(lambda value: value or [])] = Field(default_factory=list)


class EntityAssignments(WireModel):
    """How it stands guard over all of a kind (`settings`), and over single ones (`items`).

    Items that are ids alone take the settings beside them, which then are not for all; without any, the strictest.
    """

    settings: list[GuardSettings] | None = None
    items: list[ItemAssignment] | None = None

    @field_validator("items", mode="before")
    @classmethod
    def _bare_ids(cls, items: Any) -> Any:
        return [{"id": one} if isinstance(one, str) else one for one in items] if isinstance(items, list) else items

    @property
    def shares_settings(self) -> bool:
        """Whether the settings are those of items that are ids alone."""
        return any(item.settings is None for item in self.items or ())


class GuardrailAssignments(WireModel):
    """Body of PUT: a kind that is absent stays as it is, an empty one is cleared. Also the answer of GET."""

    project_name: str | None = None
    project: ProjectAssignments | None = None
    assistants: EntityAssignments | None = None
    datasources: EntityAssignments | None = None
    workflows: EntityAssignments | None = None


class AssignmentsSaved(WireModel):
    """Answer of PUT."""

    success: int
    failed: int
    errors: list[str]


class AssignmentRow(WireModel):
    """One assignment of a project."""

    project_name: str
    guardrail_id: str
    guardrail_name: str
    entity_type: EntityType
    entity_id: str | None
    source: str
    scope: Literal["project", "entity"]
    id: str
    mode: str


class EntityGuardrail(WireModel):
    """A guardrail as an assistant or a data source names it; `editable` unless it stands guard by another's will."""

    guardrail_id: Annotated[str, Field(max_length=100)]
    mode: Mode
    source: Source
    editable: bool | None = None
    guardrail_name: str | None = None


class ContentSource(WireModel):
    """A text, and what it is to a model."""

    text: Annotated[str, StringConstraints(max_length=200_000)]
    category: list[Literal["grounding_source", "query", "guard_content"]] | None = None

    @property
    def is_context(self) -> bool:
        """Whether it is material only, which the mode `filtered` leaves alone."""
        return bool(self.category) and "guard_content" not in (self.category or ())


class ContentItem(WireModel):
    """One text to judge."""

    type: Literal["text"]
    source: ContentSource


class ApplyRequest(WireModel):
    """Body of POST `/{id}/apply`."""

    content: Annotated[list[ContentItem], Field(max_length=100)]


class OutputText(WireModel):
    """What becomes of a text."""

    text: str


class Applied(WireModel):
    """What a guardrail makes of texts."""

    action: Literal["NONE", "GUARDRAIL_INTERVENED"]
    actionReason: str  # noqa: N815 - the wire's word
    outputs: list[OutputText]


class TryRules(WireModel):
    """Body of POST `/try` (ours): rules that need not be saved, and a text."""

    project: Name
    name: Name = "this guardrail"
    rules: Rules
    text: Annotated[str, StringConstraints(max_length=50_000)]


class FoundMatter(WireModel):
    """What a rule found."""

    label: str
    action: Literal["block", "mask"]
    count: int


class Tried(WireModel):
    """What would happen."""

    action: Literal["none", "mask", "block"]
    text: str
    found: list[FoundMatter]
