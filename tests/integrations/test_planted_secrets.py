"""A secret of every kind is stored, used, echoed, changed and moved: no answer holds one.

That none is left in a log or in the database is looked for when the whole run is over (`tests/conftest.py`), after
everything else has happened, too.
"""

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from aiohttp import web

from codemie.integrations.catalogue import TYPES
from codemie.integrations.redaction import redacted
from codemie.kernel.database import Database
from tests import planted
from tests.conversations.chatting import make_assistant, new_conversation
from tests.integrations.credentials import People, create, fresh
from tests.planted import ELSEWHERE, MARK, SECRETS
from tests.toolkits.invoking import setting

KINDS = [kind for kind in TYPES.values() if any(key.secret for key in kind.keys)]


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """A system that answers with everything it was sent, under whatever status its path begins with."""

    async def handle(request: web.Request) -> web.Response:
        first = request.path.strip("/").partition("/")[0]
        told = {"url": str(request.url), "headers": dict(request.headers), "body": await request.text()}
        return web.json_response(told, status=int(first) if first.isdigit() else 400)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def heard(people: People) -> list[str]:
    """Every answer that the people get."""
    answers: list[str] = []

    async def listen(answer: httpx2.Response) -> None:
        answers.append((await answer.aread()).decode(errors="replace"))

    for person in (people.manager, people.member):
        person.event_hooks["response"].append(listen)
    return answers


_LEFT_OUT = ("ca_certificate", "aws_region", "app_id", "installation_id")


def values(kind: str, url: str) -> dict[str, Any]:
    """Everything that the type takes, its addresses at the echo."""
    given: dict[str, Any] = {}
    for key in TYPES[kind].keys:
        if key.secret:
            given[key.name] = SECRETS[kind, key.name]
        elif key.name.endswith("url") or key.name in ("azure_authority", "oauth_authority"):
            given[key.name] = f"{url}/401"
        elif key.name not in _LEFT_OUT and key.default is None:
            given[key.name] = "named"
    if kind == "Git":
        given.pop("private_key")  # of an App, which has no token
    return {**given, **({"aws_region": "eu-central-1"} if kind in ("AWS", "A2A") else {})}


def test_there_are_more_than_forty() -> None:
    assert len(SECRETS) >= 40
    assert len(set(SECRETS.values())) == len(SECRETS)


@pytest.mark.parametrize("part", range(4))
async def test_a_credential_of_every_type_stays_where_it_is(
    people: People, heard: list[str], echo: str, part: int
) -> None:
    for kind in KINDS[part::4]:
        await used(people, kind.name, echo)
        assert heard
        assert not [answer for answer in heard if MARK in answer], kind.name


async def used(people: People, kind: str, echo: str) -> None:
    """Store one of the type, look at it, test it, change it, send it wrongly."""
    body = setting(kind, people.project, **values(kind, echo))
    scope, client = ("user", people.member) if TYPES[kind].personal else ("project", people.manager)
    made = await create(client, scope, body)
    shown = (await client.get(f"/v1/settings/{scope}/{made['id']}")).json()
    stored = {"credential_type": kind, "setting_id": made["id"]}
    for asked in (stored, {**stored, "credential_values": body["credential_values"]}):
        await client.post("/v1/settings/test/", json=asked)
        await client.post("/v1/settings/diagnose", json=asked)
    await client.post("/v1/settings/diagnose", json={"credential_type": kind, "credential_values": values_wrong(body)})
    masked = {**body, "credential_values": shown["credential_values"]}
    assert (await client.put(f"/v1/settings/{scope}/{made['id']}", json=masked)).status_code == 200
    # What is wrong with a request must not come back with it.
    assert (await client.post(f"/v1/settings/{scope}", json={**body, "alias": ["wrong"]})).status_code == 422


