"""What one person sets up for themselves with an assistant: integrations for its tools, values for its prompt."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from codemie.kernel.http import WireModel

VARIABLE_MASK = "**********"
_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class Slot(WireModel):
    """One tool or MCP server and the integration it uses: a certain one, the one found by itself, or none."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    integration_id: Annotated[str, Field(max_length=100)] | None = None
    auto_lookup: bool | None = None
    explicit_none: bool | None = None
    slot_id: Annotated[str, Field(max_length=300)] | None = None


class MappingRequest(WireModel):
    tools_config: Annotated[list[Slot], Field(max_length=500)]
    workflow_id: Annotated[str, Field(max_length=100)] | None = None
    apply_to_assistant_scope: bool = False


class MappingView(WireModel):
    """The id is empty when nothing is set up."""

    id: str
    date: datetime | None = None
    update_date: datetime | None = None
    assistant_id: str
    user_id: str
    workflow_id: str | None = None
    tools_config: list[Slot]
    has_assistant_scope_selection: bool
    created_at: datetime | None = None
    updated_at: datetime | None = None


class VariableValue(WireModel):
    """An empty value takes back what was set."""

    variable_key: Annotated[str, Field(min_length=1, max_length=100)]
    variable_value: Annotated[_Text, Field(max_length=10_000)] = ""
    is_sensitive: bool | None = False


class VariablesRequest(WireModel):
    variables_config: Annotated[list[VariableValue], Field(max_length=200)]


class VariablesView(WireModel):
    """The id is empty when nothing is set up."""

    id: str
    date: datetime | None = None
    update_date: datetime | None = None
    assistant_id: str
    user_id: str
    variables_config: list[VariableValue]
    created_at: datetime | None = None
    updated_at: datetime | None = None
