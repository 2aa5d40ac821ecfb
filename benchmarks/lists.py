"""List pages over 100,000 rows, beside the same statements sent to PostgreSQL directly."""

import asyncio
import http.client
import json
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
from sqlalchemy.dialects import postgresql
from tests.support import ADMIN_PASSWORD

from benchmarks import harness
from benchmarks.harness import BenchPlatform, Row, post
from codemie.assistants.filters import AssistantFilters, Ordering
from codemie.assistants.repository import listing
from codemie.identity.accounts import create_account
from codemie.identity.caller import Caller
from codemie.kernel.database import Database
from codemie.kernel.row_security import SYSTEM

ROWS = 100_000
PROJECTS = 50
REQUESTS = 80
WARM_UP = 15
TARGET = 3.0

_ASSISTANTS = """
INSERT INTO assistants (id, date, update_date, project_id, name, name_key, search_text, slug, description,
                        created_by_id, created_by_username, created_by_name, shared, is_global, system_prompt,
                        unique_users_count)
SELECT gen_random_uuid()::text, moment, moment, 'project-' || n % $2, 'Assistant ' || n, 'assistant' || n,
       'assistant ' || n || chr(10) || repeat('helps with topic ' || n % 997 || ' ', 6), 'assistant-' || n,
       repeat('helps with topic ' || n % 997 || ' ', 6), 'owner-' || n % 500, 'owner', 'Owner ' || n % 500,
       n % 3 > 0, n % 20 = 0, repeat('You are helpful. ', 60), n % 1000
FROM (SELECT n, now() - n * interval '1 minute' AS moment FROM generate_series(1, $1::int) AS n) AS source
"""
_CONVERSATIONS = """
INSERT INTO conversations (id, date, update_date, user_id, user_name, name, assistant_ids, initial_assistant_id,
                           first_message_at, last_message_at, next_index)
SELECT gen_random_uuid()::text, moment, moment, $2, 'Bench', 'Conversation ' || n, ARRAY[known.id], known.id,
       moment, moment, 1
FROM (SELECT n, now() - n * interval '1 minute' AS moment FROM generate_series(1, $1::int) AS n) AS source
JOIN LATERAL (SELECT id FROM assistants WHERE slug = 'assistant-' || source.n % 200 + 1 LIMIT 1) AS known ON true
"""


@dataclass(frozen=True)
class Case:
    """A page and the statements whose rows it shows."""

    name: str
    path: str
    statements: tuple[str, ...]


def measure() -> list[Row]:
    """The list rows of the quality page."""
    with harness.stub() as model_url, harness.serving(model_url) as platform:
        return asyncio.run(_measure(platform))


async def _measure(platform: BenchPlatform) -> list[Row]:
    url = platform.environment["CODEMIE_DATABASE_URL"]
    caller, token = await _somebody(platform, url)
    # The wall around tenants must let the benchmark fill and read on behalf of nobody.
    connection: Any = await asyncpg.connect(url, server_settings={"codemie.scope": "system"})
    try:
        await _fill(connection, caller)
        return [await _row(case, platform, token, connection) for case in _cases(caller)]
    finally:
        await connection.close()


async def _somebody(platform: BenchPlatform, url: str) -> tuple[Caller, str]:
    """A member of three of the projects."""
    database = Database(url, unbound=SYSTEM)
    email = f"bench-{uuid.uuid4().hex[:8]}@codemie.test"
    async with database.session() as session:
        user = await create_account(session, email=email, password=ADMIN_PASSWORD)
    raw: Any = await asyncpg.connect(url)
    projects = [f"project-{number}" for number in range(3)]
    await raw.execute(
        "WITH made AS (INSERT INTO projects (id, name, project_type, created_by, date, update_date)"
        " SELECT name, name, 'shared', $1, now(), now() FROM unnest($2::text[]) AS name RETURNING id)"
        " INSERT INTO user_projects (user_id, project_id, is_project_admin, is_default, date)"
        " SELECT $1, id, false, false, now() FROM made",
        user.id,
        projects,
    )
    await raw.close()
    await database.close()
    login = {"email": email, "password": ADMIN_PASSWORD}
    token = str(post(f"{platform.url}/v1/local-auth/login", login)["access_token"])
    return Caller(user.id, email, email, email, projects=frozenset([*projects, email])), token


