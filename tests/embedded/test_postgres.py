"""The embedded PostgreSQL: its folder, its rights, its odd places."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from codemie.embedded.postgres import EmbeddedPostgres
from codemie.kernel.errors import ConfigurationError

pytestmark = pytest.mark.process


@pytest.fixture
def folder() -> Iterator[Path]:
    """Closed to everybody else, as `mktemp -d` makes it and as a home folder is."""
    place = Path(tempfile.mkdtemp(prefix="cm-pg-"))
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Makes servers that are stopped after the test."""
    made: list[EmbeddedPostgres] = []

    def make(folder: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder))
        return made[-1]

    yield make
    for one in made:
        one.stop()


Make = Callable[[Path], EmbeddedPostgres]


def test_the_platforms_role_owns_its_database_and_is_no_superuser(folder: Path, server: Make) -> None:
    url = server(folder / "postgres").start()

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, (SELECT extversion FROM pg_extension WHERE extname = 'vector')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()

    assert row is not None
    assert row[:2] == ("codemie", False)
    assert row[2]
    assert stat.S_IMODE(folder.stat().st_mode) & 0o007 == 0


def test_it_listens_on_no_network_address(folder: Path, server: Make) -> None:
    url = server(folder / "postgres").start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_running_server_is_adopted(folder: Path, server: Make) -> None:
    first = server(folder / "postgres")
    first.start()

    second = server(folder / "postgres")

    assert second.start() == first.url
    assert second.pid == first.pid


def test_a_creation_that_was_killed_is_done_again(folder: Path, server: Make) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "PG_VERSION").write_text("18\n")

    url = server(folder / "postgres").start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not (folder / "postgres.new").exists()


def test_a_pid_file_from_before_a_reboot_does_not_confuse_it(folder: Path, server: Make) -> None:
    one = server(folder / "postgres")
    one.start()
    one.stop()
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n0\n5432\n{folder}\n\n 1 1\nready\n")

    one.start()

    assert one.pid not in {None, os.getpid()}


def test_a_path_too_long_for_a_socket_still_works(folder: Path, server: Make) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)

    url = server(deep / "postgres").start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_path_with_spaces_and_quotes_works(folder: Path, server: Make) -> None:
    odd = folder / "it's a $HOME % dir"
    odd.mkdir()

    url = server(odd / "postgres").start()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_damaged_data_is_refused_with_the_servers_own_words(folder: Path, server: Make) -> None:
    one = server(folder / "postgres")
    one.start()
    one.stop()
    (folder / "postgres" / "global" / "pg_control").unlink()

    with pytest.raises(ConfigurationError, match="pg_control") as refused:
        one.start()

    assert refused.value.help


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives other accounts passage")
def test_as_root_only_the_servers_account_gains_passage(folder: Path, server: Make) -> None:
    server(folder / "postgres").start()

    enters = subprocess.run(["ls", str(folder / "postgres")], user="nobody", capture_output=True, check=False)

    assert enters.returncode != 0
