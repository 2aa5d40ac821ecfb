"""Tables of the models room."""

revision = "0003_models"
down_revision = "0002_identity"


def upgrade() -> None:
    """Filled by the room."""


def downgrade() -> None:
    """Filled by the room."""
