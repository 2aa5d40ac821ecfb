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


def trust_in_the_machine(url: str) -> None:
    """Let the server of `url` not wait for the disk: a commit takes a tenth, and a killed server loses nothing."""
    superuser = _superuser(url)
    _run(superuser, "ALTER SYSTEM SET fsync = off")
    _run(superuser, "ALTER SYSTEM SET full_page_writes = off")
    _run(superuser, "SELECT pg_reload_conf()")


def drop_database(url: str, name: str) -> None:
    """Remove it, whoever is connected.

    The server's own housekeeping may be, and only its superuser may end that.
    """
    _run(_superuser(url), f"DROP DATABASE {name} WITH (FORCE)")


def on_server(url: str, statement: str) -> None:
    """Run a statement about the database of `url` as superuser, from outside of it."""
    _run(_superuser(url), statement)


def inside(url: str, statement: str) -> None:
    """Run a statement in the database of `url` as superuser."""
    database = make_url(url).database
    _run(make_url(_superuser(url)).set(database=database).render_as_string(hide_password=False), statement)


def _superuser(url: str) -> str:
    return make_url(url).set(username="postgres", database="postgres").render_as_string(hide_password=False)


def _run(url: str, statement: str) -> None:
    engine = create_engine(sync_url(url), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
