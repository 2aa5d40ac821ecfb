"""MCP servers that work with stored integrations: whose values they are sent, and where they never go."""

import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.identity.caller import Caller
from codemie.integrations.vault import Credential
from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.mcp.asking import Asking
from codemie.mcp.settings import McpSettings
from codemie.mcp.target import CatalogueEntry, ServerUnusable, is_fixed, resolve
from tests.conversations.chatting import ask, make_assistant
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.integrations.credentials import People, create, fresh
from tests.support import FAKE_MCP_PROGRAM

GONE = "Use fake_unavailable"


@pytest.fixture
async def server() -> AsyncIterator[FakeMcpServer]:
    async with running(FakeMcpServer()) as started:
        yield started


def values(project: str, alias: str | None = None, **given: str) -> dict[str, Any]:
    """The body of an integration of type MCP."""
    return {
        "project_name": project,
        "alias": alias or fresh("mcp"),
        "credential_type": "MCP",
        "credential_values": [{"key": key, "value": value} for key, value in given.items()],
    }


def entry(url: str, **fields: Any) -> dict[str, Any]:
    config = {"url": url, "type": "streamable-http", "headers": {"X-Key": "{{KEY}}"}, **fields.pop("config", {})}
    return {"name": "fake", "description": None, "config": config, **fields}


def pin(made: dict[str, Any]) -> dict[str, Any]:
    return {"id": made["id"], "alias": made["alias"], "credential_type": "MCP"}


async def map_slot(client: httpx2.AsyncClient, assistant: str, **choice: Any) -> None:
    slots = {"tools_config": [{"name": "MCP:fake", **choice}]}
    answer = await client.post(f"/v1/assistants/{assistant}/users/mapping", json=slots)
    assert answer.status_code == 200, answer.text


async def change(client: httpx2.AsyncClient, assistant: str, **fields: Any) -> None:
    named = {"name": "Changed", "skip_integration_validation": True, **fields}
    answer = await client.put(f"/v1/assistants/{assistant}", json=named)
    assert answer.status_code == 200, answer.text


async def told(client: httpx2.AsyncClient, assistant: str) -> str:
    """Why the server cannot be used."""
    return str((await ask(client, assistant, GONE))["thoughts"][0]["message"])


async def key_sent(client: httpx2.AsyncClient, server: FakeMcpServer, assistant: str) -> str | None:
    server.headers.clear()
    await ask(client, assistant, "Use add with a = 1 and b = 1")
    return server.headers.get("x-key")


async def test_a_pinned_integration_fills_placeholders_and_its_use_is_told(
    people: People, server: FakeMcpServer, database: Database
) -> None:
    made = await create(people.member, "user", values(people.project, KEY="members-key"))
    assistant = await make_assistant(
        people.member, project=people.project, mcp_servers=[entry(server.url, settings=pin(made))]
    )

    sent = await key_sent(people.member, server, assistant)

    with row_security.system("test"):
        async with database.session() as session:
            statement = text(
                "SELECT attributes FROM activity_events WHERE entity_id = :id AND event_type = 'integration.used'"
            )
            [used] = (await session.scalars(statement, {"id": made["id"]})).all()
    assert sent == "members-key"
    assert used["tool"] == "the MCP server 'fake'"
    assert assistant in used["purpose"]


async def test_an_alias_means_the_persons_own_then_the_projects_and_a_pin_goes_before(
    people: People, server: FakeMcpServer
) -> None:
    alias = fresh("tickets")
    shared = await create(people.manager, "project", values(people.project, alias, KEY="projects-key"))
    named = entry(server.url, integration_alias=alias)
    assistant = await make_assistant(people.member, project=people.project, mcp_servers=[named])

    assert await key_sent(people.member, server, assistant) == "projects-key"

    await create(people.member, "user", values(people.project, alias, KEY="members-key"))
    pinned = await make_assistant(
        people.member, project=people.project, mcp_servers=[{**named, "settings": pin(shared)}]
    )

    assert await key_sent(people.member, server, assistant) == "members-key"
    assert await key_sent(people.member, server, pinned) == "projects-key"


