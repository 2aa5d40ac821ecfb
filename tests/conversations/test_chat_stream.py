"""Streams: framing, thoughts, tools, failures, and clients that go away."""

import asyncio
import json
from typing import Any

import httpx2

from codemie.agents.events import TextDelta
from codemie.conversations.streaming import ChunkStream, Outlet
from codemie.conversations.transcript import Transcript
from codemie.kernel.database import Database
from tests.conversations.chatting import ask, chunks_of, make_assistant, new_conversation, stream, text_of
from tests.conversations.rows import messages
from tests.support import Platform, until

CHUNK_KEYS = {
    "time_elapsed",
    "generated_chunk",
    "generated",
    "thought",
    "context",
    "last",
    "debug",
    "workflow_execution_id",
    "workflow_state",
    "execution_error",
    "error_details",
    "interactive_request",
}
THOUGHT_KEYS = {
    "id",
    "parent_id",
    "metadata",
    "in_progress",
    "input_text",
    "message",
    "author_type",
    "author_name",
    "output_format",
    "error",
    "interrupted",
    "aborted",
    "children",
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def test_chunks_stand_back_to_back_with_every_key(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    answer = await client.post(url, json={"text": "Tell me what you are", "stream": True})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "\n" not in answer.text
    chunks = chunks_of(answer.text)
    assert len(chunks) > 5
    assert all(set(chunk) == CHUNK_KEYS for chunk in chunks)
    assert all(set(chunk["thought"]) == THOUGHT_KEYS for chunk in chunks if chunk["thought"])
    assert answer.text.count("}{") == len(chunks) - 1


async def test_tokens_come_as_thoughts_and_the_answer_at_the_end(
    client: httpx2.AsyncClient, database: Database
) -> None:
    conversation = new_conversation()
    chunks = await stream(client, await make_assistant(client), "Who are you?", conversation_id=conversation)
    *before, last = chunks
    assert last["last"] is True
    assert (last["generated_chunk"], last["debug"], last["execution_error"]) == ("", {}, None)
    assert last["time_elapsed"] > 0
    assert text_of(before) == last["generated"]
    assert not any(chunk["last"] for chunk in before)
    assert before[-1]["thought"]["in_progress"] is False
    assert len({chunk["thought"]["id"] for chunk in before}) == 1
    _, reply = await messages(database, conversation)
    assert (reply.message, reply.status) == (last["generated"], "complete")


async def test_the_clients_splitter_never_meets_its_mark_inside_a_text(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    answer = await client.post(url, json={"text": 'Say "a}{b}{c"', "stream": True})
    pieces = answer.text.replace("}{", "}\n{").split("\n")
    assert json.loads(pieces[-1])["generated"] == "a}_{b}_{c"


async def test_a_schema_ends_in_json_text(client: httpx2.AsyncClient) -> None:
    chunks = await stream(client, await make_assistant(client), "I live in Oslo", output_schema=SCHEMA)
    assert isinstance(json.loads(chunks[-1]["generated"])["city"], str)


async def test_failures_of_the_provider_come_in_the_last_chunk(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    chunks = await stream(client, await make_assistant(client), "[mock:429]", conversation_id=conversation)
    assert chunks[-1]["last"] is True
    assert chunks[-1]["execution_error"] == "llm_rate_limited"
    assert chunks[-1]["generated"] == chunks[-1]["error_details"]["message"]
    assert [row.status for row in await messages(database, conversation)] == ["complete", "failed"]


async def test_what_came_before_a_stream_broke_is_kept(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    chunks = await stream(client, await make_assistant(client), "[mock:truncated] please", conversation_id=conversation)
    heard = text_of(chunks)
    assert heard
    assert chunks[-1]["generated"].startswith(heard)
    assert chunks[-1]["execution_error"] == "llm_unavailable"
    _, reply = await messages(database, conversation)
    assert (reply.status, reply.message) == ("failed", chunks[-1]["generated"])


async def test_an_error_report_follows_where_asked_for(client: httpx2.AsyncClient) -> None:
    url = f"/v1/assistants/{await make_assistant(client)}/model?include_tool_errors=true"
    answer = await client.post(url, json={"text": "[mock:503]", "stream": True})
    assert answer.text.endswith("\n")
    report = chunks_of(answer.text)[-1]
    assert set(report) == {"last", "success", "agent_error", "tool_errors", "time_elapsed"}
    assert report["agent_error"]["error_code"] == "llm_unavailable"
    assert report["success"] is False


async def test_refusals_come_before_the_stream(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/assistants/none/model", json={"text": "Hi", "stream": True})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


async def test_a_client_that_leaves_stops_the_model_and_half_the_reply_is_kept(
    client: httpx2.AsyncClient, database: Database, platform: Platform
) -> None:
    conversation = new_conversation()
    body = {"text": "[mock:endless]", "stream": True, "conversation_id": conversation}
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    heard = b""
    async with client.stream("POST", url, json=body) as answer:
        async for piece in answer.aiter_raw():
            heard += piece
            if heard.count(b'"in_progress":true') > 5:
                break

    async def ended() -> Any:
        rows = await messages(database, conversation)
        return rows if rows and rows[-1].status != "running" else None

    _, reply = await until(ended)
    assert reply.status == "interrupted"
    assert reply.message.startswith("And so on, ")
    assert any(thought["interrupted"] for thought in reply.thoughts)

    async def nothing_runs() -> bool:
        return not platform.resources.conversations.running

    await until(nothing_runs, what="the end of the reply's task")


async def test_a_growing_reply_is_kept_before_it_ends(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    body = {"text": "[mock:endless]", "stream": True, "conversation_id": conversation}
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    async with client.stream("POST", url, json=body) as answer:
        assert answer.status_code == 200

        async def kept() -> Any:
            return [row for row in await messages(database, conversation) if row.role == "Assistant" and row.message]

        (reply,) = await until(kept, what="the first write of the growing reply")
    assert reply.status == "running"
    assert reply.message.startswith("And so on, ")
    assert reply.update_date > reply.date


async def test_an_interrupted_turn_can_be_asked_again(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    url = f"/v1/assistants/{assistant}/model"
    body = {"text": "[mock:endless]", "stream": True, "conversation_id": conversation}
    async with client.stream("POST", url, json=body) as answer:
        async for _ in answer.aiter_raw():
            break

    async def ended() -> bool:
        return [row.status for row in await messages(database, conversation)][-1:] == ["interrupted"]

    await until(ended)
    again = await ask(client, assistant, 'Say "whole"', conversation_id=conversation, history_index=0)
    assert again["generated"] == "whole"
    rows = await messages(database, conversation)
    assert [(row.history_index, row.variant, row.status) for row in rows[1::2]] == [
        (0, 0, "interrupted"),
        (0, 1, "complete"),
    ]


async def test_turns_of_one_conversation_at_once_each_get_their_place(
    client: httpx2.AsyncClient, database: Database
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    await asyncio.gather(
        *(ask(client, assistant, f'Say "reply {number}"', conversation_id=conversation) for number in range(6))
    )
    rows = await messages(database, conversation)
    assert [row.history_index for row in rows] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert [row.role for row in rows] == ["User", "Assistant"] * 6
    assert all(user.message == f'Say "{reply.message}"' for user, reply in zip(rows[::2], rows[1::2], strict=True))


async def test_a_client_that_reads_no_more_is_taken_for_gone() -> None:
    outlet, never = Outlet(Transcript()), asyncio.Event()
    sent: list[int] = []

    async def receive() -> Any:
        await never.wait()

    async def send(message: Any) -> None:
        sent.append(len(message.get("body", b"")))
        if len(sent) > 3:
            await never.wait()

    producer = asyncio.create_task(outlet.write(b"x" * 400_000))
    await asyncio.wait_for(ChunkStream(outlet, producer, patience=0.05)({}, receive, send), 20)
    assert producer.cancelled()
    assert sent == [0, 65_536, 65_536, 65_536]


async def test_tokens_that_arrive_together_leave_together() -> None:
    outlet = Outlet(Transcript())
    written: list[str] = []

    async def send(message: Any) -> None:
        written.append(message["body"].decode())

    outlet.connect(send)
    for text, more in (("a", True), ("b", True), ("c", False), ("d", False)):
        await outlet.hear(TextDelta("stretch", text, more))
    assert [[chunk["thought"]["message"] for chunk in chunks_of(body)] for body in written] == [
        ["a", "b", "c"],
        ["d"],
    ]
