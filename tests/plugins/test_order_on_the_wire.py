"""What was said to be done is done at the server: the client library's flush overtakes what it should flush."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from codemie.embedded.nats_access import Login, NatsAccess
from codemie.plugins.agent.addresses import parse_address
from codemie.plugins.agent.connection import Connection, Door
from codemie.plugins.links import Link


@dataclass
class Listening:
    """A server that greets, answers pings, and notes what it hears."""

    port: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def answered(self) -> list[str]:
        """What the server certainly knew when it answered for the last time."""
        last = len(self.words) - self.words[::-1].index("PING")
        return self.words[:last]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"t","version":"2.12.0","proto":1,"headers":true,"max_payload":1048576}\r\n')
        while line := await reader.readline():
            self.words.append(line.split(maxsplit=1)[0].decode())
            if self.words[-1] == "PING":
                writer.write(b"PONG\r\n")
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    heard = Listening()
    server = await asyncio.start_server(heard.talk, "127.0.0.1", 0)
    heard.port = server.sockets[0].getsockname()[1]
    try:
        yield heard
    finally:
        server.close()


async def test_a_link_that_has_subscribed_hears() -> None:
    async with listening() as server:
        link = Link([server.url], Login.PLUGINS, [NatsAccess("a" * 32)])
        await link.open()
        for number in range(1, 3):
            await link.subscribe(f"subject.{number}", _take)
            assert server.answered.count("SUB") == number
        await link.close()


async def test_an_agent_that_has_subscribed_hears_and_one_that_has_ended_that_does_not() -> None:
    async with listening() as server:
        connection = Connection("k" * 32, "test", print)
        await connection.open(Door(parse_address(server.url), None, ssl.create_default_context(), 10))
        await connection.subscribe("a", _take)
        await connection.subscribe("b", _take)
        await connection.flush()
        assert server.answered.count("SUB") == 2
        await connection.unsubscribe()
        assert server.answered.count("UNSUB") == 2
        await connection.close()


async def _take(_: object) -> None:
    """Nothing comes."""
