"""The wire models of dynamic values and of components."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field, StrictStr

from codemie.kernel.http import WireModel

ValueType = Literal["string", "int", "float", "bool"]

MAX_VALUE = 10_000


class DynamicValueView(WireModel):
    """One named value."""

    id: str
    key: str
    value: str
    value_type: ValueType
    description: str | None
    created_at: datetime
    updated_at: datetime
    updated_by: str


class ChangeDynamicValue(WireModel):
    """What a value becomes. Type and description stay as they are unless given."""

    value: StrictStr
    value_type: ValueType | None = None
    description: str | None = Field(default=None, max_length=2_000)


class CreateDynamicValue(WireModel):
    """A new value."""

    key: StrictStr
    value: StrictStr
    value_type: ValueType
    description: str | None = Field(default=None, max_length=2_000)


class DeclaredField(WireModel):
    """One field of a declared component, for whoever draws a form."""

    name: str
    label: str
    type: Literal["switch", "textarea"]
    max_length: int | None = None
    markup: Literal["markdown"] | None = None


class DeclarationView(WireModel):
    """A component that administrators may change, with what it says now, and who changed it (ours)."""

    component_id: str
    label: str
    description: str
    overridden: bool
    value: dict[str, Any]
    fields: list[DeclaredField]
    updated_at: datetime | None = None
    updated_by: str | None = None


class SaveSettings(WireModel):
    """All declared fields of a component."""

    settings: dict[str, Any] = Field(max_length=100)


class SavedSettings(WireModel):
    """What was stored."""

    component_id: str
    settings: dict[str, Any]


class ApplicationView(WireModel):
    """A further application in the menu of the web UI."""

    name: str
    description: str | None
    slug: str
    entry: str
    type: str
    created_by: str | None
    icon_url: str | None
    arguments: dict[str, Any] | None
