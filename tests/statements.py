"""Counts the SQL statements that requests cause."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.support import Platform


@contextmanager
def counted(platform: Platform) -> Iterator[list[str]]:
    """The statements the platform's pool executes while the block runs, but for what begins every transaction."""
    statements: list[str] = []
    engine = platform.resources.database.engine.sync_engine

    def record(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("SELECT set_config("):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", record)