def values_wrong(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The same with secrets in place of addresses, as people paste them into the wrong field."""
    secret = next(item["value"] for item in body["credential_values"] if MARK in str(item["value"]))
    return [
        {**item, "value": secret} if item["key"].endswith("url") and item["key"] != "url" else item
        for item in body["credential_values"]
    ]


TOOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "gitlab": ("Git", {"query": {"method": "GET", "url": "/api/v4/user"}}),
    "generic_jira_tool": ("Jira", {"method": "GET", "relative_url": "/rest/api/2/myself"}),
    "generic_confluence_tool": ("Confluence", {"method": "GET", "relative_url": "/rest/api/content"}),
    "azure_devops_git": ("AzureDevOps", {"query": {"method": "GET", "url": "/_apis/git/repositories"}}),
    "AWS": ("AWS", {"query": {"service": "s3", "method_name": "list_buckets", "method_arguments": {}}}),
}


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_system_that_echoes_brings_no_secret_to_the_model_or_the_person(
    people: People, heard: list[str], echo: str, tool: str
) -> None:
    for status in ("200", "401", "500"):
        await called(people, tool, status, echo)
    assert heard
    assert not [told for told in heard if MARK in told]


async def called(people: People, tool: str, status: str, echo: str) -> None:
    """Call the tool directly and from an assistant, with a stored credential and with one of the request."""
    kind, arguments = TOOLS[tool]
    given = {key: value.replace("/401", f"/{status}") if isinstance(value, str) else value
             for key, value in values(kind, echo).items()}  # fmt: skip
    made = await create(people.member, "user", setting(kind, people.project, **given))
    body = {"project": people.project, "tool_args": arguments, "tool_creds": {"integration_id": made["id"]}}
    answer = await people.member.post(f"/v1/tools/{tool}/invoke", json=body)
    assert answer.status_code == 200
    direct = {**body, "tool_creds": {**given, "token": ELSEWHERE["in-a-request"]}}
    assert (await people.member.post(f"/v1/tools/{tool}/invoke", json=direct)).status_code == 200
    toolkit = [{"toolkit": "any", "tools": [{"name": tool, "settings": {"id": made["id"]}}]}]
    fields = {"project": people.project, "toolkits": toolkit, "tool_permissions": {"tool_call_policy": "auto_approve"}}
    assistant = await make_assistant(people.member, **fields)
    question = f"Use {tool} with {json.dumps(arguments)}"
    asked = {"text": question, "conversation_id": new_conversation()}
    chat = await people.member.post(f"/v1/assistants/{assistant}/model", json=asked)
    assert chat.status_code == 200


async def test_secrets_of_mcp_servers_stay_where_they_are(people: People, heard: list[str], echo: str) -> None:
    free = await create(people.member, "user", setting("MCP", people.project, TOKEN=ELSEWHERE["free-mcp-value"]))
    config = {
        "url": f"{echo}/401/{{{{TOKEN}}}}",
        "type": "streamable-http",
        "headers": {"Authorization": f"Bearer {ELSEWHERE['in-an-mcp-header']}"},
        "env": {"SECRET": ELSEWHERE["in-an-mcp-environment"]},
    }
    server = {"name": "echo", "description": "d", "config": config, "settings": {"id": free["id"]}, "enabled": True}
    assistant = await make_assistant(people.member, project=people.project, mcp_servers=[server])
    await people.member.post(f"/v1/assistants/{assistant}/model", json={"text": "Hello"})
    await people.member.post("/v1/assistants/mcp/test", json={"mcp_server": server})
    assert not [told for told in heard if MARK in told]


async def test_moving_and_deleting_leaves_nothing(people: People, heard: list[str], database: Database) -> None:
    made = await create(people.manager, "project", setting("Sonar", people.project, token=ELSEWHERE["for-a-moment"]))
    assert (await people.manager.delete(f"/v1/settings/project/{made['id']}")).status_code == 200
    assert not [told for told in heard if MARK in told]
    assert await planted.in_database(database) == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("token long-secret!", "token **********"),
        ("?key=long-secret%21&x", "?key=**********&x"),
        ("Basic bWU6bG9uZy1zZWNyZXQh", "Basic **********"),
        ("Basic Omxvbmctc2VjcmV0IQ==", "Basic **********"),
        ("nothing of it", "nothing of it"),
    ],
)
def test_every_form_of_a_secret_is_masked(said: str, shown: str) -> None:
    assert redacted(said, "Jira", {"username": "me", "token": "long-secret!", "url": "https://x"}) == shown


@pytest.mark.parametrize("said", ['{"echo": "lö\\"ng secret"}', "token=l%C3%B6%22ng+secret", 'lö"ng secret'])
def test_a_secret_of_any_letters_is_masked(said: str) -> None:
    assert "secret" not in redacted(said, "Jira", {"token": 'lö"ng secret'})


def test_what_is_no_secret_or_too_short_to_be_told_apart_stays() -> None:
    assert redacted("abc https://x me", "Jira", {"username": "me", "token": "abc", "url": "https://x"}) == (
        "abc https://x me"
    )
    assert redacted("id key-id", "AWS", {"aws_access_key_id": "key-id", "aws_secret_access_key": "s3cr3t-long"}) == (
        "id key-id"
    )


def test_the_search_itself_finds_what_is_planted() -> None:
    wanted = re.compile("|".join(map(re.escape, planted.forms())))
    secret = next(iter(SECRETS.values()))
    for shift in range(3):
        assert wanted.search(b64encode(b"x" * shift + secret.encode()).decode())
    assert wanted.search(secret.encode().hex())
    assert not wanted.search(fresh("nothing"))


async def test_the_search_looks_where_work_waits(database: Database) -> None:
    assert {"dbos.workflow_status", "public.integrations"} <= set(await planted.tables_of(database))