async def test_a_persons_own_choice_goes_before_what_the_assistant_names(people: People, server: FakeMcpServer) -> None:
    first, second = [
        await create(people.manager, "project", values(people.project, KEY=key)) for key in ("first-key", "second-key")
    ]
    assistant = await make_assistant(
        people.member, project=people.project, shared=True, mcp_servers=[entry(server.url, settings=pin(first))]
    )

    await map_slot(people.manager, assistant, integration_id=second["id"])

    assert await key_sent(people.manager, server, assistant) == "second-key"
    assert await key_sent(people.member, server, assistant) == "first-key"
    await map_slot(people.manager, assistant, explicit_none=True)
    assert "needs a value for 'KEY'" in await told(people.manager, assistant)


async def test_an_authors_personal_integration_serves_others_only_through_a_published_assistant(
    people: People, server: FakeMcpServer
) -> None:
    made = await create(people.member, "user", values(people.project, KEY="members-key"))
    own = await create(people.manager, "user", values(people.project, KEY="managers-key"))
    servers = [entry(server.url, settings=pin(made)), entry(server.url, config={"headers": {}}) | {"name": "other"}]
    assistant = await make_assistant(people.member, project=people.project, shared=True, mcp_servers=servers)

    assert "not yours to use" in await told(people.manager, assistant)
    assert (
        "sum is 2" in (await ask(people.manager, assistant, "Use add with a = 1 and b = 1"))["thoughts"][0]["message"]
    )
    assert "x-key" not in server.headers, f"nobody chose {own['alias']}"

    await change(people.member, assistant, is_global=True, categories=["engineering"])
    assert await key_sent(people.stranger, server, assistant) == "members-key"


async def test_a_persons_integration_goes_to_no_address_that_somebody_else_wrote(
    people: People, server: FakeMcpServer
) -> None:
    alias = fresh("tickets")
    mine = await create(people.manager, "user", values(people.project, alias, KEY="managers-key"))
    assistant = await make_assistant(
        people.member, project=people.project, shared=True, mcp_servers=[entry(server.url, integration_alias=alias)]
    )

    by_alias = await told(people.manager, assistant)
    await map_slot(people.manager, assistant, integration_id=mine["id"])
    by_choice = await told(people.manager, assistant)

    assert "is not there" in by_alias
    assert "may not use the integration" in by_choice
    assert "the catalogue" in by_choice
    assert not server.methods


async def test_whoever_changes_a_server_is_its_writer(people: People, server: FakeMcpServer) -> None:
    made = await create(people.member, "user", values(people.project, KEY="members-key"))
    listed = [entry("http://127.0.0.1:9/mcp", settings=pin(made))]
    assistant = await make_assistant(people.member, project=people.project, shared=True, mcp_servers=listed)

    moved = [entry(server.url, settings=pin(made))]
    await change(people.manager, assistant, mcp_servers=moved)
    refused = await told(people.member, assistant)
    seen = (await people.member.get(f"/v1/assistants/id/{assistant}")).json()["mcp_servers"]

    assert "may not use the integration" in refused
    assert not server.methods
    assert "written_by" not in seen[0]
    described = [{**entry(server.url, settings=pin(made)), "description": "Tickets"}]
    await change(people.member, assistant, mcp_servers=described)
    assert "may not use the integration" in await told(people.member, assistant), "it says what the manager wrote"
    renewed = [entry(server.url, settings=pin(made), config={"headers": {"x-key": "{{KEY}}"}})]
    await change(people.member, assistant, mcp_servers=renewed)
    assert await key_sent(people.member, server, assistant) == "members-key"


