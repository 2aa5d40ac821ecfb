"""Ways around what was decided for a key, and around its record of calls: there is none."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from codemie.plugins.call_recorder import SUCCEEDED, CallRecord, CallRecorder, hash_of
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.identity.administration import id_of
from tests.integrations.credentials import People, fresh
from tests.plugins.fake_agent import OURS, connected, echo
from tests.plugins.test_key_rights import KEYS, make
from tests.plugins.test_over_http import invoke, toolkit, use
from tests.support import Platform, until

TOOLS = {"_echo": echo, "_shout": echo}


@pytest.fixture
def server(nats_url: str) -> str:
    """Where agents connect, without users."""
    return f"nats://{nats_url.rpartition('@')[2]}"


async def calls(platform: Platform, client: httpx2.AsyncClient, key_id: str) -> list[dict[str, Any]]:
    """What the page of the key shows."""
    assert platform.resources.plugins.tools is not None
    await platform.resources.plugins.tools.calls.flush()
    answer = await client.get(f"{KEYS}/{key_id}/calls")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def given(client: httpx2.AsyncClient, project: str, key: str, tool: str, **arguments: Any) -> str:
    """What a chat says whose request brings a plugin key along."""
    assistant = await make_assistant(client, project=project, toolkits=toolkit("Plugin"))
    config = [{"name": "Plugin", "tool_creds": {"plugin_key": key}}]
    said = await ask(client, assistant, use(tool, **arguments), conversation_id=new_conversation(), tools_config=config)
    return json.dumps(said)


async def test_a_key_that_comes_with_a_request_has_its_rights_and_its_record(
    people: People, server: str, platform: Platform
) -> None:
    made = await make(people.member, people.project, rights={"denied_tools": ["_shout"]})
    async with connected(server, made["key"], TOOLS) as agent:
        said = await given(people.member, people.project, made["key"], "_echo", text="allowed-7")
        refused = await given(people.member, people.project, made["key"], "_shout", text="denied-7")

    assert agent.started == ["_echo"]
    assert "allowed-7" in said
    assert "It says denied-7" not in refused
    assert [(one["tool"], one["outcome"]) for one in await calls(platform, people.member, made["id"])] == [
        ("_echo", "ok")
    ]


async def test_a_key_that_comes_with_a_request_may_say_which_agents_are_meant(people: People, server: str) -> None:
    made = await make(people.member, people.project)
    async with (
        connected(server, made["key"], {"_who": lambda text=None: "I am a"}, label="a"),
        connected(server, made["key"], {"_what": lambda text=None: "I am b"}, label="b"),
    ):

        async def both() -> bool:
            answer = await people.member.get(f"{KEYS}/{made['id']}/agents")
            return len(answer.json()) == 2

        await until(both, seconds=5, what="both agents")
        for label, tool in (("a", "_who"), ("b", "_what")):
            creds = {"plugin_key": made["key"], "label": label}
            assert tool in (told := (await invoke(people.member, people.project, "Plugin", creds))["output"])
            assert len(told.splitlines()) == 1


async def test_a_key_that_is_not_ones_own_opens_nothing(people: People, server: str) -> None:
    made = await make(people.member, people.project)
    async with connected(server, made["key"], TOOLS) as agent:
        await given(people.manager, people.project, made["key"], "_echo", text="mine")
        told = await invoke(people.manager, people.project, "Plugin", {"plugin_key": made["key"]})

    assert agent.started == []
    assert "_echo" not in json.dumps(told)


async def test_what_an_agent_says_of_itself_keeps_no_call_out_of_the_record(
    people: People, server: str, platform: Platform
) -> None:
    made = await make(people.member, people.project)
    for host in ("lap\0top", "lap\ud800top"):
        async with connected(server, made["key"], TOOLS, ours={**OURS, "host": host}, label=fresh("a")):
            told = await invoke(people.member, people.project, "_echo", {"integration_id": made["id"]}, text="hi")
            assert told["output"] == "hi"

    assert [one["tool"] for one in await calls(platform, people.member, made["id"])] == ["_echo", "_echo"]


async def test_a_call_that_cannot_be_recorded_keeps_no_other_out_of_the_record(
    people: People, platform: Platform
) -> None:
    made = await make(people.member, people.project)
    calls_of = await id_of(people.member)
    recorder = CallRecorder(platform.resources.database)
    bad, good = (recorded(tool, made["mark"], people.project) for tool in ("_bad\0", "_good"))
    for record in (good, bad, good):
        await recorder.add(calls_of, made["id"], record)
    writing = asyncio.create_task(recorder.run())
    try:
        await asyncio.wait_for(recorder.flush(), 20)
    finally:
        writing.cancel()

    assert [one["tool"] for one in await calls(platform, people.member, made["id"])] == ["_good", "_good"]


def recorded(tool: str, mark: str, project: str) -> CallRecord:
    return CallRecord(mark, tool, hash_of({}), 1, SUCCEEDED, project, "", "", None, None)


async def test_a_call_of_a_tool_that_nobody_offers_is_recorded_too(people: People, platform: Platform) -> None:
    made = await make(people.member, people.project)

    answer = await invoke(people.member, people.project, "_echo", {"setting_id": made["id"]}, text="nobody")

    assert "No agent is connected" in str(answer)
    assert [(one["tool"], one["outcome"]) for one in await calls(platform, people.member, made["id"])] == [
        ("_echo", "offline")
    ]
