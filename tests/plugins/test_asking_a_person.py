"""A key that wants a person asked: the chat pauses before the agent hears anything, and goes on as they decide."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.test_tool_approval import DENIED, resume
from tests.integrations.credentials import People
from tests.plugins.fake_agent import OURS, FakeAgent, connected, echo
from tests.plugins.test_key_rights import KEYS, make
from tests.plugins.test_over_http import server as server  # noqa: PLC0414 - a fixture
from tests.plugins.test_over_http import toolkit, use

READ = "_read_file_from_file_system"


@dataclass
class Place:
    """A person, an agent of theirs with a key that asks before a change, and an assistant that has its tools."""

    person: httpx2.AsyncClient
    key_id: str
    agent: FakeAgent
    assistant: str

    async def asked(self, text: str) -> tuple[str, dict[str, Any]]:
        """Ask the assistant; gives the conversation and the answer."""
        conversation = new_conversation()
        return conversation, await ask(self.person, self.assistant, text, conversation_id=conversation)

    async def decided(self, conversation: str, action: str) -> dict[str, Any]:
        answer = await resume(self.person, self.assistant, conversation, action, stream=False)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def place(people: People, server: str) -> AsyncIterator[Place]:
    made = await make(people.member, people.project, rights={"ask": "writes"})
    tools = toolkit("Plugin", setting_id=made["id"])
    assistant = await make_assistant(people.member, project=people.project, toolkits=tools)
    async with connected(server, made["key"], {"_deploy": echo, READ: echo}, ours=OURS) as agent:
        yield Place(people.member, made["id"], agent, assistant)


async def test_a_call_waits_for_the_person_and_runs_when_they_allow_it(place: Place) -> None:
    conversation, paused = await place.asked(use("_deploy", text="to production"))

    assert [thought["interrupted"] for thought in paused["thoughts"]] == [True]
    assert place.agent.started == [], "nothing was sent"
    answer = await place.decided(conversation, "allow")
    assert "to production" in answer["generated"]
    assert place.agent.started == ["_deploy"]


async def test_whoever_is_asked_is_told_on_which_machine_it_would_run(place: Place) -> None:
    conversation, paused = await place.asked(use("_deploy", text="to production"))
    answer = await place.decided(conversation, "allow")
    thoughts = [*paused["thoughts"], *(one for one in answer["thoughts"] if one["input_text"])]
    assert [thought["metadata"]["place"] for thought in thoughts] == ["laptop (default)"] * 2


@pytest.mark.parametrize(
    ("rights", "asked"),
    [({"ask": "writes"}, [True, False]), ({"ask": "never"}, [False, False]), ({"ask": "always"}, [True, True])],
)
async def test_the_page_of_the_key_says_about_which_tools_a_person_is_asked(
    place: Place, rights: dict[str, Any], asked: list[bool]
) -> None:
    url = f"{KEYS}/{place.key_id}"
    assert (await place.person.put(f"{url}/rights", json=rights)).status_code == 200
    [agent] = (await place.person.get(f"{url}/agents")).json()
    assert {tool["name"]: tool["asks"] for tool in agent["tools"]} == dict(zip(("_deploy", READ), asked, strict=True))


async def test_a_call_that_the_person_refuses_never_reaches_the_agent_and_the_model_is_told(place: Place) -> None:
    conversation, _ = await place.asked(use("_deploy", text="to production"))

    answer = await place.decided(conversation, "deny")

    told = [thought["message"] for thought in answer["thoughts"] if thought["aborted"]]
    assert told == [DENIED]
    assert place.agent.started == []


async def test_reading_runs_without_a_question(place: Place) -> None:
    _, answer = await place.asked(use(READ, text="a.txt"))

    assert "a.txt" in answer["generated"]
    assert place.agent.started == [READ]


async def test_rights_that_became_narrower_during_the_pause_count(place: Place) -> None:
    conversation, _ = await place.asked(use("_deploy", text="to production"))
    changed = await place.person.put(f"{KEYS}/{place.key_id}/rights", json={"denied_tools": ["_deploy"]})
    assert changed.status_code == 200

    await place.decided(conversation, "allow")

    assert place.agent.started == []
