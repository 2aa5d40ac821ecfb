"""Settings of the models room."""

from pathlib import Path

from pydantic import Field

from codemie.kernel.settings import Section


class ModelsSettings(Section):
    """Where the model catalogue and the mock's rules are read from."""

    file: Path | None = Field(
        default=None,
        description="Model catalogue (YAML), followed as it changes. Unset: models.yaml in the home folder.",
    )
    mock_rules: Path | None = Field(
        default=None,
        description="Rules of the mock model (YAML). Unset: mock-rules.yaml in the home folder, else built-in ones.",
    )
    request_timeout_seconds: float = Field(
        default=120,
        gt=0,
        le=3600,
        description="Longest silence of a model endpoint, unless the catalogue says otherwise.",
    )
    max_retries: int = Field(
        default=2, ge=0, le=10, description="Repeats of a failed call to a model endpoint before any token has arrived."
    )
