"""An agent as the official one behaves on the wire, with tools of a test; also one with the abilities of ours.

It is silent where the official one is, runs one call after the other, and answers with the text of a message object.
"""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from codemie.kernel.tools import ToolResult
from codemie.plugins.wire.extensions import CHUNK, FIELD, split_answer
from codemie.plugins.wire.messages import RUN, CallAnswer, MalformedMessage, decode_request, encode_answer
from codemie.plugins.wire.results import write_result

Run = Callable[..., Awaitable[str] | str]
OURS = {"agent": "0.1", "host": "laptop", "chunks": True, "cancel": True}


@dataclass
class FakeAgent:
    """One agent process.

    Args:
        url: of the NATS server.
        key: its plugin key.
        tools: by name, each a function of its arguments; what it returns is the content of a message object.
        label: of the agent.
        ours: what it says about itself; None: it is an official one.
        traits: what it says about its tools, if it is ours.
        schemas: of the arguments, where they are not all optional texts.
        login: user and password, where the key is not both.
    """

    url: str
    key: str
    tools: Mapping[str, Run]
    label: str = "default"
    ours: dict[str, Any] | None = None
    traits: dict[str, dict[str, bool]] = field(default_factory=dict)
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    session: str = field(default_factory=lambda: str(uuid.uuid4()))
    client: Client = field(default_factory=Client)
    started: list[str] = field(default_factory=list)
    """Every call that was begun, by tool."""
    cancelled: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    """What the platform answered to signs of life."""
    is_zombie: bool = False
    """It is connected, but answers nothing."""
    answers: int = 1
    """How often it sends each answer."""
    raw_answer: bytes | None = None
    """Sent in place of any answer."""
    raw_list: bytes | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _remembered: dict[str, "asyncio.Future[bytes]"] = field(default_factory=dict)
    _running: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def subject(self) -> str:
        return f"{self.key}.{self.session}.{self.label}"

    async def start(self, *, announced: bool = True) -> None:
        user, password = self.login or (self.key, self.key)
        self.client = await nats.connect(
            self.url, user=user, password=password, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=_quiet
        )
        await self.client.subscribe(f"{self.key}.list", cb=self._list)
        await self.client.subscribe(f"{self.key}.live.reply", cb=self._hear_reply)
        await self.client.subscribe(f"{self.subject}.*", cb=self._hear_call)
        if announced:
            await self.live()

    async def live(self) -> None:
        await self.client.publish(f"{self.key}.live", self.session.encode(), reply=f"{self.key}.live.reply")

    async def stop(self, *, farewell: bool = True) -> None:
        if farewell and self.client.is_connected:
            await self.client.publish(f"{self.key}.disconnected", self.session.encode())
            await self.client.flush()
        await self.kill()

    async def kill(self) -> None:
        for task in tuple(self._running):
            task.cancel()
        if not self.client.is_closed:
            await self.client.close()

    async def _hear_reply(self, message: Msg) -> None:
        self.replies.append(message.data.decode())

    async def _list(self, message: Msg) -> None:
        if not self.is_zombie:
            await message.respond(self.raw_list if self.raw_list is not None else json.dumps(self.entries()).encode())

    def entries(self) -> list[dict[str, Any]]:
        return [self._entry(name) for name in self.tools]

    def _entry(self, name: str) -> dict[str, Any]:
        pad = " " * 12
        entry = {
            "name": name,
            "subject": f"{self.subject}.{name}",
            "description": f"Does {name}.\n{pad}Plugin label: {self.label}\n{pad}Plugin ID: 123456\n{pad}",
            "args_schema": self.schemas.get(name, _of_texts("text")),
        }
        if self.ours:
            entry[FIELD] = {**self.ours, **self.traits.get(name, {})}
        return entry

    async def _hear_call(self, message: Msg) -> None:
        # In a task: a sleeping tool must not keep the list from being answered.
        task = asyncio.create_task(self._take(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _take(self, message: Msg) -> None:
        name = message.subject.split(".")[3]
        if name == "cancel" and self.ours:
            self.cancelled.append(message.data.decode())
            return
        try:
            request = decode_request(message.data)
        except MalformedMessage:
            return
        if self.is_zombie or name not in self.tools or request.handler != RUN:
            return
        if self.ours:
            payload = await self._once(request.terms.call, name, request.query)
            parts = split_answer(payload, request.terms.chunk_bytes or len(payload))
        else:
            async with self._turn:
                parts = [({}, await self._run(name, request.query))]
        for _ in range(self.answers):
            for part, body in reversed(parts) if CHUNK in parts[0][0] else parts:
                await self.client.publish(message.reply, body, headers=part or None)

    async def _once(self, call: str, name: str, query: str | None) -> bytes:
        if call not in self._remembered:
            self._remembered[call] = asyncio.ensure_future(self._run(name, query))
        return await asyncio.shield(self._remembered[call])

    async def _run(self, name: str, query: str | None) -> bytes:
        self.started.append(name)
        if self.raw_answer is not None:
            return self.raw_answer
        subject = f"{self.subject}.{name}"
        try:
            arguments = json.loads(query or "")
        except ValueError:
            return encode_answer(CallAnswer(subject, result="Failed to decode JSON input."))
        try:
            said = self.tools[name](**arguments)
            content = said if isinstance(said, str) else await said
        except Exception as error:  # noqa: BLE001 - as the official agent does
            return encode_answer(CallAnswer(subject, result=f"An error occurred: {error}"))
        if self.ours:
            return encode_answer(CallAnswer(subject, result=write_result(ToolResult(content))))
        message = f"content={content!r} name={name!r} tool_call_id='{uuid.uuid4()}'"
        return encode_answer(CallAnswer(subject, result=message))


def _of_texts(*names: str) -> dict[str, Any]:
    """Arguments as the official agent's own tools declare them: texts, and none of them required."""
    fields = {name: {"type": "string", "default": None, "title": name.title()} for name in names}
    return {"type": "object", "title": "Input", "properties": fields}


async def _quiet(_: Exception) -> None:
    """Servers of these tests come and go."""


@asynccontextmanager
async def connected(url: str, key: str, tools: Mapping[str, Run], **options: Any) -> AsyncIterator[FakeAgent]:
    """An agent while the block runs."""
    agent = FakeAgent(url, key, tools, **options)
    await agent.start()
    try:
        yield agent
    finally:
        await agent.kill()


def echo(text: str | None = None) -> str:
    return text or "nothing"
