"""The life of `codemiectl up`: ready, crashed, killed, stopped. Every process is real."""

import json
import signal
import stat
import tarfile
from collections.abc import Callable, Iterator
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


@pytest.fixture(scope="class")
def ready(home: Path) -> Iterator[Installation]:
    """One installation for the tests that only look at it."""
    running = Installation(environment(home, CODEMIE_KERNEL_METRICS_TOKEN="changeme"))
    running.until("Ready after")
    yield running
    assert running.stop(signal.SIGTERM) == 0


def disk_repositories(running: Installation) -> list[str]:
    """Whether API and worker may read repositories on the disk."""
    return [running.children()[role].environ()["CODEMIE_KNOWLEDGE_GIT_FILE_URLS"] for role in ("serve", "worker")]


class TestOnceItIsReady:
    def test_a_second_up_on_the_same_home_names_the_first(self, ready: Installation) -> None:
        second = ctl("up", env=ready.env)

        assert second.returncode == 1
        assert ready.url in second.stderr
        assert str(ready.process.pid) in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1
        assert ready.is_ready()

    def test_the_first_administrator_can_sign_in_with_the_password_it_printed(
        self, ready: Installation, home: Path
    ) -> None:
        password = (home / "first-password.txt").read_text().strip()

        answer = httpx2.post(
            f"{ready.url}/v1/local-auth/login", json={"email": "admin@codemie.ai", "password": password}, timeout=30
        )

        assert answer.status_code == 200, answer.text
        assert password in ready.said
        assert stat.S_IMODE((home / "first-password.txt").stat().st_mode) == 0o600

    def test_repositories_on_the_disk_are_open_with_the_embedded_database(self, ready: Installation) -> None:
        assert disk_repositories(ready) == ["true", "true"]

    def test_a_doctor_in_another_terminal_sees_what_it_was_started_with(self, ready: Installation, home: Path) -> None:
        told = ctl("doctor", "--only", "config", env={**environment(home), "CODEMIE_PORT": "1"})

        assert told.returncode == 2, told.stdout
        assert (
            "FAILED   config.placeholders      Examples instead of values: CODEMIE_KERNEL_METRICS_TOKEN" in told.stdout
        )
        assert "ok       config.readable" in told.stdout

    def test_so_does_the_support_bundle(self, ready: Installation, home: Path, tmp_path: Path) -> None:
        bundle = tmp_path / "b.tar.gz"
        ctl("support-bundle", "--no-issue", "--no-network", "--out", str(bundle), env=environment(home))

        with tarfile.open(bundle) as archive:
            name = next(each for each in archive.getnames() if each.endswith("config/settings.json"))
            file = archive.extractfile(name)
            assert file is not None
            rows = {row["key"]: row["value"] for row in json.load(file)}
        assert rows["kernel.port"] == int(ready.env["CODEMIE_PORT"])

    def test_no_secret_stands_in_a_command_line(self, ready: Installation) -> None:
        words = [word for process in psutil.Process(ready.process.pid).children() for word in process.cmdline()]

        assert not [word for word in words if "nats://" in word or "postgresql://" in word]


@pytest.fixture(scope="class")
def later(home: Path) -> Iterator[Installation]:
    """A later start on the same home."""
    running = Installation(environment(home, CODEMIE_IDENTITY_DEV_IDENTITIES="true"))
    running.until("Ready after")
    yield running
    if running.process.poll() is None:
        running.stop()


class TestALaterStart:
    def test_it_names_address_and_password_file(self, later: Installation, home: Path) -> None:
        later.until("Ctrl-C stops everything")

        assert "Development identities are on" in later.said
        assert "identity.development" in (home / "logs" / "api.log").read_text()

        assert [line for line in later.lines if "Ready after" in line and later.url in line]
        assert later.is_ready()
        assert (home / "first-password.txt").read_text().strip() not in later.said
        assert str(home / "first-password.txt") in later.said
        assert {"serve", "worker", "nats"} == set(later.children())

    def test_whatever_is_killed_is_started_again_and_all_stops_without_a_trace(self, later: Installation) -> None:
        for role, name in (("worker", "Worker"), ("serve", "API"), ("nats", "NATS"), ("postgres", "PostgreSQL")):
            victim = later.postgres() if role == "postgres" else later.children()[role]

            victim.kill()

            later.until(f"{name} stopped unexpectedly")
            later.until(f"{name} runs again")
            eventually(later.is_ready, seconds=90, what=f"readiness after the end of {name}")
            replaced = later.postgres() if role == "postgres" else later.children()[role]
            assert replaced.pid != victim.pid

        processes = [*later.children().values(), later.postgres()]
        assert later.stop(signal.SIGINT) == 0
        assert [process for process in processes if alive(process)] == []


def test_a_killed_up_leaves_only_postgresql_and_the_next_ones_take_over(up: Up) -> None:
    running = up(CODEMIE_KNOWLEDGE_GIT_FILE_URLS="false")
    running.until("Ready after")
    assert disk_repositories(running) == ["false", "false"], "closed where they are told to be"
    children, database = running.children(), running.postgres()

    running.stop(signal.SIGKILL)

    eventually(lambda: not any(map(alive, children.values())), seconds=30, what="the end of all children")
    assert alive(database)
    following = up()
    following.until("Ready after")
    assert following.postgres().pid == database.pid

    # The port is free for the next one although the children of this one may still be there.
    following.stop(signal.SIGKILL)
    last = up(CODEMIE_PORT=following.env["CODEMIE_PORT"])
    last.until("Ready after")
    assert last.stop() == 0
    assert not alive(database)


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
