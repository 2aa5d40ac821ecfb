"""Settings of looking after the installation."""

from pydantic import Field

from codemie.kernel.settings import Section


class OperationsSettings(Section):
    """What clients may report, and what checks cannot see by themselves."""

    client_metrics_per_minute: int = Field(
        default=600, ge=0, description="Events a person's clients may report per minute, per process; 0: unlimited."
    )
    database_gigabytes: float | None = Field(
        default=None,
        gt=0,
        description="Size of the database server's disk in GB, for the check db.size. Unset: unknown.",
    )
