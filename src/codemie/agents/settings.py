"""Limits of one agent run."""

from pydantic import Field

from codemie.kernel.settings import Section


class AgentsSettings(Section):
    """What one run may use before it is stopped with a clear error."""

    max_steps: int = Field(
        150,
        ge=1,
        le=1000,
        description="Calls of the model and rounds of tool calls in one run.",
        json_schema_extra={"env": "AI_AGENT_RECURSION_LIMIT"},
    )
    run_timeout_seconds: float = Field(600.0, gt=0, description="Longest run, tools included, in seconds.")
    tool_output_tokens: int = Field(
        30_000, ge=100, description="Longest tool result a model reads, in tokens; the rest is cut and marked."
    )
    tool_retries: int = Field(3, ge=0, le=10, description="Malformed calls of one tool that a model may repair.")
    parallel_tools: int = Field(16, ge=1, le=256, description="Tools that run at the same time in one run.")
