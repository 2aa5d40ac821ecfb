"""The migrations build exactly the schema the tables describe."""

import importlib
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.schema import SchemaItem

import codemie
from codemie.kernel.database import Base, sync_url
from codemie.kernel.migration import head, migrate


def _tables_of_every_room() -> None:
    for path in Path(codemie.__file__).parent.glob("*/tables.py"):
        importlib.import_module(f"codemie.{path.parent.name}.tables")


def test_a_migrated_database_matches_the_tables(postgres_url: str) -> None:
    _tables_of_every_room()

    def ours(item: SchemaItem, name: str | None, kind: str, reflected: object, _: object) -> bool:
        # Partitions are made at run time, one per data source.
        return not (kind == "table" and reflected and name not in Base.metadata.tables)

    engine = create_engine(sync_url(postgres_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_migrating_twice_changes_nothing(postgres_url: str) -> None:
    assert migrate(postgres_url) == []
    assert head() >= "0006"
