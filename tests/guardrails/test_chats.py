"""Guardrails in chats: what people say, what models write, and what is kept of both."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.guardrails.guard import Guarded
from codemie.kernel.telemetry import GUARDRAIL_INTERVENTIONS
from tests.assistants.conftest import Team, create
from tests.conversations.chatting import ask, chunks_of, new_conversation, stream, text_of
from tests.conversations.scripted import ScriptedModel, scripted_model
from tests.conversations.test_sub_assistants import QUESTION, team_of
from tests.fakes.openai_server import Answer
from tests.guardrails.conftest import assign, make, over, rules
from tests.identity.administration import events
from tests.knowledge.sources import own_project
from tests.support import Platform
from tests.workspaces.test_bridge import SWITCH, WORKSPACE
from tests.workspaces.test_bridge import run as run_script

MASK_EMAIL = [{"type": "detector", "detector": "email", "action": "mask"}]


def says(*tokens: str) -> Answer:
    """The model writes these."""
    return Answer(tokens=tokens)


@pytest.fixture
async def model(platform: Platform) -> AsyncIterator[ScriptedModel]:
    async with scripted_model(platform) as scripted:
        yield scripted


async def guarded(
    team: Team, model: ScriptedModel, written: list[dict[str, Any]], *, mode: str = "filtered", source: str = "both"
) -> tuple[str, str]:
    """An assistant and the guardrail over it."""
    assistant = await create(team.owner, team.project, llm_model_type=model.name)
    guardrail = await make(team.manager, team.project, rules=written)
    await assign(team.manager, guardrail, assistants=over(assistant, mode=mode, source=source))
    return assistant, guardrail


async def history(client: httpx2.AsyncClient, conversation: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/conversations/{conversation}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["history"])


async def test_a_blocked_message_reaches_no_model_and_stays_as_a_failed_turn(
    team: Team, model: ScriptedModel, platform: Platform
) -> None:
    assistant, guardrail = await guarded(team, model, rules("falcon", message="Ask the press office."))
    conversation = new_conversation()
    before = GUARDRAIL_INTERVENTIONS.labels("block", "said")._value.get()

    for streams in (False, True):
        body = {"text": "Tell me of FALCON", "conversation_id": conversation, "stream": streams}
        answer = await team.owner.post(f"/v1/assistants/{assistant}/model", json=body)
        assert answer.status_code == 422
        error = answer.json()["error"]
        assert error["message"] == "Request blocked by guardrails"
        assert "Guard " in error["details"]
        assert error["details"].endswith("Ask the press office.")

    assert model.requests == []
    question, reply, *_ = await history(team.owner, conversation)
    assert "alcon" not in question["message"].lower().replace("[denied phrase]", "")
    assert reply["message"].endswith("Ask the press office.")
    assert (reply["errorCode"], reply["llmModel"]) == ("guardrails", None)
    told = [event for event in await events(platform, guardrail) if event[0] == "guardrail.blocked"]
    assert len(told) == 2
    assert {told[0][1][name] for name in ("assistant", "conversation", "place")} == {assistant, conversation, "said"}
    assert "FALCON" not in json.dumps(told)
    assert GUARDRAIL_INTERVENTIONS.labels("block", "said")._value.get() == before + 2


async def test_what_is_masked_is_masked_for_the_model_and_in_the_history(team: Team, model: ScriptedModel) -> None:
    assistant, _ = await guarded(team, model, MASK_EMAIL)
    conversation = new_conversation()
    model.will(says("Ask bob@example.org about it"))

    said = await ask(team.owner, assistant, "I am ann@example.org", conversation_id=conversation)

    assert said["generated"] == "Ask [e-mail address] about it"
    assert "ann@" not in json.dumps(model.last)
    assert "[e-mail address]" in json.dumps(model.last)
    kept = json.dumps(await history(team.owner, conversation))
    assert "@example" not in kept
    model.will(says("fine"))
    await ask(team.owner, assistant, "And then?", conversation_id=conversation)
    assert "@example" not in json.dumps(model.last)
    exported = await team.owner.get(f"/v1/conversations/{conversation}/export", params={"export_format": "json"})
    assert exported.status_code == 200
    assert "@example" not in exported.text


async def test_a_streamed_answer_never_shows_a_beginning_of_what_is_denied(team: Team, model: ScriptedModel) -> None:
    assistant, _ = await guarded(team, model, rules("project falcon", action="mask"), source="output")
    conversation = new_conversation()
    model.will(says("So pro", "ject fal", "con is what the pro", "ject fal", "led into."))

    chunks = await stream(team.owner, assistant, "Which?", conversation_id=conversation)

    wanted = "So [denied phrase] is what the project falled into."
    assert text_of(chunks) == wanted
    assert chunks[-1]["generated"] == wanted
    assert (await history(team.owner, conversation))[-1]["message"] == wanted


async def test_a_blocked_answer_is_withdrawn_and_says_who_withdrew_it(
    team: Team, model: ScriptedModel, platform: Platform
) -> None:
    assistant, guardrail = await guarded(team, model, rules("falcon"), source="output")
    conversation = new_conversation()
    model.will(*(says("It is long known ", "that the fal", "con flies ", "at night") for _ in range(2)))

    chunks = await stream(team.owner, assistant, "Which?", conversation_id=conversation)

    assert "fal" not in text_of(chunks)
    last = chunks[-1]
    assert last["execution_error"] == "guardrails"
    assert last["generated"].startswith("Blocked by the guardrail 'Guard ")
    whole = await ask(team.owner, assistant, "Which?", conversation_id=conversation)
    assert (whole["success"], whole["agentError"]["error_code"]) == (False, "llm_content_policy")
    assert whole["generated"] == last["generated"]
    kept = await history(team.owner, conversation)
    assert kept[1]["message"] == last["generated"]
    assert (kept[1]["errorCode"], kept[1]["llmModel"]) == ("guardrails", model.name)
    assert len([name for name, _ in await events(platform, guardrail) if name == "guardrail.blocked"]) == 2


async def test_a_blocked_answer_costs_what_the_model_took(team: Team, model: ScriptedModel, platform: Platform) -> None:
    from sqlalchemy import select

    from codemie.kernel import row_security
    from codemie.models.tables import ModelUsage

    assistant, _ = await guarded(team, model, rules("falcon"), source="output")
    model.will(says("a falcon"))
    await ask(team.owner, assistant, "Which?", conversation_id=new_conversation())

    with row_security.system("test"):
        async with platform.resources.database.session() as session:
            rows = (await session.scalars(select(ModelUsage).where(ModelUsage.assistant_id == assistant))).all()
    assert len(rows) == 1
    assert rows[0].output_tokens > 0


async def test_a_guardrail_over_the_project_guards_every_assistant_of_it_and_no_other(
    team: Team, model: ScriptedModel
) -> None:
    inside = await create(team.owner, team.project, llm_model_type=model.name)
    own = (await team.owner.get("/v1/user")).json()["applications"]
    elsewhere = next(name for name in own if name != team.project)
    outside = await create(team.owner, elsewhere, llm_model_type=model.name)
    guardrail = await make(team.manager, team.project, rules=rules("zanzibar"))
    await assign(team.manager, guardrail, project={"settings": [{"mode": "filtered", "source": "input"}]})
    try:
        refused = await team.owner.post(f"/v1/assistants/{inside}/model", json={"text": "zanzibar"})
        assert refused.status_code == 422
        model.will(says("yes"))
        assert (await ask(team.owner, outside, "zanzibar"))["success"]
    finally:
        await team.manager.delete(f"/v1/guardrails/{guardrail}")
    model.will(says("free again"))
    assert (await ask(team.owner, inside, "zanzibar"))["success"]


async def test_a_published_assistant_is_guarded_for_strangers_who_cannot_see_why(
    team: Team, model: ScriptedModel, client: httpx2.AsyncClient
) -> None:
    assistant, guardrail = await guarded(team, model, rules("falcon"), source="input")
    published = await team.owner.post(
        f"/v1/assistants/{assistant}/marketplace/publish", json={"categories": ["devops"]}
    )
    assert published.status_code == 200, published.text

    refused = await team.stranger.post(f"/v1/assistants/{assistant}/model", json={"text": "falcon"})

    assert refused.status_code == 422
    assert (await team.stranger.get(f"/v1/guardrails/{guardrail}")).status_code == 404


async def test_the_mode_all_looks_at_earlier_messages_too(team: Team, model: ScriptedModel) -> None:
    assistant = await create(team.owner, team.project, llm_model_type=model.name)
    conversation = new_conversation()
    model.will(says("noted"), says("again"))
    await ask(team.owner, assistant, "I am ann@example.org", conversation_id=conversation)
    guardrail = await make(team.manager, team.project, rules=MASK_EMAIL)
    await assign(team.manager, guardrail, assistants=over(assistant, mode="all", source="input"))

    await ask(team.owner, assistant, "And then?", conversation_id=conversation)

    assert "@example" not in json.dumps(model.last)


@pytest.mark.process
@pytest.mark.parametrize("bridged", [False, True])
async def test_the_mode_all_looks_at_what_scripts_say(
    team: Team, model: ScriptedModel, client: httpx2.AsyncClient, *, bridged: bool
) -> None:
    assistant = await create(team.owner, team.project, llm_model_type=model.name, toolkits=[WORKSPACE])
    guardrail = await make(team.manager, team.project, rules=MASK_EMAIL)
    await assign(team.manager, guardrail, assistants=over(assistant, mode="all", source="input"))
    assert (await client.put(SWITCH, json={"settings": {"enabled": bridged}})).status_code == 200
    try:
        await run_script(team.owner, model, assistant, "print('ann@' + 'example.org')")
    finally:
        assert (await client.delete(SWITCH)).status_code == 204
    assert "go.py executed" in json.dumps(model.last)
    assert "@example" not in json.dumps(model.last)


async def test_an_inline_assistant_stands_under_the_guardrails_of_the_callers_project(
    team: Team, model: ScriptedModel, client: httpx2.AsyncClient
) -> None:
    project = (await client.get("/v1/user")).json()["applications"][0]
    guardrail = await make(client, project, rules=rules("zanzibar"))
    await assign(client, guardrail, project={"settings": [{"mode": "filtered", "source": "input"}]})
    try:
        body = {"text": "zanzibar", "llm_model_type": model.name}
        assert (await client.post("/v1/assistants/virtual/model", json=body)).status_code == 422
    finally:
        await client.delete(f"/v1/guardrails/{guardrail}")


def test_an_answer_that_ends_where_it_is_gives_what_was_held_back() -> None:
    written = [{"type": "pattern", "pattern": "begin.*end", "action": "mask"}]
    line = {"id": "g", "name": "Guard", "mode": "filtered", "source": "output", "rules": written}
    guard = Guarded.by(json.dumps([line]))
    assert guard is not None
    guard.stretch = "answer"

    assert guard.feed("answer", "The first words, begin") == ""
    assert guard.rest() == "The first words, begin"
    assert guard.rest() == ""


async def test_a_model_asked_without_an_assistant_stands_under_the_guardrails_of_the_project(
    model: ScriptedModel, client: httpx2.AsyncClient
) -> None:
    project = (await client.get("/v1/user")).json()["applications"][0]
    written = [*rules("zanzibar"), *MASK_EMAIL]
    guardrail = await make(client, project, rules=written)
    await assign(client, guardrail, project={"settings": [{"mode": "filtered", "source": "both"}]})

    async def completed(text: str, **fields: Any) -> httpx2.Response:
        body = {"model": model.name, "messages": [{"role": "user", "content": text}], **fields}
        return await client.post("/v1/chat/completions", json=body)

    try:
        said = await completed("zanzibar")
        assert (said.status_code, model.requests) == (400, [])
        assert "Blocked by the guardrail" in said.text
        model.will(says("Write to bob@exa", "mple.org now"), says("To zan", "zibar"))
        streamed = await completed("I am ann@example.org", stream=True)
        assert "[e-mail address]" in json.dumps(model.last)
        assert "@exa" not in streamed.text
        refused = await completed("Where to?")
        assert (refused.status_code, "zanzibar" in refused.text) == (400, False)
    finally:
        await client.delete(f"/v1/guardrails/{guardrail}")


async def test_a_sub_assistant_stands_under_its_own_guardrails_whoever_calls_it(client: httpx2.AsyncClient) -> None:
    supervisor, expert = await team_of(client)
    project = await own_project(client)
    guardrail = await make(client, project, rules=rules("3000 rpm", action="mask", label="speed"))
    await assign(client, guardrail, assistants=over(expert, source="output"))

    answer = await ask(client, supervisor, QUESTION)

    assert "[speed]" in answer["generated"]
    assert "3000 rpm" not in json.dumps(answer)


async def test_a_stream_that_is_continued_shows_no_more_than_it_did(team: Team, model: ScriptedModel) -> None:
    assistant, _ = await guarded(team, model, MASK_EMAIL, source="output")
    conversation = new_conversation()
    model.will(says("Write to bob@exa", "mple.org", " today"))
    await stream(team.owner, assistant, "Whom?", conversation_id=conversation, stop_on_disconnect=False)

    again = await team.owner.get(f"/v1/conversations/{conversation}/history/0/stream")

    assert again.status_code == 200, again.text
    assert chunks_of(again.text)[-1]["generated"] == "Write to [e-mail address] today"
    assert "@exa" not in again.text
