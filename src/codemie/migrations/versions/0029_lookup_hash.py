"""Find a credential by its secret: whoever connects with a plugin key has nothing else to say who they are.

Rows that are there already get their hash when somebody looks for it: it takes the vault, which migrations have not.

Revision ID: 0029_lookup_hash
Revises: 0028_tool_notes
"""

import sqlalchemy as sa
from alembic import op

revision = "0029_lookup_hash"
down_revision = "0028_tool_notes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("integrations", sa.Column("lookup_hash", sa.Text()))
    plugins = sa.text("credential_type = 'Plugin'")
    op.create_index("ix_integrations_lookup_hash", "integrations", ["lookup_hash"], postgresql_where=plugins)


def downgrade() -> None:
    op.drop_index("ix_integrations_lookup_hash", "integrations")
    op.drop_column("integrations", "lookup_hash")
