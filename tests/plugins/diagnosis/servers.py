"""A real nats-server with any configuration, and servers that say what a test wants."""

import asyncio
import contextlib
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
from nats.aio.msg import Msg

from tests.support import free_port, until

KEY = "k-0123456789-0123456789-0123456789"
INFO = {
    "server_id": "x",
    "version": "2.15.1",
    "proto": 1,
    "headers": True,
    "max_payload": 8388608,
    "auth_required": True,
}

OWN_RIGHTS = f"""permissions {{
  publish: ["{KEY}.live", "{KEY}.disconnected"]
  subscribe: ["{KEY}.list", "{KEY}.live.reply", "{KEY}.*.*.*"]
  allow_responses: {{ max: 1, expires: "1m" }}
}}"""

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


def users(rights: str = OWN_RIGHTS) -> str:
    """Accounts with the key as user, and one user who may do anything, in place of the platform."""
    return (
        f'accounts {{ P {{ users: [{{ user: "{KEY}", password: "{KEY}", {rights} }}, '
        '{ user: "platform", password: "platform" }] } }'
    )


@asynccontextmanager
async def nats_server(folder: Path, configuration: str = "") -> AsyncGenerator[int]:
    """A nats-server on loopback; gives its port."""
    port = free_port()
    path = folder / f"nats-{port}.conf"
    path.write_text(f'listen: "127.0.0.1:{port}"\n{configuration or users()}\n')
    program = Path(sys.executable).parent / "nats-server"
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    async def listens() -> bool:
        with contextlib.suppress(OSError):
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            return True
        assert process.returncode is None, "nats-server did not start"
        return False

    try:
        await until(listens, what="nats-server")
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def listening(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncGenerator[int]:
    """A server that talks so with everybody; gives its port."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()


def says(answer: bytes, *, then_waits: bool = True) -> Talk:
    """Says this at once, whatever it hears."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        while then_waits and await reader.read(1024):
            pass

    return talk


def answers_http(head: str) -> Talk:
    """A web server with one answer."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\n")
        if not asked.startswith(b"GET "):
            head_line = "HTTP/1.1 400 Bad Request"
        else:
            await reader.readuntil(b"\r\n\r\n")
            head_line = head
        writer.write(f"{head_line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    return talk


def speaks_nats(answer: Callable[[str], str], *, info: dict[str, object] | None = None) -> Talk:
    """Greets, then answers each line with what the test makes of it; empty for nothing, `close` ends the talk."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"INFO {json.dumps(INFO | (info or {}))}\r\n".encode())
        while line := (await reader.readline()).decode().strip():
            said = answer(line)
            if said == "close":
                return
            writer.write(f"{said}\r\n".encode() if said else b"")

    return talk


@asynccontextmanager
async def plainly_secured(context: ssl.SSLContext) -> AsyncGenerator[int]:
    """NATS inside TLS by blocking sockets in a thread: servers on asyncio keep the alerts of TLS to themselves."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve_plainly, args=(server, context), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        await asyncio.to_thread(thread.join, 10)


def _serve_plainly(server: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        while True:
            accepted, _ = server.accept()
            accepted.settimeout(0.5)
            with accepted, contextlib.suppress(OSError), context.wrap_socket(accepted, server_side=True) as secured:
                secured.sendall(f"INFO {json.dumps(INFO)}\r\n".encode())
                while secured.recv(4096):
                    secured.sendall(b"PONG\r\n")


@asynccontextmanager
async def platform(port: int, answer: str = "6 tools connected") -> AsyncGenerator[list[str]]:
    """Somebody in place of the platform, who answers signs of life and asks for tools; gives what it heard."""
    heard: list[str] = []
    client = await nats.connect(f"nats://platform:platform@127.0.0.1:{port}")

    async def live(message: Msg) -> None:
        listed = await client.request(f"{KEY}.list", b"", timeout=5)
        heard.append(listed.data.decode())
        await client.publish(message.reply, answer.encode())

    async def gone(message: Msg) -> None:
        heard.append("disconnected")

    await client.subscribe("*.live", cb=live)
    await client.subscribe("*.disconnected", cb=gone)
    await client.flush()
    yield heard
    await client.close()