async def test_an_entry_of_the_catalogue_takes_anybodys_own_for_what_it_asks(
    people: People, server: FakeMcpServer
) -> None:
    headers = {"X-Key": "{{KEY}}", "X-Fixed": "{{FIXED}}"}
    config = {"url": server.url, "type": "streamable-http", "headers": headers, "env": {"FIXED": "f"}}
    body = {
        "name": f"Server {uuid.uuid4().hex[:8]}",
        "is_public": True,
        "config": config,
        "required_env_vars": [{"name": "KEY", "description": "Your key"}],
    }
    listed = (await people.admin.post("/v1/mcp-configs", json=body)).json()
    mine = await create(people.manager, "user", values(people.project, KEY="managers-key", FIXED="changed"))
    servers = [{"name": "fake", "mcp_config_id": listed["id"]}]
    assistant = await make_assistant(people.member, project=people.project, shared=True, mcp_servers=servers)

    await map_slot(people.manager, assistant, integration_id=mine["id"])

    assert await key_sent(people.manager, server, assistant) == "managers-key"
    assert server.headers["x-fixed"] == "f"


async def test_a_deleted_integration_costs_its_server_alone(people: People, server: FakeMcpServer) -> None:
    made = await create(people.member, "user", values(people.project, KEY="members-key"))
    servers = [entry(server.url, settings=pin(made)), entry(server.url, config={"headers": {}}) | {"name": "other"}]
    assistant = await make_assistant(people.member, project=people.project, mcp_servers=servers)
    assert (await people.member.delete(f"/v1/settings/user/{made['id']}")).status_code == 200

    answer = await ask(people.member, assistant, "Use add with a = 20 and b = 22")

    assert "was deleted" in await told(people.member, assistant)
    assert "sum is 42" in answer["thoughts"][0]["message"]


async def test_what_a_server_echoes_is_masked(people: People, server: FakeMcpServer) -> None:
    made = await create(people.member, "user", values(people.project, KEY="members-key"))
    server_entry = entry(server.url, settings=pin(made), config={"headers": {"Authorization": "Bearer {{KEY}}"}})
    assistant = await make_assistant(people.member, project=people.project, mcp_servers=[server_entry])

    seen = (await ask(people.member, assistant, "Use seen_headers"))["thoughts"][0]["message"]

    assert server.headers["authorization"] == "Bearer members-key"
    assert "Bearer **********" in seen
    assert "members-key" not in seen


async def test_a_program_gets_the_variables_that_are_allowed_and_no_refusal_tells_a_value(people: People) -> None:
    program = {"command": sys.executable, "args": [str(FAKE_MCP_PROGRAM), "{{KEY}}"]}
    greeting = await create(people.member, "user", values(people.project, GREETING="good-morning"))
    key = await create(people.member, "user", values(people.project, KEY="members-key"))

    def run(made: dict[str, Any], command: dict[str, Any]) -> dict[str, Any]:
        return {"name": "fake", "config": command, "settings": pin(made), "resolve_dynamic_values_in_arguments": True}

    greeted = await make_assistant(
        people.member, project=people.project, mcp_servers=[run(greeting, {**program, "args": program["args"][:1]})]
    )
    refused = await make_assistant(people.member, project=people.project, mcp_servers=[run(key, program)])
    unknown = {"command": "npx", "args": ["{{KEY}}"]}
    strange = await make_assistant(people.member, project=people.project, mcp_servers=[run(key, unknown)])

    seen = (await ask(people.member, greeted, "Use seen_environment"))["thoughts"][0]["message"]
    assert "'GREETING'" in seen
    assert "good-morning" not in seen
    assert "The variables KEY may not be set" in await told(people.member, refused)
    message = await told(people.member, strange)
    assert "may not be started here" in message
    assert "members-key" not in message


async def test_a_server_is_tried_with_the_integration_it_names(people: People, server: FakeMcpServer) -> None:
    made = await create(people.manager, "project", values(people.project, KEY="projects-key"))
    theirs = await create(people.manager, "user", values(people.project, KEY="managers-key"))
    once = {"single_usage": True}
    tries = [
        entry(server.url, settings=pin(made), config=once),
        entry(server.url, integration_alias=made["alias"], config=once),
    ]

    for tried in tries:
        server.headers.clear()
        answer = await people.member.post(
            "/v1/assistants/mcp/test", params={"project": people.project}, json={"mcp_server": tried}
        )
        assert answer.status_code == 200, answer.text
        assert server.headers["x-key"] == "projects-key"
    refused = await people.member.post("/v1/assistants/mcp_tools", json=entry(server.url, settings=pin(theirs)))
    assert refused.status_code == 404
    assert "not yours to use" in refused.json()["error"]["details"]


