"""The life of `codemiectl up`: ready, crashed, killed, stopped. Every process is real."""

import signal
import stat
from collections.abc import Callable
from pathlib import Path

import httpx2
import psutil
import pytest

from codemie.embedded.nats import EmbeddedNats
from codemie.embedded.postgres import EmbeddedPostgres
from tests.cli.installation import Installation, alive, ctl, environment, eventually

# On a busy machine a start takes a minute; the figure that counts is measured by `make bench`.
pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

Up = Callable[..., Installation]


def test_it_becomes_ready_prints_its_address_and_stops_without_a_trace(up: Up) -> None:
    running = up()

    ready = running.until("Ready after")
    processes = [*running.children().values(), running.postgres()]

    assert running.url in ready
    assert running.is_ready()
    assert {"serve", "worker", "nats"} == set(running.children())
    assert running.stop(signal.SIGINT) == 0
    assert [process for process in processes if alive(process)] == []


def test_a_second_up_on_the_same_home_names_the_first(up: Up) -> None:
    running = up()
    running.until("Ready after")

    second = ctl("up", env=running.env)

    assert second.returncode == 1
    assert running.url in second.stderr
    assert str(running.process.pid) in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert running.is_ready()
    assert running.stop(signal.SIGTERM) == 0


def test_a_killed_up_leaves_only_postgresql_and_the_next_one_takes_over(up: Up) -> None:
    running = up()
    running.until("Ready after")
    children, database = running.children(), running.postgres()

    running.stop(signal.SIGKILL)

    eventually(lambda: not any(map(alive, children.values())), seconds=30, what="the end of all children")
    assert alive(database)
    following = up()
    following.until("Ready after")
    assert following.postgres().pid == database.pid
    assert following.stop() == 0
    assert not alive(database)


def test_a_new_up_right_after_a_kill_uses_the_same_port(up: Up) -> None:
    running = up()
    running.until("Ready after")
    running.stop(signal.SIGKILL)

    following = up(CODEMIE_PORT=running.env["CODEMIE_PORT"])

    following.until("Ready after")
    assert following.stop() == 0


def test_whatever_is_killed_is_started_again_and_the_platform_recovers(up: Up) -> None:
    running = up()
    running.until("Ready after")

    for role, name in (("worker", "Worker"), ("serve", "API"), ("nats", "NATS"), ("postgres", "PostgreSQL")):
        victim = running.postgres() if role == "postgres" else running.children()[role]

        victim.kill()

        running.until(f"{name} stopped unexpectedly")
        running.until(f"{name} runs again")
        eventually(running.is_ready, seconds=90, what=f"readiness after the end of {name}")
        replaced = running.postgres() if role == "postgres" else running.children()[role]
        assert replaced.pid != victim.pid
    assert running.stop() == 0


def test_the_first_administrator_can_sign_in_and_the_password_is_shown_once(up: Up, home: Path) -> None:
    running = up()
    running.until("Ready after")
    password = (home / "first-password.txt").read_text().strip()

    answer = httpx2.post(
        f"{running.url}/v1/local-auth/login", json={"email": "admin@codemie.ai", "password": password}, timeout=30
    )

    assert answer.status_code == 200, answer.text
    assert stat.S_IMODE((home / "first-password.txt").stat().st_mode) == 0o600
    assert running.stop() == 0
    # Other tests of this module started this home before or after: it was printed by exactly the first of them.
    following = up()
    following.until("Ctrl-C stops everything")
    assert password not in following.said
    assert str(home / "first-password.txt") in following.said
    assert following.stop() == 0


@pytest.mark.parametrize(("wish", "effect"), [({}, "true"), ({"CODEMIE_KNOWLEDGE_GIT_FILE_URLS": "false"}, "false")])
def test_repositories_on_the_disk_are_open_with_the_embedded_database_unless_closed(
    up: Up, wish: dict[str, str], effect: str
) -> None:
    running = up(**wish)
    running.until("Ready after")

    variables = [running.children()[role].environ() for role in ("serve", "worker")]

    assert [found["CODEMIE_KNOWLEDGE_GIT_FILE_URLS"] for found in variables] == [effect, effect]
    assert running.stop() == 0


def test_no_secret_stands_in_a_command_line(up: Up) -> None:
    running = up()
    running.until("Ready after")

    words = [word for process in psutil.Process(running.process.pid).children() for word in process.cmdline()]

    assert not [word for word in words if "nats://" in word or "postgresql://" in word]
    assert running.stop() == 0


def test_servers_of_the_operators_are_used_and_left_alone(tmp_path: Path) -> None:
    postgres, nats = EmbeddedPostgres(tmp_path / "postgres"), EmbeddedNats(tmp_path / "nats")
    urls = {"CODEMIE_DATABASE_URL": postgres.start(), "CODEMIE_NATS_URL": nats.start()}
    running = Installation(environment(tmp_path / "home", **urls))

    running.until("Ready after")

    assert running.is_ready()
    assert set(running.children()) == {"serve", "worker"}
    assert "CODEMIE_KNOWLEDGE_GIT_FILE_URLS" not in running.children()["serve"].environ()
    assert running.stop() == 0
    assert not (tmp_path / "home" / "postgres").exists()
    assert not (tmp_path / "home" / "nats").exists()
    assert postgres.pid is not None
    assert nats.process is not None
    assert nats.process.poll() is None
    nats.stop()
    postgres.stop()
