"""Working in a repository at a fake server: who calls the Git tools, and the data source they call them with."""

from typing import Any

from sqlalchemy import text

from codemie.kernel import row_security
from codemie.kernel.database import Database, new_id
from tests.integrations.credentials import People


class Worker:
    """Calls tools as a member of a project that has a repository.

    Args:
        people: of the project.
        source: id of the data source; empty for none.
    """

    def __init__(self, people: People, source: str) -> None:
        self.people, self.source = people, source

    async def call(self, tool: str, **arguments: Any) -> str:
        """What the tool says, failure or not."""
        body = {"project": self.people.project, "tool_args": arguments, "datasource_id": self.source}
        answer = await self.people.member.post(f"/v1/tools/{tool}/invoke", json=body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return str(told.get("output") or told.get("error"))

    async def fails(self, tool: str, **arguments: Any) -> str:
        """What it says when it must fail."""
        told = await self.call(tool, **arguments)
        assert told.startswith("Error calling tool: "), told
        return told


async def repository(database: Database, people: People, url: str, branch: str, path: str = "team/app.git") -> str:
    """A code data source as indexing leaves it; what it indexes is no matter here."""
    source = new_id()
    statement = text(
        "INSERT INTO data_sources "
        "(id, project_id, name, type, owner_id, created_by, settings, shared, date, update_date) "
        "SELECT :id, :project, :name, 'code', u.id, "
        "jsonb_build_object('id', u.id, 'username', u.username, 'name', u.name), "
        "CAST(:settings AS jsonb), true, now(), now() "
        "FROM users u LIMIT 1"
    )
    values = {"id": source, "project": people.project, "name": f"app-{source[:8]}"}
    settings = f'{{"link": "{url}/{path}", "branch": "{branch}"}}'
    with row_security.system("test"):
        async with database.session() as session:
            await session.execute(statement, {**values, "settings": settings})
    return source
