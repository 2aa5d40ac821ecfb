"""Settings of looking after the installation."""

from pydantic import Field

from codemie.kernel.settings import Section


class OperationsSettings(Section):
    """What clients may report."""

    client_metrics_per_minute: int = Field(
        default=600, ge=0, description="Events a person's clients may report per minute, per process; 0: unlimited."
    )
