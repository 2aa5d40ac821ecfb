"""Settings of assistants."""

from pydantic import Field

from codemie.kernel.settings import Section


class AssistantsSettings(Section):
    """What publishing asks for, and which features are on."""

    quality_gate: bool = Field(
        True,
        description="Have a model judge assistants before they are published in the marketplace.",
        json_schema_extra={"env": "MARKETPLACE_LLM_VALIDATION_ON_PUBLISH_ENABLED"},
    )
    quality_model: str | None = Field(
        None, description="Model that judges assistants before they are published. Unset: the default model."
    )
    teams_bot: bool = Field(
        False, description="Let project administrators switch assistants on for the Teams bot of their project."
    )
