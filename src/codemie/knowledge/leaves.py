"""The leaf tables of one generation, and statements about them.

Searches and loads name the leaf itself instead of the partitioned parent: planning does not grow with the number of
data sources, and dropping a generation waits for nobody else's queries.
"""

from sqlalchemy import TextClause, text


def chunks(generation_id: int) -> str:
    """The table of a generation's chunks."""
    return f"chunks_g{generation_id:d}"


def vectors(generation_id: int) -> str:
    """The table of a generation's dense vectors."""
    return f"vectors_g{generation_id:d}"


def on_leaves(sql: str, generation_id: int) -> str:
    """Put the names of a generation's tables where the statement says `@chunks` and `@vectors`."""
    named = sql.replace("@chunks", chunks(generation_id)).replace("@vectors", vectors(generation_id))
    return named.replace("@generation", f"{generation_id:d}")


def statement(sql: str, generation_id: int) -> TextClause:
    """`on_leaves`, ready to execute."""
    return text(on_leaves(sql, generation_id))
