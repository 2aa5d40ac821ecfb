"""Agents of other servers: their cards are read safely, and they answer as assistants and sub-assistants."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import ask, make_assistant, new_conversation, personal_project, stream, text_of
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import scripted_model
from tests.conversations.test_equipment import call
from tests.conversations.test_files import upload
from tests.conversations.test_tool_approval import ASKING
from tests.fakes.a2a_server import FakeAgent, remote_agent
from tests.fakes.openai_server import Answer
from tests.integrations.credentials import create
from tests.support import Platform, free_port, serving
from tests.toolkits.invoking import setting


@pytest.fixture
async def agent() -> AsyncIterator[FakeAgent]:
    async with remote_agent() as running:
        yield running


async def fetch(client: httpx2.AsyncClient, url: str, **fields: Any) -> httpx2.Response:
    query = {"url": url, "project_name": await personal_project(client), **fields}
    return await client.get("/v1/a2a/assistants/fetch", params=query)


async def remote_assistant(client: httpx2.AsyncClient, agent: FakeAgent, **fields: Any) -> str:
    return await make_assistant(client, agent_card=agent.card, **fields)


@pytest.mark.parametrize("place", ["/old", "/old/", "/new", "/card.json", "/onwards.json?to=/card.json"])
async def test_a_card_is_found_where_servers_keep_it(client: httpx2.AsyncClient, agent: FakeAgent, place: str) -> None:
    answer = await fetch(client, agent.url + place)
    assert answer.status_code == 200, answer.text
    card = answer.json()
    assert agent.card.items() <= card.items()
    assert card["project_name"] == await personal_project(client)


REFUSED = {
    "ftp://example.org/card.json": "no http or https",
    "http://": "no http or https",
    "http://[": "no http or https",
    "http://10.0.0.1/card.json": "private, loopback or reserved",
    "http://169.254.169.254/latest/card.json": "private, loopback or reserved",
    "http://[::1]/card.json": "private, loopback or reserved",
    "{agent}/onwards.json?to=http://10.0.0.1/card.json": "private, loopback or reserved",
    "{agent}/onwards.json?to=file:///etc/passwd": "away from the web",
    "{agent}/onwards.json?to=http://[": "away from the web",
    "{agent}/onwards.json?to=/onwards.json": "",
    "{agent}/missing": "404",
    "http://127.0.0.1:1/card.json": "does not answer",
}


@pytest.mark.parametrize(("url", "reason"), REFUSED.items())
async def test_what_cannot_be_reached_is_refused(
    client: httpx2.AsyncClient, agent: FakeAgent, url: str, reason: str
) -> None:
    answer = await fetch(client, url.format(agent=agent.url))
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"] == "Agent card cannot be fetched"
    assert reason in answer.json()["error"]["details"]


@pytest.mark.parametrize(
    "fields", [{"url": "file:///etc/passwd"}, {"skills": "none"}, {"name": ""}, {"description": "x" * 300_000}]
)
async def test_what_is_no_card_is_refused(client: httpx2.AsyncClient, agent: FakeAgent, fields: dict[str, Any]) -> None:
    agent.describe(**fields)
    assert (await fetch(client, f"{agent.url}/card.json")).status_code == 400


async def test_a_server_that_keeps_silent_is_given_up(
    client: httpx2.AsyncClient, platform: Platform, agent: FakeAgent
) -> None:
    agent.silent_seconds = 30
    environment = {
        **platform.environment,
        "CODEMIE_PORT": str(free_port()),
        "A2A_AGENT_CARD_FETCH_TIMEOUT": "0.2",
        "A2A_AGENT_REQUEST_TIMEOUT": "0.2",
    }
    async with serving(environment) as hasty, hasty.client() as impatient:
        impatient.headers["Authorization"] = client.headers["Authorization"]
        assert (await fetch(impatient, f"{agent.url}/card.json")).status_code == 400
        answer = await ask(impatient, await remote_assistant(impatient, agent), "Hello")
    assert (answer["success"], answer["agentError"]["error_code"]) == (False, "agent_network_error")
    assert "did not answer in 0.2 seconds" in answer["generated"]


async def test_cards_are_fetched_for_a_project_of_the_callers(
    client: httpx2.AsyncClient, make_user: MakeUser, agent: FakeAgent
) -> None:
    stranger = await make_user()
    elsewhere = await personal_project(client)
    assert (await fetch(stranger, f"{agent.url}/card.json", project_name=elsewhere)).status_code == 403
    unknown = await fetch(client, f"{agent.url}/card.json", integration_id="none")
    assert (unknown.status_code, "was deleted" in unknown.text) == (400, True)


SIGN_INS = {
    "bearer": ({"auth_type": "bearer", "auth_value": "of-the-agent"}, ("authorization", "Bearer of-the-agent")),
    "basic": ({"auth_type": "basic", "username": "me", "password": "it"}, ("authorization", "Basic bWU6aXQ=")),
    "a key": ({"auth_type": "apikey", "auth_value": "k", "header_name": "X-Agent"}, ("x-agent", "k")),
}


@pytest.mark.parametrize(("values", "wants"), SIGN_INS.values(), ids=SIGN_INS)
async def test_an_agent_is_asked_with_the_credential_for_its_address(
    client: httpx2.AsyncClient, agent: FakeAgent, values: dict[str, str], wants: tuple[str, str]
) -> None:
    agent.wants = wants
    project = await personal_project(client)
    assert "401" in (await fetch(client, f"{agent.url}/card.json")).text
    made = await create(client, "user", setting("A2A", project, url=agent.url, **values))
    fetched = await fetch(client, f"{agent.url}/card.json", integration_id=made["id"])
    assert (fetched.status_code, fetched.json()["integration_id"]) == (200, made["id"])
    assistant = await make_assistant(client, agent_card=fetched.json())
    assert (await ask(client, assistant, "Hello"))["generated"] == "You said: Hello"
    assert (await client.delete(f"/v1/settings/user/{made['id']}")).status_code == 200
    gone = await ask(client, assistant, "Hello")
    assert (gone["success"], "was deleted" in gone["generated"]) == (False, True)


async def test_a_request_is_signed_as_aws_wants_it(client: httpx2.AsyncClient, agent: FakeAgent) -> None:
    keys = {"aws_access_key_id": "of-a-test", "aws_secret_access_key": "secret-of-a-test"}
    place = {"aws_region": "eu-west-1", "aws_service_name": "execute-api"}
    body = setting("A2A", await personal_project(client), url=agent.url, auth_type="aws_signature", **keys, **place)
    made = await create(client, "user", body)
    assistant = await make_assistant(client, agent_card={**agent.card, "integration_id": made["id"]})
    assert (await ask(client, assistant, "Hello"))["generated"] == "You said: Hello"
    signed = agent.headers["authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=of-a-test/")
    assert "/eu-west-1/execute-api/aws4_request" in signed
    assert "secret-of-a-test" not in str(agent.headers)


@pytest.mark.parametrize("url", ["https://agents.example.org", "AutoGenerated", ""])
async def test_a_credential_for_another_address_stays_here(
    client: httpx2.AsyncClient, agent: FakeAgent, url: str
) -> None:
    body = setting("A2A", await personal_project(client), url=url, auth_type="bearer", auth_value="for-another")
    made = await create(client, "user", body)
    refused = await fetch(client, f"{agent.url}/card.json", integration_id=made["id"])
    assert (refused.status_code, "goes there and nowhere else" in refused.text) == (400, True)
    assistant = await make_assistant(client, agent_card={**agent.card, "integration_id": made["id"]})
    answer = await ask(client, assistant, "Hello")
    assert (answer["success"], "is for" in answer["generated"]) == (False, True)
    assert agent.headers == {}


async def test_a_credential_does_not_follow_a_redirect(client: httpx2.AsyncClient, agent: FakeAgent) -> None:
    values = {"auth_type": "bearer", "auth_value": "of-the-first"}
    async with remote_agent() as first:
        made = await create(client, "user", setting("A2A", await personal_project(client), url=first.url, **values))
        address = f"{first.url}/onwards.json?to={agent.url}/card.json"
        assert (await fetch(client, address, integration_id=made["id"])).status_code == 200
    assert agent.headers
    assert "authorization" not in agent.headers


@pytest.mark.parametrize(
    ("fields", "method", "states"),
    [
        ({}, "tasks/send", ["completed"]),
        ({}, "tasks/send", ["working", "completed"]),
        ({"protocolVersion": "0.3.0"}, "message/send", ["message"]),
        ({"protocolVersion": "0.3.0"}, "message/send", ["submitted", "completed"]),
    ],
)
async def test_an_agent_elsewhere_answers_as_an_assistant(
    client: httpx2.AsyncClient,
    agent: FakeAgent,
    database: Database,
    fields: dict[str, Any],
    method: str,
    states: list[str],
) -> None:
    agent.describe(**fields)
    agent.states = states
    assistant, conversation = await remote_assistant(client, agent), new_conversation()
    shown = (await client.get(f"/v1/assistants/id/{assistant}")).json()
    assert (shown["type"], shown["description"]) == ("A2A", "Says it again")
    answer = await ask(client, assistant, "Ahoy", conversation_id=conversation)
    assert (answer["generated"], answer["success"]) == ("You said: Ahoy", True)
    first = agent.received[0]
    assert first["method"] == method
    assert conversation in json.dumps(first["params"])
    _, reply = await messages(database, conversation)
    assert (reply.message, reply.status, reply.input_tokens) == ("You said: Ahoy", "complete", 0)
    assert reply.llm_model is None
    assert sum(row.cost for row in await ledger(database, conversation)) == 0


async def test_its_answer_streams_in_one_piece(client: httpx2.AsyncClient, agent: FakeAgent) -> None:
    chunks = await stream(client, await remote_assistant(client, agent), "Ahoy")
    assert (text_of(chunks), chunks[-1]["generated"]) == ("You said: Ahoy", "You said: Ahoy")


@pytest.mark.parametrize("state", ["failed", "refused", "broken"])
async def test_its_failures_are_told_in_the_reply(client: httpx2.AsyncClient, agent: FakeAgent, state: str) -> None:
    agent.states = [state]
    answer = await ask(client, await remote_assistant(client, agent), "Ahoy")
    assert (answer["success"], answer["agentError"]["error_code"]) == (False, "agent_network_error")
    assert "The agent 'Echo'" in answer["generated"]


async def test_what_it_asks_back_is_its_answer(client: httpx2.AsyncClient, agent: FakeAgent) -> None:
    agent.states = ["input-required"]
    answer = await ask(client, await remote_assistant(client, agent), "Ahoy")
    assert answer["generated"] == "input-required: You said: Ahoy"


async def test_files_do_not_travel(client: httpx2.AsyncClient, agent: FakeAgent) -> None:
    token = await upload(client, "a.txt", b"text")
    body = {"text": "Read", "file_names": [token]}
    refused = await client.post(f"/v1/assistants/{await remote_assistant(client, agent)}/model", json=body)
    assert (refused.status_code, agent.received) == (400, [])


async def test_an_agent_elsewhere_is_a_sub_assistant_but_not_past_approvals(
    client: httpx2.AsyncClient, agent: FakeAgent, platform: Platform
) -> None:
    sub = await remote_assistant(client, agent, name="Echo")
    async with scripted_model(platform) as model:
        parent = await make_assistant(client, assistant_ids=[sub], llm_model_type=model.name)
        model.will(call("transfer_to_echo", task="Ahoy"), Answer())
        answer = await ask(client, parent, "Pass it on")
        (handed,) = [thought for thought in answer["thoughts"] if thought["author_type"] == "Agent"]
        assert "You said: Ahoy" in handed["message"]
        assert '<untrusted source="transfer_to_echo">' in json.dumps(model.last).replace('\\"', '"')

        careful = await make_assistant(client, assistant_ids=[sub], llm_model_type=model.name, **ASKING)
        model.will(call("transfer_to_echo", task="Secretly"), Answer())
        answer = await ask(client, careful, "Pass it on", conversation_id=new_conversation())
    assert "a person has to approve" in json.dumps(answer["thoughts"])
    assert "Secretly" not in json.dumps(agent.received)


async def test_a_card_that_points_inside_reaches_nothing(client: httpx2.AsyncClient, agent: FakeAgent) -> None:
    agent.describe(url="http://169.254.169.254/latest/meta-data")
    answer = await ask(client, await remote_assistant(client, agent), "Ahoy")
    assert not answer["success"]
    assert "private, loopback or reserved" in answer["generated"]
