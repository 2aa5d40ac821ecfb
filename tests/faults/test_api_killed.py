"""The API dies in the middle of a reply: half of it is kept and marked, and it can be asked for again."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, chunks_of, make_assistant, new_conversation, text_of
from tests.conversations.rows import ledger, left_behind, messages
from tests.faults.api_process import ApiProcess, api_process
from tests.support import Platform, until

pytestmark = pytest.mark.process


async def heard_until_killed(api: ApiProcess, client: httpx2.AsyncClient, body: dict[str, Any], stored: Any) -> str:
    """Read a stream, kill its server once something of the reply is stored, and give the text that came."""
    heard: list[bytes] = []
    url = f"{api.url}/v1/assistants/{await make_assistant(client)}/model"

    async def listen() -> None:
        async with client.stream("POST", url, json={"stream": True, **body}) as answer:
            assert answer.status_code == 200
            async for piece in answer.aiter_raw():
                heard.append(piece)
                if len(heard) % 50 == 0 and await stored():
                    api.kill()

    with pytest.raises(httpx2.TransportError):
        await listen()
    whole = b"".join(heard)
    return text_of(chunks_of(whole[: whole.rindex(b"}{") + 1].decode()))


async def test_half_a_reply_is_kept_marked_and_can_be_asked_for_again(
    client: httpx2.AsyncClient, platform: Platform, database: Database, tmp_path: Path
) -> None:
    # Both ways at once: most of the time an API starts, or a worker's next round is waited for.
    await asyncio.gather(
        *(
            half_a_reply_is_kept(client, platform, database, tmp_path / f"{survives}.log", survives=survives)
            for survives in (False, True)
        )
    )


async def half_a_reply_is_kept(
    client: httpx2.AsyncClient, platform: Platform, database: Database, log: Path, *, survives: bool
) -> None:
    """As official clients ask, and with a stream that outlives its client."""
    conversation = new_conversation()
    body = {"text": "[mock:endless] Go", "conversation_id": conversation, "stop_on_disconnect": not survives}

    async def stored() -> bool:
        return any(row.message for row in await messages(database, conversation) if row.role == "Assistant")

    async def charged_twice() -> bool:
        return len(await ledger(database, conversation)) == 2

    async with api_process(platform.environment, log) as api:
        heard = await heard_until_killed(api, client, body, stored)

    question, reply = await messages(database, conversation)
    assert question.message == "[mock:endless] Go"
    assert reply.message
    assert heard.startswith(reply.message)

    await left_behind(database, conversation)
    # Another replica tells the end of the stream as soon as the reply counts as interrupted.
    rest = await client.get(f"/v1/conversations/{conversation}/history/0/stream", params={"after": 3})
    *_, remark, last = chunks_of(rest.text)
    assert remark["thought"]["interrupted"] is True
    assert (last["last"], last["generated"]) == (True, reply.message)

    shown = (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert (shown[-1]["message"], shown[-1]["status"]) == (reply.message, "interrupted")

    assistant = await make_assistant(client)
    again = await ask(client, assistant, 'Say "whole"', conversation_id=conversation, history_index=0)
    assert again["generated"] == "whole"
    shown = (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert [item["status"] for item in shown] == ["complete", "interrupted", "complete", "complete"]
    await until(charged_twice, seconds=30, what="the charge of the killed reply")
    killed, whole = sorted(await ledger(database, conversation), key=lambda row: row.output_tokens, reverse=True)
    assert killed.input_tokens >= len(question.message) // 5
    assert killed.output_tokens >= len(reply.message) // 5
    assert whole.output_tokens < killed.output_tokens
    reply = (await messages(database, conversation))[1]
    assert (reply.status, reply.output_tokens) == ("interrupted", killed.output_tokens)


async def test_what_was_acknowledged_before_is_still_there(
    client: httpx2.AsyncClient, platform: Platform, tmp_path: Path
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client)
    async with api_process(platform.environment, tmp_path / "api.log") as api:
        url = f"{api.url}/v1/assistants/{assistant}/model"
        body = {"text": 'Say "kept"', "conversation_id": conversation, "stream": True}
        answer = await client.post(url, json=body)
        assert chunks_of(answer.text)[-1]["generated"] == "kept"
        api.kill()

    async def shown() -> Any:
        return [
            item["message"] for item in (await client.get(f"/v1/conversations/{conversation}")).json()["history"]
        ] == ['Say "kept"', "kept"]

    await until(shown, seconds=1, what="the acknowledged reply")
