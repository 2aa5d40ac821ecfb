"""Assistants drafted, reviewed and tried out, as clients see it."""

from typing import Annotated, Any

from pydantic import Field

from codemie.kernel.http import CamelModel, WireModel
from codemie.parts.schemas import ContextReference

_Long = Annotated[str, Field(max_length=200_000)]
_Wish = Annotated[str, Field(max_length=20_000)]


class GenerateAssistant(WireModel):
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    include_tools: bool = True
    llm_model: str | None = None


class AssistantDraft(WireModel):
    """A whole assistant, written by a model."""

    name: str
    description: str
    categories: list[str] = Field(default_factory=list)
    conversation_starters: list[str]
    system_prompt: str
    toolkits: list[Any] = Field(default_factory=list)


class GeneratePrompt(WireModel):
    text: _Wish | None = None
    system_prompt: _Long | None = None
    llm_model: str | None = None


class PromptDraft(WireModel):
    system_prompt: str


class RefineAssistant(WireModel):
    name: str | None = None
    description: str | None = None
    conversation_starters: list[str] | None = None
    system_prompt: _Long | None = None
    toolkits: list[dict[str, Any]] | None = None
    context: Annotated[list[ContextReference], Field(max_length=200)] | None = None
    categories: list[str] | None = None
    refine_prompt: _Wish | None = None
    llm_model: str | None = None
    include_tools: bool = True
    include_context: bool = True
    include_categories: bool = True
    project: str | None = None


class ValidatePrompt(WireModel):
    system_prompt_template: str
    prompt_vars: Annotated[dict[str, str], Field(max_length=500)] = Field(default_factory=dict)
    assistant_id: str | None = None


class PromptValidation(WireModel):
    rendered_prompt: str
    is_valid: bool = True
    message: str = "System prompt rendered successfully"


class HealthRequest(WireModel):
    version: int | None = None


class HealthError(WireModel):
    message: str
    details: str | None = None
    help: str | None = None
    error_type: str | None = None


class HealthReport(WireModel):
    """Whether the assistant is put together well, and whether its model answered."""

    is_healthy: bool
    assistant_id: str
    assistant_name: str | None
    configuration_valid: bool
    execution_successful: bool = False
    tools_available: list[str]
    tools_available_count: int
    tools_misconfigured: list[str]
    tools_misconfigured_count: int
    error: HealthError | None = None


class EvaluationRequest(WireModel):
    dataset_id: Annotated[str, Field(min_length=1)]
    experiment_name: Annotated[str, Field(min_length=1)]
    system_prompt: str | None = None
    llm_model: str | None = None


class EvaluationStarted(CamelModel):
    message: str
    experiment_name: str
