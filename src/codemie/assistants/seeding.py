"""The marketplace assistants that every installation has."""

from typing import Any

from codemie.assistants import repository, versioning
from codemie.assistants.tables import name_sort_key, searchable_text
from codemie.assistants.templates import packaged
from codemie.kernel import row_security
from codemie.kernel.database import Database, new_id, utcnow


async def seed(database: Database) -> None:
    """Add the seeds that are missing. What an administrator changed or renamed stays as it is."""
    with row_security.system("start-up"):
        async with database.session() as session:
            for fields in packaged("seeds"):
                row = _row(fields.model_dump(mode="json", exclude={"skill_ids"}))
                seeded = await repository.insert_seed(session, row)
                if seeded is not None:
                    session.add(versioning.snapshot(seeded, None, versioning.INITIAL_NOTE))


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    moment = utcnow()
    return {
        **fields,
        "id": new_id(),
        "date": moment,
        "update_date": moment,
        "name_key": name_sort_key(fields["name"]),
        "search_text": searchable_text(fields["name"], fields["description"]),
        "shared": True,
        "is_global": True,
    }
