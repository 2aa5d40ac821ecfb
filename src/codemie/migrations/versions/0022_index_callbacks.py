"""One-time passwords of whoever indexes a data source outside and calls back when it is done.

Revision ID: 0022_index_callbacks
Revises: 0021_spending
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_index_callbacks"
down_revision = "0021_spending"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("data_sources", sa.Column("callback_otp_hash", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("data_sources", "callback_otp_hash")
