"""Master keys are exchanged while people work: nothing is lost, and nothing stays under the former key."""

import asyncio
import base64
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.integrations.tables import Integration
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.master_keys import FileKeys, new_key
from codemie.operations.rotation import keys_in_use
from codemie.operations.sealed_columns import SEALED_COLUMNS
from tests.cli.installation import ctl
from tests.conversations.chatting import make_assistant
from tests.databases import EMPTY_SCHEMA, create_database, drop_database
from tests.integrations.credentials import create, fresh, jira
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform, environment_for, serving, until
from tests.toolkits.strange_system import StrangeSystem, running
from tests.toolkits.test_calls import git

pytestmark = pytest.mark.timeout(300)
PROJECT = "rotation"
SECRET = "Bearer planted-before-the-rotation"


@pytest.fixture
async def own_platform(postgres_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Platform]:
    """A platform whose master key is in a file of its home, on a database of its own."""
    name = f"rotation_{uuid.uuid4().hex[:8]}"
    url = create_database(postgres_url, name, template=EMPTY_SCHEMA)
    environment = environment_for(tmp_path / "home", url, nats_url)
    del environment["CODEMIE_MASTER_KEY"]
    migrated = await asyncio.to_thread(ctl, "migrate", env=environment)
    assert migrated.returncode == 0, migrated.stderr
    async with serving(environment) as platform:
        yield platform
    drop_database(postgres_url, name)


