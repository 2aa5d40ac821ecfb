"""Secrets that tests plant, and the search for them in logs and in the database when the run is over."""

import re
from base64 import b64encode
from pathlib import Path

from sqlalchemy import text

from codemie.integrations.catalogue import TYPES
from codemie.kernel import row_security
from codemie.kernel.database import Database

MARK = "planted0secret"
"""Begins every one of them, and stands nowhere else."""

SECRETS: dict[tuple[str, str], str] = {
    (kind.name, key.name): f"{MARK}-{kind.name}-{key.name}-{number:02}".lower()
    for number, (kind, key) in enumerate((kind, key) for kind in TYPES.values() for key in kind.keys if key.secret)
}
"""One for every secret of every type of credential: more than forty."""
ELSEWHERE: dict[str, str] = {
    place: f"{MARK}-{place}"
    for place in ("in-a-request", "in-an-mcp-environment", "in-an-mcp-header", "free-mcp-value", "for-a-moment")
}


def forms() -> list[str]:
    """Every one as it might lie about: as it is, in hexadecimal digits (how bytes are shown), in base64."""
    found = [MARK, MARK.encode().hex()]
    # Base64 of a text depends on where in a triple of bytes it begins; two characters at each end belong to others.
    found += [b64encode(b"\0" * shift + MARK.encode()).decode()[4:-4] for shift in range(3)]
    return found


def in_file(path: Path) -> list[str]:
    """The lines that hold any."""
    wanted = re.compile("|".join(map(re.escape, forms())))
    with path.open(errors="replace") as lines:
        return [line[:500] for line in lines if wanted.search(line)]


async def tables_of(database: Database) -> list[str]:
    """Every table with its schema: work that waits lies in one of its own."""
    statement = text(
        "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    async with database.session() as session:
        return list(await session.scalars(statement))


async def in_database(database: Database) -> list[str]:
    """The tables in a row of which any is."""
    found: list[str] = []
    with row_security.system("test"):
        tables = await tables_of(database)
        async with database.session() as session:
            for table in tables:
                looked = text(f"SELECT count(*) FROM {table} AS held WHERE held::text ~ :wanted")
                count = await session.scalar(looked, {"wanted": "|".join(map(re.escape, forms()))})
                if count:
                    found.append(f"{table}: {count} rows")
    return found