async def _fill(connection: Any, caller: Caller) -> None:
    await connection.execute(_ASSISTANTS, ROWS, PROJECTS, timeout=300)
    await connection.execute(_CONVERSATIONS, ROWS, caller.id, timeout=300)
    for table in ("assistants", "conversations"):
        await connection.execute(f"VACUUM ANALYZE {table}", timeout=300)


def _cases(caller: Caller) -> list[Case]:
    cases = [
        _assistants("assistants", caller, 0),
        _assistants("assistants.deep", caller, 250),
        _assistants("assistants.search", caller, 0, search="topic 77"),
        _assistants("marketplace", caller, 0, scope="marketplace"),
    ]
    return [*cases, _conversations("conversations", caller, 0), _conversations("conversations.deep", caller, 4000)]


def _assistants(
    name: str, caller: Caller, page: int, *, scope: Any = "visible_to_user", search: str | None = None
) -> Case:
    filters = quote(json.dumps({"search": search})) if search else ""
    path = f"/v1/assistants?minimal_response=true&per_page=12&page={page}&scope={scope}&filters={filters}"
    wanted = listing(caller, scope, AssistantFilters(search=search), Ordering())
    return Case(name, path, (_text(wanted.page(page, 12, minimal=True)), _text(wanted.count())))


def _conversations(name: str, caller: Caller, page: int) -> Case:
    order = "ORDER BY update_date DESC, id DESC"
    shown = f"SELECT id FROM conversations WHERE user_id = '{caller.id}' {order} LIMIT 20 OFFSET {page * 20}"
    rows = f"SELECT c.* FROM ({shown}) AS place JOIN conversations AS c USING (id) {order}"
    names = (
        "SELECT id, name, icon_url FROM assistants WHERE id = ANY(ARRAY("
        f"SELECT unnest(assistant_ids) FROM (SELECT assistant_ids FROM conversations WHERE user_id = '{caller.id}'"
        f" ORDER BY update_date DESC, id DESC LIMIT 20) AS shown))"
    )
    return Case(name, f"/v1/conversations?per_page=20&page={page}", (rows, names))


def _text(statement: Any) -> str:
    return str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))


async def _row(case: Case, platform: BenchPlatform, token: str, connection: Any) -> Row:
    """Ours and the bare statements in turns, so that both meet the same moods of the machine."""
    address = urlsplit(platform.url)
    client = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    headers = {"Authorization": f"Bearer {token}"}

    async def ours() -> None:
        client.request("GET", case.path, headers=headers)
        answer = client.getresponse()
        body = answer.read()
        assert answer.status == 200, body[:500]

    async def bare() -> None:
        for statement in case.statements:
            await connection.fetch(statement)

    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(WARM_UP + REQUESTS):
        for kind, call in (("ours", ours), ("bare", bare)):
            seconds = await _timed(call)
            if number >= WARM_UP:
                times[kind].append(seconds * 1000)
    client.close()
    figures, baseline = _percentiles(times["ours"]), _percentiles(times["bare"])
    ratio = figures["p95_ms"] / baseline["p95_ms"]
    target = f"p95 at most {TARGET:.0f} x the bare SQL"
    return Row(f"lists.{case.name}", ratio, baseline, figures, target=target, met=ratio <= TARGET)


async def _timed(call: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await call()
    return time.perf_counter() - started


def _percentiles(milliseconds: list[float]) -> dict[str, Any]:
    ordered = sorted(milliseconds)
    return {"p50_ms": ordered[len(ordered) // 2], "p95_ms": ordered[int(len(ordered) * 0.95)]}