@pytest.fixture
async def admin(own_platform: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    async with own_platform.client(await own_platform.login(ADMIN_EMAIL, ADMIN_PASSWORD)) as client:
        made = await client.post("/v1/projects", json={"name": PROJECT, "description": "Keys"})
        assert made.status_code in (200, 201), made.text
        yield client


@pytest.fixture
async def system() -> AsyncIterator[StrangeSystem]:
    async with running() as opened:
        yield opened


async def rotate(platform: Platform, *options: str) -> str:
    """What the command prints."""
    done = await asyncio.to_thread(
        ctl, "secrets", "rotate", "--allow-write", "--settle-seconds", "3", *options, env=platform.environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def secrets_everywhere(client: httpx2.AsyncClient, url: str) -> None:
    """One secret of each kind that people can store."""
    server = {"name": "docs", "config": {"url": f"{url}/mcp", "headers": {"Authorization": SECRET}}}
    assistant = await make_assistant(
        client,
        project=PROJECT,
        mcp_servers=[server],
        prompt_variables=[{"key": "password", "default_value": "planted", "is_sensitive": True}],
    )
    own = {"variables_config": [{"variable_key": "password", "variable_value": "mine", "is_sensitive": True}]}
    assert (await client.post(f"/v1/assistants/{assistant}/users/prompt-variables", json=own)).status_code == 200
    change = {"name": fresh("a"), "description": "d", "system_prompt": "", "project": PROJECT, "mcp_servers": [server]}
    changed = await client.put(f"/v1/assistants/{assistant}", json={**change, "llm_model_type": "mock"})
    assert changed.status_code == 200, changed.text
    skill = {"name": fresh("skill"), "description": "A skill for tests.", "content": "Text " * 30, "project": PROJECT}
    made = await client.post("/v1/skills", json={**skill, "mcp_servers": [server]})
    assert made.status_code in (200, 201), made.text
    config = {"name": fresh("mcp"), "config": {"url": f"{url}/mcp", "headers": {"Authorization": SECRET}}}
    stored = await client.post("/v1/mcp-configs", json=config)
    assert stored.status_code == 201, stored.text


async def test_a_rotation_under_load_loses_nothing(
    own_platform: Platform, admin: httpx2.AsyncClient, system: StrangeSystem
) -> None:
    database = own_platform.resources.database
    await secrets_everywhere(admin, system.url)
    used = await create(admin, "project", git(PROJECT, system.url))
    (former,) = await in_use(database)

    over = asyncio.Event()
    calls = asyncio.create_task(use(admin, used["id"], over))
    saves = asyncio.create_task(save(admin, over))
    said = await rotate(own_platform, "--new-key", "--drop-old")
    over.set()
    made = await saves
    assert await calls > 0

    assert "1 former keys are out of" in said
    assert set(await in_use(database)) == {own_platform.resources.integrations.vault.key_id} != {former}
    assert not await sealed_under(database, former), "a column is missing in SEALED_COLUMNS"
    stored = await admin.get("/v1/settings/project", params={"per_page": 1000})
    assert {row["id"] for row in stored.json()["data"]} >= {used["id"], *made}
    opened = await tokens(own_platform, made)
    assert opened == [f"planted-anew-{number}" for number in range(len(made))], "what was saved last is what is kept"


async def test_former_keys_open_until_what_was_read_before_is_done(
    own_platform: Platform, admin: httpx2.AsyncClient
) -> None:
    """A request may have read its row before it was wrapped anew, and open it after."""
    await create(admin, "project", jira(PROJECT))
    database, file = own_platform.resources.database, FileKeys(own_platform.home / "master.key")
    (former,) = await in_use(database)

    rotation = asyncio.create_task(rotate(own_platform, "--new-key", "--drop-old"))
    await until(lambda: _only_others(database, former), seconds=120)
    rewrapped = asyncio.get_running_loop().time()
    await until(lambda: _holds(file, 1), seconds=120)
    waited = asyncio.get_running_loop().time() - rewrapped
    await rotation

    assert waited > 2, "the command was given 3 seconds"


async def _only_others(database: Database, former: str) -> bool:
    return former not in await in_use(database)


async def _holds(file: FileKeys, lines: int) -> bool:
    return len(file.lines()) == lines


async def use(client: httpx2.AsyncClient, setting_id: str, over: asyncio.Event) -> int:
    """Work with one credential until it is over; every call has to succeed."""
    count = 0
    while not over.is_set():
        query = {"method": "GET", "url": "/api/v4/projects"}
        body = {"project": PROJECT, "tool_args": {"query": query}, "tool_creds": {"integration_id": setting_id}}
        answer = (await client.post("/v1/tools/gitlab/invoke", json=body)).json()
        assert "200 OK" in (answer.get("output") or ""), answer
        count += 1
        await asyncio.sleep(0.02)
    return count


async def save(client: httpx2.AsyncClient, over: asyncio.Event) -> list[str]:
    """Make and change credentials until it is over; returns their ids."""
    made: list[str] = []
    while not over.is_set() and len(made) < 200:
        stored = await create(client, "project", jira(PROJECT, token=f"planted-{len(made)}"))
        body = jira(PROJECT, alias=stored["alias"], token=f"planted-anew-{len(made)}")
        assert (await client.put(f"/v1/settings/project/{stored['id']}", json=body)).status_code == 200
        made.append(stored["id"])
        await asyncio.sleep(0.05)
    return made


async def tokens(platform: Platform, identities: list[str]) -> list[str]:
    """What the vault opens of these integrations."""
    found: list[str] = []
    with row_security.system("test"):
        async with platform.resources.database.session() as session:
            for identity in identities:
                row = await session.get(Integration, identity)
                assert row is not None
                found.append(platform.resources.integrations.vault.open(row).values["token"])
    return found


async def in_use(database: Database) -> dict[str, int]:
    with row_security.system("test"):
        return {identity: count for identity, count in (await keys_in_use(database)).items() if count}


async def sealed_under(database: Database, key_id: str) -> list[str]:
    """Every column of the whole database in which a value sealed with a key lies."""
    head = b"\x01" + bytes.fromhex(key_id)
    as_text = "sealed:v1:" + base64.b64encode(head).decode()
    columns = text(
        "SELECT table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = 'public' AND data_type IN ('bytea', 'jsonb', 'text', 'character varying')"
    )
    found: list[str] = []
    with row_security.system("test"):
        async with database.session() as session:
            for table, column, kind in (await session.execute(columns)).all():
                holds = (
                    f"substring({column} FROM 1 FOR 9) = :head"
                    if kind == "bytea"
                    else f"strpos(CAST({column} AS text), :told) > 0"
                )
                statement = text(f'SELECT count(*) FROM "{table}" WHERE {holds}')
                value: dict[str, Any] = {"head": head} if kind == "bytea" else {"told": as_text}
                if await session.scalar(statement, value):
                    found.append(f"{table}.{column}")
    return found


async def test_every_kind_of_secret_is_found_by_what_is_listed(
    own_platform: Platform, admin: httpx2.AsyncClient, system: StrangeSystem
) -> None:
    await secrets_everywhere(admin, system.url)
    await create(admin, "user", jira(PROJECT))
    (key_id,) = await in_use(own_platform.resources.database)
    assert set(await sealed_under(own_platform.resources.database, key_id)) <= {one.name for one in SEALED_COLUMNS}


async def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    own_platform: Platform, admin: httpx2.AsyncClient
) -> None:
    for _ in range(3):
        await create(admin, "project", jira(PROJECT))
    file = FileKeys(own_platform.home / "master.key")
    line = new_key()
    file.replace([line, *file.lines()])
    # As if it had been killed after one row: that row is under the new key, the others are not.
    await until(lambda: sealed_by_new(own_platform), what="the new key in the platform")
    await create(admin, "project", jira(PROJECT))
    assert len(await in_use(own_platform.resources.database)) == 2

    first, second = await rotate(own_platform), await rotate(own_platform)
    assert len(await in_use(own_platform.resources.database)) == 1
    assert not first.startswith("0 rows")
    assert second.startswith("0 rows")


async def sealed_by_new(platform: Platform) -> bool:
    return len(platform.resources.integrations.vault.key_ids) == 2


async def test_without_permission_a_rotation_only_says_what_it_would_do(
    own_platform: Platform, admin: httpx2.AsyncClient
) -> None:
    await create(admin, "project", jira(PROJECT))
    file, before = FileKeys(own_platform.home / "master.key"), await in_use(own_platform.resources.database)
    lines = file.lines()

    asked = await asyncio.to_thread(ctl, "secrets", "rotate", "--new-key", "--drop-old", env=own_platform.environment)

    assert asked.returncode == 1
    assert f"{sum(before.values())} secrets would come under a new key" in asked.stdout
    assert "--allow-write" in asked.stderr
    assert (file.lines(), await in_use(own_platform.resources.database)) == (lines, before)


async def test_a_missing_key_is_told_and_nothing_is_thrown_away(
    own_platform: Platform, admin: httpx2.AsyncClient
) -> None:
    await create(admin, "project", jira(PROJECT))
    file = FileKeys(own_platform.home / "master.key")
    (kept,) = file.lines()
    file.replace([new_key()])
    status = await asyncio.to_thread(ctl, "secrets", "status", env=own_platform.environment)
    assert (status.returncode, "MISSING" in status.stdout) == (1, True)
    refused = await asyncio.to_thread(
        ctl, "secrets", "rotate", "--drop-old", "--allow-write", env=own_platform.environment
    )
    assert refused.returncode == 1
    assert "integrations.sealed" in refused.stdout
    file.replace([kept])
    healthy = await asyncio.to_thread(ctl, "secrets", "status", env=own_platform.environment)
    assert healthy.returncode == 0, healthy.stdout
