"""Settings of what clients are shown."""

from pathlib import Path

from pydantic import Field

from codemie.kernel.settings import Section


class ConfigurationSettings(Section):
    """Where the components come from, and how fresh they are."""

    customer_config: Path | None = Field(
        None,
        description="YAML file with components clients are shown: features, links, texts. Unset: the built-in ones.",
        json_schema_extra={"env": "CODEMIE_CUSTOMER_CONFIG"},
    )
    cache_seconds: float = Field(
        5,
        ge=0,
        le=300,
        description="How long dynamic values are remembered; delay of a change made on another replica.",
        json_schema_extra={"env": "CUSTOMER_CONFIG_CACHE_TTL_SECONDS"},
    )
