"""Streams that outlive their client: continued exactly, from any replica, and stopped from anywhere."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.agents.events import ModelFinished, ModelStarted, TextDelta, ToolFinished, ToolStarted
from codemie.conversations.reply_log import Lost, Memory, ReplyLog, pieces
from codemie.conversations.streaming import ChunkEncoder
from codemie.conversations.transcript import Transcript
from codemie.kernel.database import Database
from tests.conftest import MakeUser
from tests.conversations.chatting import chunks_of, make_assistant, new_conversation, text_of
from tests.conversations.rows import ledger, messages
from tests.support import Platform, free_port, serving, until

UNHURRIED = "[test:unhurried] Tell me more"


@pytest.fixture(scope="module")
async def second(platform: Platform) -> AsyncIterator[Platform]:
    """Another process of the platform."""
    async with serving({**platform.environment, "CODEMIE_PORT": str(free_port())}) as running:
        yield running


@pytest.fixture
async def replica(second: Platform, admin_token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The same person there."""
    async with second.client(admin_token) as other:
        yield other


async def heard_and_lost(client: httpx2.AsyncClient, conversation: str, text: str, **fields: Any) -> bytes:
    """Ask in a way that survives the client, and go away after some objects."""
    body = {"text": text, "stream": True, "conversation_id": conversation, "stop_on_disconnect": False, **fields}
    heard = b""
    async with client.stream("POST", f"/v1/assistants/{await make_assistant(client)}/model", json=body) as answer:
        assert answer.status_code == 200
        async for piece in answer.aiter_raw():
            heard += piece
            if heard.count(b'"in_progress":true') > 3:
                break
    # The last object may have come in half.
    return heard[: heard.rindex(b"}{") + 1]


def stream_url(conversation: str, index: int = 0) -> str:
    return f"/v1/conversations/{conversation}/history/{index}/stream"


def stop_url(conversation: str) -> str:
    return f"/v1/conversations/{conversation}/history/0/stop"


async def begun(database: Database, conversation: str) -> None:
    """Wait until the reply is known to every process: its first words may be quicker."""

    async def running() -> bool:
        return [row.status for row in await messages(database, conversation)] == ["complete", "running"]

    await until(running, what="the start of the reply")


async def ended(database: Database, conversation: str) -> Any:
    async def settled() -> Any:
        rows = await messages(database, conversation)
        return rows[-1] if rows and rows[-1].status != "running" else None

    return await until(settled, what="the end of the reply")


