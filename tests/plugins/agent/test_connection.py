"""Every way to the platform: TCP and WebSocket, TLS before and after the greeting, proxies, bad servers."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codemie.plugins.agent.addresses import parse_address, proxy_for
from codemie.plugins.agent.configuration import load
from codemie.plugins.agent.connection import Connection, Door
from codemie.plugins.agent.failures import KeyRefused, NotReached
from codemie.plugins.agent.trust import tls_context
from tests.fakes.proxy_server import FakeProxy
from tests.plugins.diagnosis.certificates import Issued, issued
from tests.plugins.diagnosis.servers import INFO, KEY, Talk, listening, nats_server, says, users
from tests.support import free_port, until

HOST = "localhost"


@pytest.fixture(scope="module")
def root() -> Issued:
    return issued("Root of the test", is_authority=True)


@pytest.fixture
def ca(root: Issued, tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(root.pem)
    return path


@pytest.fixture
def served(root: Issued, tmp_path: Path) -> str:
    """A certificate for localhost, as nats-server is configured with it."""
    path = issued("server", root, names=(HOST,)).written(tmp_path)
    return f'cert_file: "{path}", key_file: "{path}"'


@asynccontextmanager
async def opened(
    uri: str,
    *,
    ca: Path | None = None,
    cert: Path | None = None,
    proxy: str = "none",
    key: str = KEY,
    seconds: float = 5,
) -> AsyncIterator[Connection]:
    configuration = load({"ca_file": ca, "client_cert": cert}, {"HOME": "/nowhere"})
    address = parse_address(uri)
    door = Door(address, proxy_for(address, proxy), tls_context(configuration), seconds)
    connection = Connection(key, "codemie-agent/test/s", lambda text: None)
    await connection.open(door)
    try:
        yield connection
    finally:
        await connection.close()


async def works(connection: Connection) -> None:
    """A message goes to the server and back."""
    heard = asyncio.Event()

    async def hear(message: object) -> None:
        heard.set()

    await connection.subscribe(f"{KEY}.live.reply", hear)
    await connection.publish(f"{KEY}.live", b"s", reply=f"{KEY}.live.reply")
    # Nobody looks after agents here: the server says so, at the reply subject.
    await asyncio.wait_for(heard.wait(), 5)


def listens(port: int, tls: str = "", *, web: int = 0) -> str:
    socket = f"websocket {{ listen: '127.0.0.1:{web}', {tls or 'no_tls: true'} }}" if web else ""
    return f"{users()}\n{socket}\n" + (f"tls {{ {tls} }}" if tls and not web else "")


@pytest.mark.parametrize("scheme", ["nats", "tls"])
@pytest.mark.parametrize("first", ["", ", handshake_first: auto", ", handshake_first: true"])
async def test_tls_before_and_after_the_greeting(
    tmp_path: Path, ca: Path, served: str, scheme: str, first: str
) -> None:
    tls = f"tls {{ {served}{first} }}"
    async with nats_server(tmp_path, f"{users()}\n{tls}") as port:
        uri = f"{scheme}://{HOST}:{port}"
        if scheme == "nats" and "true" in first:
            with pytest.raises(NotReached, match="tls://"):
                async with opened(uri, ca=ca, seconds=1):
                    pass
            return
        async with opened(uri, ca=ca) as connection:
            await works(connection)


async def test_without_tls_only_where_that_was_asked_for(tmp_path: Path, ca: Path) -> None:
    async with nats_server(tmp_path) as port:
        async with opened(f"nats://{HOST}:{port}") as connection:
            await works(connection)
        with pytest.raises(NotReached, match="does not offer TLS"):
            async with opened(f"tls://{HOST}:{port}", ca=ca):
                pass


async def test_the_key_is_never_sent_without_the_tls_that_was_asked_for(ca: Path) -> None:
    seen: list[bytes] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO " + json.dumps(INFO).encode() + b"\r\n")
        await writer.drain()
        while line := await reader.read(10_000):
            seen.append(line)

    async with listening(greet) as port:
        with pytest.raises(NotReached):
            async with opened(f"tls://{HOST}:{port}", ca=ca):
                pass
    assert KEY.encode() not in b"".join(seen)


async def test_web_sockets_with_and_without_tls(tmp_path: Path, ca: Path, served: str) -> None:
    for scheme, tls in (("ws", "no_tls: true"), ("wss", f"tls {{ {served} }}")):
        web = free_port()
        configuration = f"{users()}\nwebsocket {{ listen: '127.0.0.1:{web}', {tls} }}"
        async with (
            nats_server(tmp_path, configuration),
            opened(f"{scheme}://{HOST}:{web}/some/path", ca=ca) as connection,
        ):
            await works(connection)


async def test_a_certificate_that_does_not_fit_is_told(tmp_path: Path, ca: Path, root: Issued, served: str) -> None:
    other = issued("server", root, names=("other.test",)).written(tmp_path)
    strange = f'cert_file: "{other}", key_file: "{other}"'
    for tls, uri, trusted in ((served, "tls", None), (strange, "tls", ca), (served, "nats", None)):
        async with nats_server(tmp_path, f"{users()}\ntls {{ {tls} }}") as port:
            with pytest.raises(NotReached, match="not trusted"):
                async with opened(f"{uri}://{HOST}:{port}", ca=trusted):
                    pass


async def test_a_server_may_ask_for_a_certificate_of_ours(tmp_path: Path, ca: Path, root: Issued, served: str) -> None:
    mine = issued("me", root, names=("me.test",)).written(tmp_path)
    tls = f'tls {{ {served}, ca_file: "{ca}", verify: true, handshake_first: true }}'
    async with nats_server(tmp_path, f"{users()}\n{tls}") as port:
        async with opened(f"tls://{HOST}:{port}", ca=ca, cert=mine) as connection:
            await works(connection)
        with pytest.raises(NotReached):
            async with opened(f"tls://{HOST}:{port}", ca=ca):
                pass


async def test_a_proxy_leads_to_every_kind_of_server(tmp_path: Path, ca: Path, served: str) -> None:
    web = free_port()
    configuration = f"{users()}\ntls {{ {served}, handshake_first: auto }}\nwebsocket {{ listen: '127.0.0.1:{web}', "
    async with nats_server(tmp_path, configuration + f"tls {{ {served} }} }}") as port:
        for uri in (f"nats://{HOST}:{port}", f"tls://{HOST}:{port}", f"wss://{HOST}:{web}"):
            proxy = FakeProxy()
            async with listening(proxy.serve) as proxy.port, opened(uri, ca=ca, proxy=proxy.url) as connection:
                await works(connection)
            assert set(proxy.asked) == {f"CONNECT {uri.rpartition('/')[2]}"}


async def test_a_web_socket_without_tls_goes_through_a_tunnel_too(tmp_path: Path) -> None:
    web, proxy = free_port(), FakeProxy()
    async with (
        nats_server(tmp_path, listens(0, web=web)),
        listening(proxy.serve) as proxy.port,
        opened(f"ws://{HOST}:{web}/some/path", proxy=proxy.url) as connection,
    ):
        await works(connection)
    assert proxy.asked == [f"CONNECT {HOST}:{web}"], "it is not forwarded as a request"


async def test_a_greeting_that_came_before_tls_was_begun_is_not_lost(tmp_path: Path, ca: Path, served: str) -> None:
    async with nats_server(tmp_path, listens(0, served)) as port:
        proxy = FakeProxy(waits=True)
        async with (
            listening(proxy.serve) as proxy.port,
            opened(f"tls://{HOST}:{port}", ca=ca, proxy=proxy.url) as connection,
        ):
            await works(connection)


async def test_a_proxy_that_refuses_is_told_without_its_password() -> None:
    proxy = FakeProxy(refuses=True)
    async with listening(proxy.serve) as proxy.port:
        for uri in ("tls://engine.invalid:1", "wss://engine.invalid:1", "ws://engine.invalid:1"):
            with pytest.raises(NotReached) as refused:
                async with opened(uri, proxy=proxy.url):
                    pass
            assert "planted-proxy-secret" not in str(refused.value)


async def test_a_wrong_key_is_told_apart_from_a_wrong_way(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as port:
        with pytest.raises(KeyRefused) as refused:
            async with opened(f"nats://{HOST}:{port}", key="w" * 32):
                pass
    assert "w" * 32 not in str(refused.value)
    with pytest.raises(NotReached):
        async with opened(f"nats://127.0.0.1:{port}"):
            pass


@pytest.mark.parametrize(
    "talk",
    [
        says(b"", then_waits=True),
        says(b"", then_waits=False),
        says(b"HTTP/1.1 400 Bad Request\r\n\r\n", then_waits=False),
        says(b"INFO {not json\r\n"),
        says(b"INFO " + b"x" * 3_000_000),
        says(b"\x00\xff" * 1_000 + b"\n"),
    ],
    ids=["silent", "hangs up", "http", "no json", "endless", "noise"],
)
async def test_what_is_no_server_is_told_in_time(talk: Talk) -> None:
    async with listening(talk) as port:
        for scheme in ("nats", "tls", "ws"):
            with pytest.raises(NotReached):
                async with opened(f"{scheme}://127.0.0.1:{port}", seconds=0.7):
                    pass


@pytest.mark.parametrize(
    "frame",
    [
        b"MSG nonsense\r\n",
        b"MSG a 1 -5\r\nxx\r\n",
        b"\x00\x01\x02 what\r\n",
        b"-ERR 'User Authentication Expired'\r\n",
        b"-ERR 'Stale Connection'\r\n",
        b"-ERR 'Something New'\r\n",
        b"",
    ],
)
async def test_a_server_that_talks_nonsense_later_ends_the_connection(frame: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO " + json.dumps(INFO).encode() + b"\r\n")
        await reader.readuntil(b"PING\r\n")
        writer.write(b"PONG\r\n")
        writer.write(frame)
        await writer.drain()
        if frame:
            await reader.read()

    async with listening(talk) as port, opened(f"nats://127.0.0.1:{port}") as connection:
        await asyncio.wait_for(connection.ended.wait(), 5)


@pytest.mark.parametrize("verdict", [b"PONG\r\n", b"-ERR 'Authorization Violation'\r\n", b"+OK\r\n"])
async def test_a_server_that_pings_while_it_looks_at_the_key_is_answered(verdict: bytes) -> None:
    heard = b""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        writer.write(b"INFO " + json.dumps(INFO).encode() + b"\r\n")
        await reader.readuntil(b"PING\r\n")
        writer.write(b"PING\r\n")
        heard = await reader.readuntil(b"\r\n")
        writer.write(verdict)
        await reader.read()

    async with listening(slow) as port:
        if verdict.startswith(b"PONG"):
            async with opened(f"nats://127.0.0.1:{port}"):
                pass
        else:
            with pytest.raises(KeyRefused if verdict.startswith(b"-ERR") else NotReached):
                async with opened(f"nats://127.0.0.1:{port}"):
                    pass
    assert heard == b"PONG\r\n"


async def test_a_flood_into_a_line_does_not_fill_the_memory(tmp_path: Path) -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"INFO " + json.dumps(INFO).encode() + b"\r\n")
        await reader.readuntil(b"PING\r\n")
        writer.write(b"PONG\r\n+OK")
        for _ in range(200):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    async with listening(flood) as port, opened(f"nats://127.0.0.1:{port}") as connection:
        await asyncio.wait_for(connection.ended.wait(), 10)


async def test_permissions_the_server_denies_are_told_and_end_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    async with nats_server(tmp_path) as port:
        address = parse_address(f"nats://127.0.0.1:{port}")
        connection = Connection(KEY, "name", said.append)
        await connection.open(Door(address, None, ssl.create_default_context(), 5))
        await connection.publish("somebody.else", b"x")

        async def told() -> bool:
            return bool(said)

        await until(told, what="the complaint")
        assert not connection.ended.is_set()
        await connection.close()
