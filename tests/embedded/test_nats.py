"""The embedded NATS server: who may talk to it, and what becomes of one that was left behind."""

import json
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from codemie.embedded import processes
from codemie.embedded.nats import EmbeddedNats

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


def test_it_lets_in_who_holds_the_password_and_nobody_else(server: EmbeddedNats) -> None:
    url = server.start()
    user, password = url.removeprefix("nats://").partition("@")[0].split(":")

    assert greeting(url, {"user": user, "pass": password}) == "PONG"
    assert greeting(url, {"user": user, "pass": "guessed"}) == "-ERR 'Authorization Violation'"
    assert greeting(url, {}) == "-ERR 'Authorization Violation'"


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