async def test_the_reply_goes_on_without_its_client_and_is_continued_exactly(
    client: httpx2.AsyncClient, database: Database
) -> None:
    conversation = new_conversation()
    heard = await heard_and_lost(client, conversation, UNHURRIED)
    count = len(chunks_of(heard.decode()))

    rest = await client.get(stream_url(conversation), params={"after": count})

    assert rest.headers["content-type"] == "application/x-ndjson"
    reply = await ended(database, conversation)
    assert reply.status == "complete"
    chunks = chunks_of(heard.decode() + rest.text)
    assert [chunk["last"] for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert text_of(chunks) == chunks[-1]["generated"] == reply.message
    whole = await client.get(stream_url(conversation))
    assert whole.content == heard + rest.content


async def test_another_replica_continues_the_stream_exactly(
    client: httpx2.AsyncClient, replica: httpx2.AsyncClient, database: Database
) -> None:
    conversation = new_conversation()
    heard = await heard_and_lost(client, conversation, UNHURRIED)

    rest = await replica.get(stream_url(conversation), params={"after": len(chunks_of(heard.decode()))})

    chunks = chunks_of(heard.decode() + rest.text)
    assert text_of(chunks) == chunks[-1]["generated"] == (await ended(database, conversation)).message
    assert (await client.get(stream_url(conversation))).content == heard + rest.content


@pytest.mark.parametrize("survives", [True, False], ids=["surviving", "as official clients ask"])
async def test_a_reply_is_stopped_from_another_replica(
    client: httpx2.AsyncClient, replica: httpx2.AsyncClient, database: Database, *, survives: bool
) -> None:
    conversation = new_conversation()
    body = {"text": "[mock:endless]", "stream": True, "conversation_id": conversation}
    body |= {"stop_on_disconnect": False} if survives else {}
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    heard = b""
    async with client.stream("POST", url, json=body) as answer:
        async for piece in answer.aiter_raw():
            if not heard:
                await begun(database, conversation)
                assert (await replica.post(stop_url(conversation))).json() == {"message": "Reply stopped"}
            heard += piece

    reply = await ended(database, conversation)
    *_, remark, last = chunks_of(heard.decode())
    assert remark["thought"]["interrupted"] is True
    assert (last["last"], last["generated"]) == (True, reply.message)
    assert reply.status == "interrupted"
    assert reply.message
    assert ("And so on, " * len(reply.message)).startswith(reply.message)
    assert "stopped by the person" in reply.thoughts[-1]["message"]


async def delete_one(client: httpx2.AsyncClient, conversation: str) -> httpx2.Response:
    return await client.delete(f"/v1/conversations/{conversation}")


async def delete_all(client: httpx2.AsyncClient, _conversation: str) -> httpx2.Response:
    return await client.delete("/v1/conversations")


async def delete_folder(client: httpx2.AsyncClient, conversation: str) -> httpx2.Response:
    folder = f"Folder of {conversation}"
    await client.put(f"/v1/conversations/{conversation}", json={"folder": folder})
    return await client.delete(f"/v1/conversations/folder/{folder}", params={"remove_conversations": True})


async def clear_history(client: httpx2.AsyncClient, conversation: str) -> httpx2.Response:
    return await client.delete(f"/v1/conversations/{conversation}/history")


@pytest.mark.parametrize("delete", [delete_one, delete_all, delete_folder, clear_history])
@pytest.mark.parametrize("survives", [True, False], ids=["surviving", "as official clients ask"])
async def test_what_is_deleted_is_written_no_longer_and_was_paid_for(
    make_user: MakeUser,
    second: Platform,
    database: Database,
    delete: Callable[[httpx2.AsyncClient, str], Awaitable[httpx2.Response]],
    *,
    survives: bool,
) -> None:
    person = await make_user()
    conversation = new_conversation()
    body = {"text": "[mock:endless]", "stream": True, "conversation_id": conversation}
    body |= {"stop_on_disconnect": False} if survives else {}
    heard = b""
    async with second.client() as elsewhere:
        elsewhere.headers["Authorization"] = person.headers["Authorization"]
        url = f"/v1/assistants/{await make_assistant(person)}/model"
        async with asyncio.timeout(30), person.stream("POST", url, json=body) as answer:
            async for piece in answer.aiter_raw():
                if not heard:
                    await begun(database, conversation)
                    assert (await delete(elsewhere, conversation)).status_code == 200
                heard += piece

    async def charged() -> Any:
        return await ledger(database, conversation)

    assert chunks_of(heard.decode())[-1]["last"] is True
    (row,) = await until(charged, what="the charge of what was deleted")
    assert row.output_tokens > 0
    assert not await messages(database, conversation)


async def test_a_whole_answer_that_is_stopped_holds_what_there_was(client: httpx2.AsyncClient) -> None:
    conversation = new_conversation()
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    body = {"text": "[mock:slow] Tell me", "conversation_id": conversation}
    asking = asyncio.create_task(client.post(url, json=body))

    async def stopped() -> bool:
        return (await client.post(stop_url(conversation))).status_code == 200

    await until(stopped, what="a reply to stop")
    answer = await asking
    assert answer.status_code == 200
    assert answer.json()["thoughts"][-1]["interrupted"] is True


async def asked_and_left(platform: Platform, client: httpx2.AsyncClient, database: Database, text: str) -> str:
    """Ask for a whole answer and hang up while it is written; gives the conversation."""
    conversation = new_conversation()
    url = f"/v1/assistants/{await make_assistant(client)}/model"
    async with platform.client(client.headers["Authorization"].removeprefix("Bearer ")) as impatient:
        asking = asyncio.create_task(impatient.post(url, json={"text": text, "conversation_id": conversation}))
        await begun(database, conversation)
        asking.cancel()
        await asyncio.wait([asking])
        assert asking.cancelled()
    return conversation


async def test_a_whole_answer_is_written_to_its_end_when_nobody_waits_for_it(
    platform: Platform, client: httpx2.AsyncClient, database: Database
) -> None:
    conversation = await asked_and_left(platform, client, database, '[mock:slow] Say "one two"')
    assert (await messages(database, conversation))[-1].status == "running"

    rest = await client.get(stream_url(conversation))

    reply = await ended(database, conversation)
    assert (reply.status, reply.error_code) == ("complete", None)
    assert reply.message == chunks_of(rest.text)[-1]["generated"]
    (charge,) = await ledger(database, conversation)
    assert (charge.output_tokens, charge.error_code) == (reply.output_tokens, None)


async def test_a_whole_answer_that_nobody_waits_for_is_stopped_from_any_replica(
    platform: Platform, client: httpx2.AsyncClient, replica: httpx2.AsyncClient, database: Database
) -> None:
    for stopper in (client, replica):
        conversation = await asked_and_left(platform, client, database, "[mock:slow] Tell me more")

        assert (await stopper.post(stop_url(conversation))).json() == {"message": "Reply stopped"}

        reply = await ended(database, conversation)
        assert reply.status == "interrupted"
        assert "stopped by the person" in reply.thoughts[-1]["message"]
        assert len(await ledger(database, conversation)) == 1


async def test_what_cannot_be_continued_is_answered_by_the_stored_reply(
    client: httpx2.AsyncClient, platform: Platform
) -> None:
    environment = {**platform.environment, "CODEMIE_PORT": str(free_port())}
    async with serving({**environment, "CODEMIE_CONVERSATIONS_RESUME_BYTES": "0"}) as other, other.client() as poor:
        poor.headers["Authorization"] = client.headers["Authorization"]
        conversation = new_conversation()
        heard = await heard_and_lost(poor, conversation, UNHURRIED)

        rest = await poor.get(stream_url(conversation), params={"after": len(chunks_of(heard.decode())) - 1})

    (last,) = chunks_of(rest.text)
    assert last["last"] is True
    assert last["generated"].startswith(text_of(chunks_of(heard.decode())))


async def test_only_a_reply_that_is_there_and_ones_own_is_followed_or_stopped(
    client: httpx2.AsyncClient, make_user: MakeUser
) -> None:
    conversation = new_conversation()
    await heard_and_lost(client, conversation, UNHURRIED)
    stranger = await make_user("stranger")
    assert (await stranger.get(stream_url(conversation))).status_code == 401
    assert (await stranger.post(stop_url(conversation))).status_code == 401
    assert (await client.get(stream_url(conversation, 7))).status_code == 404
    assert (await client.get(stream_url(new_conversation()))).status_code == 404
    assert (await client.get(stream_url(conversation))).status_code == 200
    assert (await client.post(stop_url(conversation))).status_code == 409


@given(
    texts=st.lists(st.tuples(st.text(max_size=9), st.booleans()), max_size=30),
    after=st.integers(0, 40),
    most=st.sampled_from([0, 900, 100_000]),
)
async def test_a_log_gives_every_object_once_or_says_that_it_cannot(
    texts: list[tuple[str, bool]], after: int, most: int
) -> None:
    log = ReplyLog(Transcript(), Memory(most))
    call = ToolStarted("b", "clock", "Clock", {})
    said = ToolFinished("b", "clock", "Clock", "It is noon.")
    events = [ModelStarted("a"), *(TextDelta("a", *text) for text in texts), ModelFinished("a"), call, said]
    encoder = ChunkEncoder(Transcript())
    expected = [*(encoder.encode(event) for event in events[1:]), b"{}"]
    for event in events:
        await log.hear(event)
    await log.end([b"{}"])
    try:
        rest = b"".join([piece async for piece in pieces(log, after)])
    except Lost:
        assert after > len(expected) or most < 100_000
    else:
        assert rest == b"".join(expected[after:])
