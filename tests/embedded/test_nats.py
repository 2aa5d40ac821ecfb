"""The embedded NATS server: who may talk to it, and what becomes of one that was left behind."""

import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codemie.embedded import nkeys, processes
from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.nats_access import Login, NatsAccess
from codemie.kernel.errors import InvalidInput

pytestmark = pytest.mark.process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedNats]:
    """A server that is stopped after the test."""
    one = EmbeddedNats(tmp_path / "nats")
    yield one
    one.stop()


def greeting(url: str, options: dict[str, str]) -> str:
    """What the server answers to a client that says CONNECT and PING."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(f"CONNECT {json.dumps({'verbose': False, **options})}\r\nPING\r\n".encode())
        stream = connection.makefile()
        assert stream.readline().startswith("INFO ")
        return stream.readline().strip()


def answers(url: str, options: dict[str, str]) -> list[str]:
    """All that the server says to a client until it closes the connection."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(f"CONNECT {json.dumps({'verbose': False, **options})}\r\nPING\r\n".encode())
        return [line.strip() for line in connection.makefile()][1:]


def lines_until(connection: socket.socket, last: str) -> list[str]:
    """What the server says up to and with the line `last`."""
    said = ""
    while not said.endswith(f"{last}\r\n"):
        more = connection.recv(4096).decode()
        assert more, f"closed after {said!r}"
        said += more
    return said.splitlines()


@contextmanager
def logged_in(server: EmbeddedNats, url: str, login: Login) -> Iterator[socket.socket]:
    """A connection of one of our users."""
    options = {"verbose": False, "user": login.value, "pass": server.access.password(login)}
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(f"CONNECT {json.dumps(options)}\r\nPING\r\n".encode())
        lines_until(connection, "PONG")
        yield connection


def test_it_lets_in_who_holds_the_password_and_nobody_else(server: EmbeddedNats) -> None:
    url = server.start()
    user, password = url.removeprefix("nats://").partition("@")[0].split(":")

    assert greeting(url, {"user": user, "pass": password}) == "PONG"
    assert greeting(url, {"user": user, "pass": "guessed"}) == "-ERR 'Authorization Violation'"


def test_port_and_password_stay_the_same_over_a_restart(server: EmbeddedNats) -> None:
    before = server.start()
    server.stop()

    assert server.start() == before


def test_its_configuration_is_readable_by_the_owner_alone(server: EmbeddedNats) -> None:
    server.start()

    assert stat.S_IMODE((server.folder / "nats.conf").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


def test_a_server_left_behind_is_stopped_first(server: EmbeddedNats) -> None:
    server.start()
    assert server.process
    left_behind = server.process.pid

    following = EmbeddedNats(server.folder)
    following.start()

    assert processes.command_line(left_behind) == []
    following.stop()


def test_a_pid_file_that_names_a_stranger_harms_nobody(server: EmbeddedNats) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    server.folder.mkdir()
    (server.folder / "server.pid").write_text(str(stranger.pid))

    server.start()

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_stranger_is_not_let_in_while_nobody_decides(server: EmbeddedNats) -> None:
    url = server.start()

    assert "PONG" not in answers(url, {"user": "a-key", "pass": "a-key"})


def test_accounts_cannot_hear_each_other(server: EmbeddedNats) -> None:
    url = server.start()
    with logged_in(server, url, Login.PLUGINS) as engine, logged_in(server, url, Login.PLATFORM) as platform:
        engine.sendall(b"SUB > 1\r\nPING\r\n")
        assert lines_until(engine, "PONG") == ["PONG"]
        platform.sendall(b"PUB codemie.event 0\r\n\r\nPING\r\n")
        assert lines_until(platform, "PONG") == ["PONG"]
        engine.sendall(b"PING\r\n")

        assert lines_until(engine, "PONG") == ["PONG"]


def test_a_secret_of_the_operator_is_used_and_not_written_beside(tmp_path: Path) -> None:
    server = EmbeddedNats(tmp_path / "nats", "x" * 40)
    url = server.start()

    assert greeting(url, {"user": "sys", "pass": NatsAccess("x" * 40).password(Login.SYS)}) == "PONG"
    assert not server.secret_file.exists()
    server.stop()


def test_keys_are_written_as_nats_writes_them() -> None:
    # The example of the documentation of auth callout (docs.nats.io).
    text = "ABJHLOVMPA4CI6R5KLNGOB4GSLNIY7IOUPAJC4YFNDLQVIOBYQGUWVLA"

    assert nkeys.public_text(nkeys.Kind.ACCOUNT, nkeys.public_bytes(nkeys.Kind.ACCOUNT, text)) == text
    for broken in (text[:-1] + "B", text[:-3], "", "not base32!"):
        with pytest.raises(InvalidInput):
            nkeys.public_bytes(nkeys.Kind.ACCOUNT, broken)
    with pytest.raises(InvalidInput):
        nkeys.public_bytes(nkeys.Kind.USER, text)
