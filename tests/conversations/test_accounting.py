"""What a reply cost adds up: over calls, models, sub-assistants, summaries, repairs, pauses and retries."""

from typing import Any

import pytest

from codemie.kernel.database import Database
from tests.assistants.conftest import Team, create, team
from tests.conversations.chatting import ask, new_conversation
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import scripted_model
from tests.conversations.test_equipment import call
from tests.conversations.test_recall import LONG, SMALL_WINDOW
from tests.conversations.test_tool_approval import ASKING, resume
from tests.fakes.openai_server import USAGE, Answer
from tests.support import Platform, until

__all__ = ["team"]

INPUT, OUTPUT = USAGE["prompt_tokens"], USAGE["completion_tokens"]
CACHED = USAGE["prompt_tokens_details"]["cached_tokens"]
PRICE_OF_A_CALL = INPUT * 0.001 + OUTPUT * 0.01


async def test_every_call_is_charged_once_to_its_model_user_and_project(
    team: Team, platform: Platform, database: Database
) -> None:
    async with (
        scripted_model(platform, context_window=SMALL_WINDOW, max_output_tokens=500) as own,
        scripted_model(platform) as others,
    ):
        me = (await team.member.get("/v1/user")).json()["user_id"]
        sub = await create(team.owner, team.project, name="Helper", llm_model_type=others.name, shared=True)
        fields = {"llm_model_type": own.name, "assistant_ids": [sub], "shared": True, **ASKING}
        parent = await create(team.owner, team.project, **fields)
        conversation = new_conversation()
        history = [
            {"role": role, "message": f"{index} {LONG}", "historyIndex": index}
            for index in range(4)
            for role in ("User", "Assistant")
        ]
        await team.member.put(f"/v1/conversations/{conversation}/history", json={"history": history})
        own.will(
            Answer(tokens=("A summary.",)),
            Answer(calls=[("transfer_to_helper", "{broken")]),
            call("transfer_to_helper", task="One"),
            Answer(tokens=("Done",)),
        )
        others.will(Answer(tokens=("Half",)))
        answer = await ask(team.member, parent, "Go", conversation_id=conversation)
        while any(thought["interrupted"] for thought in answer["thoughts"]):
            answer = (await resume(team.member, parent, conversation, "allow", stream=False)).json()
        assert (answer["generated"], answer["success"]) == ("Done", True)
        calls = {own.name: len(own.requests), others.name: len(others.requests)}

    assert calls == {own.name: 4, others.name: 1}
    rows = [row for row in await ledger(database, conversation) if row.input_tokens]
    for name, times in calls.items():
        mine = [row for row in rows if row.model == name]
        assert sum(row.input_tokens for row in mine) == times * INPUT
        assert sum(row.output_tokens for row in mine) == times * OUTPUT
        assert sum(row.cache_read_tokens for row in mine) == times * CACHED
        assert abs(sum(row.cost for row in mine) - times * PRICE_OF_A_CALL) < 1e-9
    assert {(row.user_id, row.project, row.assistant_id) for row in rows} == {(me, team.project, parent)}
    *_, reply = await messages(database, conversation)
    assert reply.input_tokens == 5 * INPUT
    assert abs((reply.money_spent or 0) - 5 * PRICE_OF_A_CALL) < 1e-9
    metrics = (await team.member.get(f"/v1/assistants/metrics/{conversation}")).json()
    assert metrics["total_input_tokens"] == 5 * INPUT
    assert abs(metrics["total_money_spent"] - 5 * PRICE_OF_A_CALL) < 1e-9


async def test_a_call_that_is_tried_again_is_charged_once(team: Team, platform: Platform, database: Database) -> None:
    endpoint = {"endpoint": {"max_retries": 2}}
    async with scripted_model(platform, **endpoint) as model:
        assistant = await create(team.owner, team.project, llm_model_type=model.name)
        conversation = new_conversation()
        model.will(Answer(status=503, headers={"Retry-After": "0"}), Answer(tokens=("Well",)))
        answer = await ask(team.owner, assistant, "Go", conversation_id=conversation)
        assert (answer["generated"], len(model.requests)) == ("Well", 2)
    (row,) = await ledger(database, conversation)
    assert (row.input_tokens, row.error_code) == (INPUT, None)


@pytest.mark.parametrize("helpers", [[], ["GENERAL_PURPOSE_SUBAGENT"]], ids=["plain", "agent loop"])
async def test_a_reply_that_is_left_is_charged_for_what_there_was(
    team: Team, database: Database, helpers: list[str]
) -> None:
    assistant = await create(team.owner, team.project, enabled_builtin_subagents=helpers)
    conversation = new_conversation()
    body = {"text": "[mock:endless]" + " Go" * 400, "stream": True, "conversation_id": conversation}
    heard = b""
    async with team.owner.stream("POST", f"/v1/assistants/{assistant}/model", json=body) as answer:
        async for piece in answer.aiter_raw():
            heard += piece
            if heard.count(b'"in_progress":true') > 50:
                break

    async def charged() -> Any:
        return await ledger(database, conversation)

    (row,) = await until(charged, what="the charge of the reply")
    *_, reply = await messages(database, conversation)
    assert reply.status == "interrupted"
    assert (reply.input_tokens, reply.output_tokens) == (row.input_tokens, row.output_tokens)
    assert row.input_tokens >= 300
    assert row.output_tokens >= 20