@pytest.mark.parametrize("url", ["https://{{KEY}}/mcp", "https://{{KEY}}.corp.test/mcp", "{{KEY}}", "https://a:[KEY]/"])
def test_no_value_of_an_integration_is_in_the_host(url: str) -> None:
    lent = Credential("1", "mine", "MCP", {"KEY": "evil.test"})
    server = {"name": "it", "config": {"url": url, "env": {"KEY": ""}}}

    with pytest.raises(ServerUnusable) as refused:
        resolve(McpSettings.model_validate({}), server, None, Asking(Caller("1", "a", "A", "a@x.test")), lent)
    assert "evil" not in str(refused.value)


def test_what_the_author_wrote_stands() -> None:
    lent = Credential("1", "mine", "MCP", {"PLACE": "evil.test", "KEY": "lent-key"})
    headers = {"X-Place": "{{PLACE}}", "X-Key": "{{KEY}}"}
    config = {"url": "https://{{PLACE}}/mcp", "headers": headers, "env": {"PLACE": "good.test", "KEY": ""}}

    target = resolve(
        McpSettings.model_validate({}),
        {"name": "it", "config": config},
        None,
        Asking(Caller("1", "a", "A", "a@x.test")),
        lent,
    )

    assert target.url == "https://good.test/mcp"
    assert dict(target.headers) == {"X-Place": "good.test", "X-Key": "lent-key"}


def test_a_value_stays_one_part_of_the_address() -> None:
    lent = Credential("1", "mine", "MCP", {"KEY": "../?x=1#y"})
    server = {"name": "it", "config": {"url": "https://good.test/a/{{KEY}}/mcp"}}

    target = resolve(McpSettings.model_validate({}), server, None, Asking(Caller("1", "a", "A", "a@x.test")), lent)

    assert target.url == "https://good.test/a/..%2F%3Fx%3D1%23y/mcp"
    assert target.is_secret_address


@pytest.mark.parametrize(
    ("config", "own", "fixed"),
    [
        ({"url": "https://good.test/"}, {}, True),
        ({"url": "https://good.test/"}, {"B": "not asked for"}, True),
        ({"url": "https://good.test/", "headers": {"X-Place": "{{A}}"}}, {"A": "evil.test"}, False),
        ({"url": "https://{{A}}/"}, {"A": "evil.test"}, False),
        ({"command": "uvx"}, {}, True),
        ({"command": "uvx"}, {"A": "https://evil.test"}, False),
    ],
)
def test_an_entry_is_fixed_where_nobody_else_says_where_it_goes(
    config: dict[str, Any],
    own: dict[str, str],
    fixed: bool,  # noqa: FBT001 - a case
) -> None:
    entry = CatalogueEntry("1", "it", config, frozenset({"A"}))

    assert is_fixed({"name": "it", "config": {"env": own}}, entry) is fixed
    assert not is_fixed({"name": "it", "config": {"env": own, "url": "x"}, "use_custom_config": True}, entry)


@pytest.mark.parametrize("route", ["/v1/assistants/mcp_tools", "/v1/assistants/mcp/test"])
async def test_servers_are_tried_in_projects_of_ones_own(people: People, server: FakeMcpServer, route: str) -> None:
    plain = entry(server.url, config={"headers": {}})
    body = plain if route.endswith("tools") else {"mcp_server": plain}
    for project, status in ((people.project, 200), ("no-such-project", 403)):
        answer = await people.member.post(route, params={"project": project}, json=body)
        assert answer.status_code == status, answer.text
    assert (await people.stranger.post(route, params={"project": people.project}, json=body)).status_code == 403
