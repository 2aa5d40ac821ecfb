"""Tables of the identity room."""

revision = "0002_identity"
down_revision = "0001_kernel"


def upgrade() -> None:
    """Filled by the room."""


def downgrade() -> None:
    """Filled by the room."""
