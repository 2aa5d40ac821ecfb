"""Alembic's scripts: how the schema grew. `kernel.migration` runs them."""
