"""What a model recommends to change in an assistant or a skill: the shape clients read, and the schema models fill."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from codemie.kernel.http import WireModel

Action = Literal["change", "delete", "keep"]
Severity = Literal["critical", "optional"]


class FieldRecommendation(WireModel):
    """What should become of one field."""

    name: str
    action: Action
    recommended: str | list[str] | None = None
    reason: str | None = None
    severity: Severity = "optional"


class ItemRecommendation(WireModel):
    """What should become of one tool or data source."""

    name: str
    action: Action
    reason: str | None = None
    severity: Severity = "optional"


class ToolkitRecommendation(WireModel):
    """The tools of one toolkit."""

    toolkit: str
    tools: list[ItemRecommendation]


class Recommendations(WireModel):
    """Everything that is recommended."""

    fields: list[FieldRecommendation] = Field(default_factory=list)
    toolkits: list[ToolkitRecommendation] = Field(default_factory=list)
    context: list[ItemRecommendation] = Field(default_factory=list)


def recommendation_schema(fields: Sequence[str], context: Sequence[str] = ()) -> dict[str, Any]:
    """JSON Schema of the recommendations about these fields, and about these data sources if there are any."""
    judged = {
        "reason": {"type": "string", "minLength": 11, "maxLength": 1000},
        "severity": {"enum": ["critical", "optional"]},
    }
    advice = {"type": "string", "minLength": 1, "maxLength": 30_000}
    properties = {"fields": _items({"name": {"enum": list(fields)}, **_action(), "recommended": advice, **judged})}
    if context:
        properties["context"] = _items({"name": {"enum": list(context)}, **_action(), **judged})
    return {"title": "recommendations", "type": "object", "properties": properties, "required": list(properties)}


def _action() -> dict[str, Any]:
    return {"action": {"enum": ["change", "delete", "keep"]}}


def _items(properties: dict[str, Any]) -> dict[str, Any]:
    item = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "array", "items": item, "minItems": 1, "maxItems": 20}
