"""Which credential is found where nobody chose one: the order of the protocol."""

from typing import Any

import httpx2
from sqlalchemy import text

from codemie.identity.caller import Caller
from codemie.integrations.resolution import NoCredential, Wanted, resolve
from codemie.kernel import row_security
from codemie.kernel.database import Database
from tests.identity.administration import new_project
from tests.integrations.credentials import People, create, jira


async def found(database: Database, caller: Caller, project: str) -> str | None:
    with row_security.system("test"):
        async with database.session() as session:
            try:
                return (await resolve(session, caller, Wanted("Jira", project))).id
            except NoCredential:
                return None


async def take_away(client: httpx2.AsyncClient, row: dict[str, Any]) -> None:
    assert (await client.delete(f"/v1/settings/{row['setting_type']}/{row['id']}")).status_code == 200


async def test_the_order_of_what_is_found(people: People, database: Database) -> None:
    elsewhere = await new_project(people.member)
    # The best comes first: that the newest is found would prove nothing.
    own = await create(people.member, "user", jira(people.project))
    everywhere = await create(people.member, "user", jira(elsewhere, is_global=True))
    shared = await create(people.manager, "project", jira(people.project))
    preferred = await create(people.manager, "project", jira(people.project))
    await create(people.member, "user", jira(elsewhere))
    async with database.session() as session:
        chosen = {"id": preferred["id"]}
        await session.execute(text("UPDATE integrations SET is_default = true WHERE id = :id"), chosen)
    caller = Caller(own["user_id"], "m", "m", "m@x.test", projects=frozenset({people.project, elsewhere}))

    for row, client in (
        (preferred, people.manager),
        (own, people.member),
        (everywhere, people.member),
        (shared, people.manager),
    ):
        assert await found(database, caller, people.project) == row["id"]
        await take_away(client, row)
    assert await found(database, caller, people.project) is None, "what is kept in another project stays there"
