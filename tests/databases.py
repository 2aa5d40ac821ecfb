"""Databases beside the one that tests share: copies, which take a moment where migrations take seconds."""

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from codemie.kernel.database import sync_url

EMPTY_SCHEMA = "empty_schema"
"""A database with this version's schema and nothing in it, to be copied."""


def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Make a database on the server of `url`, as a copy of the template, else of the database of `url`; its address.

    Nobody may be connected to what is copied.
    """
    source = template or make_url(url).database
    _run(
        make_url(url).set(database="postgres").render_as_string(hide_password=False),
        f"CREATE DATABASE {name} TEMPLATE {source}",
    )
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str, name: str) -> None:
    """Remove it, whoever is connected."""
    _run(url, f"DROP DATABASE {name} WITH (FORCE)")


def _run(url: str, statement: str) -> None:
    engine = create_engine(sync_url(url), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
