"""Direct calls of a tool over HTTP: which credential it works with, and what a person reads when it cannot."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from codemie.kernel import row_security
from codemie.kernel.database import Database
from codemie.kernel.proxies import proxy_for
from tests.fakes import proxy_server, vendors
from tests.fakes.certificates import Authority
from tests.integrations.credentials import People, create, fresh
from tests.toolkits.invoking import setting
from tests.toolkits.strange_system import TOKEN, StrangeSystem

MANY = 11 * 2**20


def git(project: str, url: str, token: str = TOKEN, **fields: Any) -> dict[str, Any]:
    values = {"url": url, "name": "bot", "token": token}
    return {
        "project_name": project,
        "alias": fresh("git"),
        "credential_type": "Git",
        "credential_values": [{"key": key, "value": value} for key, value in values.items()],
        **fields,
    }


async def call(
    client: httpx2.AsyncClient, project: str, query: Any = None, creds: dict[str, Any] | None = None, **params: Any
) -> dict[str, Any]:
    asked = {"method": "GET", "url": "/api/v4/projects"} if query is None else query
    body = {"project": project, "tool_args": {"query": asked}, "tool_creds": creds, "params": params or None}
    answer = await client.post("/v1/tools/gitlab/invoke", json=body)
    assert answer.status_code == 200, answer.text
    return {key: value for key, value in answer.json().items() if value is not None}


async def test_the_result_begins_with_the_status_and_has_the_body_as_it_came(
    people: People, system: StrangeSystem
) -> None:
    await create(people.member, "user", git(people.project, system.url))
    query = {"method": "GET", "url": "/api/v4/projects", "method_arguments": {"per_page": 5}}
    told = await call(people.member, people.project, query)
    assert told["output"] == (
        f'HTTP: GET {system.url}/api/v4/projects -> 200 OK {{"path": "/api/v4/projects", "query": {{"per_page": "5"}}}}'
    )


async def test_other_methods_send_json_and_a_text_of_json_is_as_good(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    query = '{"method": "post", "url": "api/v4/x", "method_arguments": {"position": {"new_line": 3}}}'
    assert (await call(people.member, people.project, query))["output"].startswith("HTTP: POST")
    assert system.bodies[-1] == b'{"position":{"new_line":3}}'


async def test_nobody_takes_over_the_header_with_the_credential(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    headers = {"AUTHORIZATION": "Bearer mine", "X-Mine": "yes"}
    query = {"method": "GET", "url": "/api/v4/user", "custom_headers": headers}
    assert "200" in (await call(people.member, people.project, query))["output"]
    assert system.asked[-1].headers["x-mine"] == "yes"


async def test_no_header_makes_another_method_or_place_of_a_call(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    headers = {"X-HTTP-Method-Override": "DELETE", "Host": "elsewhere.example", "Transfer-Encoding": "chunked"}
    query = {"method": "POST", "url": "/api/v4/projects/1", "custom_headers": headers}
    assert "200" in (await call(people.member, people.project, query))["output"]
    sent = system.asked[-1].headers
    assert "x-http-method-override" not in sent, "it would delete, and nobody was asked about that"
    assert "transfer-encoding" not in sent
    assert system.url.endswith(sent["host"])


async def test_the_query_of_the_url_is_kept_beside_the_arguments(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    query = {"method": "GET", "url": "/api/v4/projects?search=a%20b", "method_arguments": {"page": 2}}
    told = (await call(people.member, people.project, query))["output"]
    assert '"query": {"search": "a b", "page": "2"}' in told


async def test_without_an_integration_the_answer_says_what_to_do(people: People) -> None:
    told = await call(people.member, people.project)
    assert told["error"].startswith("Error calling tool: No integration.")
    assert "type Git" in told["error"]
    assert people.project in told["error"]


async def test_the_persons_own_integration_comes_before_the_projects(people: People, system: StrangeSystem) -> None:
    await create(people.manager, "project", git(people.project, system.url, token="projects"))
    assert "401" in (await call(people.member, people.project))["output"]
    await create(people.member, "user", git(people.project, system.url))
    assert "200" in (await call(people.member, people.project))["output"]


async def test_an_integration_named_by_alias_or_id_is_used(people: People, system: StrangeSystem) -> None:
    right = await create(people.manager, "project", git(people.project, system.url))
    await create(people.member, "user", git(people.project, system.url, token="mine"))
    for creds in ({"integration_alias": right["alias"]}, {"integration_id": right["id"]}):
        assert "200" in (await call(people.member, people.project, creds=creds))["output"]


async def test_values_given_with_the_call_are_used_and_kept_nowhere(people: People, system: StrangeSystem) -> None:
    creds = {"url": system.url, "token": TOKEN}
    assert "200" in (await call(people.member, people.project, creds=creds))["output"]


async def test_somebody_elses_personal_integration_is_never_used(people: People, system: StrangeSystem) -> None:
    theirs = await create(people.manager, "user", git(people.project, system.url))
    assert "No integration" in (await call(people.member, people.project))["error"]
    told = await call(people.member, people.project, creds={"integration_id": theirs["id"]})
    assert "not yours to use" in told["error"]
    assert not system.asked


async def test_every_use_is_in_the_audit_log(people: People, system: StrangeSystem, database: Database) -> None:
    made = await create(people.member, "user", git(people.project, system.url))
    await call(people.member, people.project)
    with row_security.system("test"):
        async with database.session() as session:
            statement = text(
                "SELECT actor_id, attributes FROM activity_events "
                "WHERE entity_id = :id AND event_type = 'integration.used'"
            )
            rows = (await session.execute(statement, {"id": made["id"]})).all()
    assert [(row.actor_id, row.attributes["tool"], row.attributes["purpose"]) for row in rows] == [
        (made["user_id"], "gitlab", "direct call")
    ]


async def test_a_use_that_cannot_be_audited_is_none(people: People, system: StrangeSystem, database: Database) -> None:
    made = await create(people.member, "user", git(people.project, system.url))
    forbidden = f"""
        CREATE TRIGGER no_audit BEFORE INSERT ON activity_events FOR EACH ROW WHEN (NEW.entity_id = '{made["id"]}')
        EXECUTE FUNCTION refuse_change_of_activity_events()"""
    async with database.session() as session:
        await session.execute(text(forbidden))
    try:
        told = await call(people.member, people.project)
    finally:
        async with database.session() as session:
            await session.execute(text("DROP TRIGGER no_audit ON activity_events"))
    assert told["error"]
    assert not system.asked


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{not json", "is no JSON"),
        ({"method": "BREW", "url": "/api/v4/x"}, "method"),
        ({"method": "GET"}, "url"),
        ({"method": "GET", "url": "/api/v4/x", "method_arguments": [1]}, "must be an object for GET"),
        ({"method": "GET", "url": "/oauth/token"}, "must begin with /api/v4/"),
        ({"method": "GET", "url": "https://evil.example/api/v4/x"}, "must begin with /api/v4/"),
        ({"method": "GET", "url": "/api/v4/../../oauth/token"}, "must begin with /api/v4/"),
        ({"method": "GET", "url": "/api/v4/%2e%2e/%2e%2e/oauth/token"}, "must begin with /api/v4/"),
    ],
)
async def test_a_query_that_cannot_be_carried_out_is_explained(
    people: People, system: StrangeSystem, query: Any, told: str
) -> None:
    await create(people.member, "user", git(people.project, system.url))
    assert told in (await call(people.member, people.project, query))["error"]
    assert not system.asked


async def test_a_limited_system_is_asked_again_when_it_says_so(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(429, '{"message": "slow down"}', Retry_After="0")
    system.answer(200, '{"done": true}')
    assert '{"done": true}' in (await call(people.member, people.project))["output"]
    assert len(system.asked) == 2


async def test_a_system_that_asks_for_too_long_a_pause_is_not_waited_for(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(429, '{"message": "slow down"}', Retry_After="3600")
    assert "429" in (await call(people.member, people.project))["output"]
    assert len(system.asked) == 1


async def test_what_changes_something_is_never_sent_twice(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(503, "away")
    query = {"method": "POST", "url": "/api/v4/issues"}
    assert "503" in (await call(people.member, people.project, query))["output"]
    assert len(system.asked) == 1


async def test_an_outage_that_passes_is_not_noticed(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(503, "away")
    system.break_off()
    system.answer(200, "[]")
    assert (await call(people.member, people.project))["output"].endswith("200 OK []")


async def test_an_answer_that_is_too_long_is_not_read(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.send_bytes(MANY, "text/plain")
    told = await call(people.member, people.project)
    assert "cannot be read" in told["error"]
    assert "Ask for less" in told["error"]


async def test_a_stream_of_events_is_no_way_around_the_limit(people: People, system: StrangeSystem) -> None:
    system.send_bytes(MANY, "text/event-stream")
    await create(people.member, "user", git(people.project, system.url))
    assert "At most" in (await call(people.member, people.project))["error"]


async def test_a_binary_answer_is_described(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.send_bytes(2000, "application/zip")
    assert "[binary: application/zip, 2000 bytes; not shown]" in (await call(people.member, people.project))["output"]


async def test_a_long_answer_is_cut_and_says_how_much_was_kept(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(200, "x" * 100_000, "text/plain")
    told = await call(people.member, people.project, output_limit=1000)
    assert "[Truncated: 4% of the output was kept (4000 of " in told["output"]


async def test_a_redirect_into_a_private_network_is_not_followed(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(302, "", Location="http://10.0.0.1/admin")
    told = await call(people.member, people.project)
    assert "private, loopback or reserved" in told["error"]


async def test_the_credential_does_not_follow_a_redirect_to_another_system(
    people: People, system: StrangeSystem
) -> None:
    await create(people.member, "user", git(people.project, system.url))
    elsewhere = system.url.replace("127.0.0.1", "localhost")
    system.answer(302, "", Location=f"{elsewhere}/download")
    assert "401" in (await call(people.member, people.project))["output"]
    assert "authorization" not in system.asked[-1].headers
    assert system.asked[-1].path == "/download"


async def test_a_system_nobody_may_reach_is_refused_before_anything_is_sent(people: People) -> None:
    await create(people.member, "user", git(people.project, "http://10.11.12.13"))
    assert "private, loopback or reserved" in (await call(people.member, people.project))["error"]


async def test_a_revoked_integration_is_gone_with_the_next_call(people: People, system: StrangeSystem) -> None:
    made = await create(people.member, "user", git(people.project, system.url))
    assert "200" in (await call(people.member, people.project))["output"]
    assert (await people.member.delete(f"/v1/settings/user/{made['id']}")).status_code == 200
    assert "No integration" in (await call(people.member, people.project))["error"]


async def test_who_is_not_in_the_project_calls_nothing_there(people: People) -> None:
    body = {"project": people.project, "tool_args": {"query": {"method": "GET", "url": "/api/v4/user"}}}
    assert (await people.stranger.post("/v1/tools/gitlab/invoke", json=body)).status_code == 403


async def test_a_tool_nobody_knows_is_not_found(people: People) -> None:
    answer = await people.member.post("/v1/tools/teleport/invoke", json={"project": people.project})
    assert answer.status_code == 404
    assert "teleport" in answer.text
    assert (await people.member.get("/v1/tools/teleport/schema")).status_code == 404


async def test_code_is_never_executed_directly(people: People) -> None:
    body = {"project": people.project, "tool_args": {"code": "1"}}
    assert (await people.member.post("/v1/tools/code_executor/invoke", json=body)).status_code == 403


async def test_the_schema_names_credentials_and_arguments(people: People) -> None:
    told = (await people.member.get("/v1/tools/gitlab/schema")).json()
    assert told["tool_name"] == "gitlab"
    assert told["args_schema"] == {"query": {"type": "object | string", "required": True}}
    assert told["creds_schema"]["url"] == {"type": "string", "required": True}
    assert told["creds_schema"]["use_header_auth"] == {"type": "boolean", "required": False}


async def test_the_catalogue_groups_tools_by_toolkit(people: People) -> None:
    kits = {kit["toolkit"]: kit for kit in (await people.member.get("/v1/assistants/tools")).json()}
    tools = {tool["name"]: tool for tool in kits["VCS"]["tools"]}
    assert tools["gitlab"]["settings_config"] is True
    assert tools["gitlab"]["credential_type"] == "Git"
    assert set(await names(people.member)) >= {"gitlab", "read_workspace_file"}


async def names(client: httpx2.AsyncClient) -> list[str]:
    return list((await client.get("/v1/tools")).json())


async def test_health_tells_which_systems_can_be_worked_with(people: People, system: StrangeSystem) -> None:
    async def state() -> dict[str, Any]:
        told = await people.member.get("/v1/tools/health", params={"project": people.project})
        return next(item for item in told.json() if item["system"] == "GitLab" and "gitlab" in item["tools"])

    assert (await state())["state"] == "no integration"
    made = await create(people.member, "user", git(people.project, system.url))
    assert await state() | {"state": "ready", "integration_id": made["id"]} == await state()


async def test_the_catalogue_names_every_type_that_serves_a_tool(people: People) -> None:
    kits = (await people.member.get("/v1/assistants/tools")).json()
    tools = {(kit["toolkit"], tool["name"]): tool for kit in kits for tool in kit["tools"]}
    # Repositories of Azure DevOps are worked in with a credential of either type.
    assert tools["Git", "create_branch"]["credential_types"] == ["Git", "AzureDevOps"]
    assert tools["VCS", "gitlab"]["credential_types"] == ["Git"]
    for tool in tools.values():
        kinds = tool.get("credential_types", [])
        assert tool.get("credential_type") == (kinds[0] if kinds else None)


async def test_a_secret_is_masked_before_a_long_answer_is_cut(people: People, system: StrangeSystem) -> None:
    await create(people.member, "user", git(people.project, system.url))
    system.answer(text="right-token " * 20_000, kind="text/plain")
    query = json.dumps({"method": "GET", "url": "/api/v4/projects"})
    body = {"project": people.project, "tool_args": {"query": query}, "params": {"output_limit": 1003}}
    told = (await people.member.post("/v1/tools/gitlab/invoke", json=body)).json()["output"]
    assert "right" not in told


async def test_a_proxy_that_refuses_is_told_apart_from_the_system(
    people: People, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority.made(tmp_path)
    async with proxy_server.running() as proxy, vendors.running(authority.server()) as url:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        proxy_for.cache_clear()
        body = setting("Git", people.project, url=url, token="t", ca_certificate=authority.pem)
        await create(people.member, "user", body)
        query = json.dumps({"method": "GET", "url": "/api/v4/projects"})
        call = {"project": people.project, "tool_args": {"query": query}}
        proxy.refuses = True
        refused = (await people.member.post("/v1/tools/gitlab/invoke", json=call)).json()["error"]
        assert "does not lead to GitLab" in refused
        assert "planted-proxy-secret" not in refused
        proxy.refuses = False
        through = (await people.member.post("/v1/tools/gitlab/invoke", json=call)).json()
        assert "404" in str(through)
        assert set(proxy.asked) == {f"CONNECT {url.removeprefix('https://')}"}
    proxy_for.cache_clear()
