"""Agents as the NATS client library makes them, and raw ones that say what they like."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from nats.aio.client import Client
from nats.errors import Error


@dataclass
class Agent:
    """A connected client and what went wrong for it."""

    client: Client
    errors: list[str] = field(default_factory=list)

    async def try_to_subscribe(self, subject: str) -> str:
        """Subscribe, and give the server's complaint, or nothing."""
        before = len(self.errors)
        await self.client.subscribe(subject)
        await self._settle()
        return " ".join(self.errors[before:])

    async def try_to_publish(self, subject: str, payload: bytes = b"") -> str:
        """Publish, and give the server's complaint, or nothing."""
        before = len(self.errors)
        await self.client.publish(subject, payload)
        await self._settle()
        return " ".join(self.errors[before:])

    async def _settle(self) -> None:
        # The server's complaint comes before the answer to a ping; the one after that proves that it was read.
        await self.client.flush()
        await self.client.flush()


@asynccontextmanager
async def agent(server: str, key: str, **options: Any) -> AsyncGenerator[Agent]:
    """An agent with a key; raises what the library raises when it is not let in."""
    made = Agent(Client())

    async def complain(error: Exception) -> None:
        made.errors.append(str(error))

    options = {"allow_reconnect": False, "max_reconnect_attempts": 0, "connect_timeout": 10, **options}
    await made.client.connect(server, user=key, password=key, error_cb=complain, **options)
    try:
        yield made
    finally:
        # In the middle of a reconnection the library cancels what it waits for itself.
        with contextlib.suppress(asyncio.CancelledError, Error):
            await made.client.close()


async def is_let_in(server: str, key: str, **options: Any) -> bool:
    """Does the server let this key in?"""
    try:
        async with agent(server, key, **options):
            return True
    except Error:
        return False


async def answer_to(server: str, connect: dict[str, Any], *, seconds: float = 10) -> str:
    """The first word of the server after a CONNECT as one likes: `PONG`, or its complaint; empty when it hung up."""
    host, _, port = server.removeprefix("nats://").rpartition(":")
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            await reader.readline()
            writer.write(f"CONNECT {json.dumps({'verbose': False, **connect})}\r\nPING\r\n".encode())
            while (line := (await reader.readline()).decode().strip()) == "PING":
                writer.write(b"PONG\r\n")
            return line
        finally:
            writer.close()
