"""Alembic's entry: one transaction a revision, over the connection `kernel.migration` hands in."""

from alembic import context

from codemie.kernel.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    # Only for its naming convention: constraints get the same names here as in the tables.
    target_metadata=Base.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
