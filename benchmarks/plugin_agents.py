"""Agents that echo, in a process of their own, beside a bare NATS responder: plugin tools are measured on them.

`python -m benchmarks.plugin_agents URL USER PASSWORD KEY…`: one agent for each key. It prints `ready`, and ends with
its standard input.
"""

import asyncio
import json
import sys
import uuid
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from codemie.plugins.wire.extensions import Abilities
from codemie.plugins.wire.listing import ToolEntry, encode_listing
from codemie.plugins.wire.messages import CallAnswer, decode_request, encode_answer
from codemie.plugins.wire.subjects import SessionAddress, list_subject, live_reply_subject, live_subject

RAW_SUBJECT = "bench.raw.echo"
TOOL = "_echo"
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


async def connect(url: str, user: str, password: str) -> Client:
    """A connection in the account of agents."""
    return await nats.connect(url, user=user, password=password, max_reconnect_attempts=3)


async def agent(client: Client, key: str) -> str:
    """Serve the tool over a connection; gives the session id."""
    address = SessionAddress(key, str(uuid.uuid4()), "bench")
    abilities = Abilities(agent="bench", host="bench", chunks=True, cancel=True)  # as ours
    listing = encode_listing(address, [ToolEntry(TOOL, "Says what it is told.", SCHEMA)], abilities)

    async def tell(message: Msg) -> None:
        await message.respond(listing)

    async def echo(message: Msg) -> None:
        request = decode_request(message.data)
        said = json.loads(request.query or "{}")["text"]
        await client.publish(message.reply, encode_answer(CallAnswer(message.subject, result=said)))

    await client.subscribe(list_subject(key), cb=tell)
    await client.subscribe(address.every_tool, cb=echo)
    await client.publish(live_subject(key), address.session.encode(), reply=live_reply_subject(key))
    return address.session


async def serve(url: str, user: str, password: str, keys: list[str]) -> None:
    """Until standard input ends."""
    bare = await connect(url, user, password)

    async def repeat(message: Msg) -> None:
        await message.respond(message.data)

    await bare.subscribe(RAW_SUBJECT, cb=repeat)
    clients = [bare]
    for start in range(0, len(keys), 50):
        opened = await asyncio.gather(*(connect(url, user, password) for _ in keys[start : start + 50]))
        clients += opened
        await asyncio.gather(*(agent(*pair) for pair in zip(opened, keys[start : start + 50], strict=True)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.gather(*(client.close() for client in clients))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
