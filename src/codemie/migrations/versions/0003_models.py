"""The usage ledger of the models room.

Revision ID: 0003_models
Revises: 0002_identity
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_models"
down_revision = "0002_identity"
branch_labels = None
depends_on = None


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "model_usage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
        *(_text(name) for name in ("kind", "user_id", "project", "model", "provider")),
        *(_text(name, nullable=True) for name in ("conversation_id", "assistant_id", "workflow_execution_id")),
        *(_count(name) for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")),
        sa.Column("cost", sa.Float(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        _text("error_code", nullable=True),
    )
    # Rows arrive in the order of time, so a block-range index serves reports at almost no price for the insert.
    op.create_index("ix_model_usage_date", "model_usage", ["date"], postgresql_using="brin")
    op.create_index("ix_model_usage_project_date", "model_usage", ["project", "date"])
    op.create_index("ix_model_usage_user_id_date", "model_usage", ["user_id", "date"])


def downgrade() -> None:
    op.drop_table("model_usage")
