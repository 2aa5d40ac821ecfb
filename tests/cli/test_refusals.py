"""What keeps `codemiectl` from its work is told in one line that names cause and remedy."""

import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from codemie.cli.exits import Exit, Refused
from codemie.cli.home import Home
from tests.cli.installation import ctl, environment


def one_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


def test_a_taken_port_names_its_owner_and_another_port(tmp_path: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]

        refused = ctl("up", env=environment(tmp_path / "home", CODEMIE_PORT=str(port)))

    assert refused.returncode == Exit.REFUSED
    line = one_line(refused.stderr)
    assert f"Port {port} is in use" in line
    assert str(os.getpid()) in line
    assert f"CODEMIE_PORT={port + 1}" in line


@pytest.mark.parametrize(
    ("place", "cause"), [("file", "a file"), ("file/below", "a part of the path is a file"), ("/proc/home", "")]
)
def test_a_home_that_cannot_be_written_says_why(tmp_path: Path, place: str, cause: str) -> None:
    (tmp_path / "file").write_text("")

    refused = ctl("up", env=environment(tmp_path / place))

    assert refused.returncode == Exit.REFUSED
    line = one_line(refused.stderr)
    assert cause in line
    assert "Set CODEMIE_HOME" in line


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=12 * 2**20))

    with pytest.raises(Refused, match="has 12 MB left, 500 MB are needed"):
        Home(tmp_path / "home").prepare()


def test_broken_yaml_names_file_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel:\n  port: 8080\n  host: [unclosed\n")

    refused = ctl("up", env=environment(tmp_path))

    assert refused.returncode == Exit.CONFIGURATION
    assert f"{tmp_path / 'codemie.yaml'}:4:1" in one_line(refused.stderr)


def test_an_unknown_setting_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel:\n  prot: 8080\n")

    refused = ctl("config", "show", env=environment(tmp_path))

    assert refused.returncode == Exit.CONFIGURATION
    assert "Unknown setting 'kernel.prot'" in one_line(refused.stderr)
    assert "Did you mean 'kernel.port'?" in refused.stderr


def test_a_bad_value_names_its_variable_and_never_the_value(tmp_path: Path) -> None:
    refused = ctl("serve", env=environment(tmp_path, CODEMIE_PORT="s3cret"))

    assert refused.returncode == Exit.CONFIGURATION
    assert "CODEMIE_PORT" in one_line(refused.stderr)
    assert "s3cret" not in refused.stderr


@pytest.mark.parametrize("command", ["migrate", "serve", "worker"])
def test_a_role_without_its_database_says_which_variable_to_set(tmp_path: Path, command: str) -> None:
    refused = ctl(command, env=environment(tmp_path))

    assert refused.returncode in {Exit.CONFIGURATION, Exit.FAILED}
    assert "CODEMIE_DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_home_is_its_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    home.prepare()
    home.keep_first_password("secret")

    for path, mode in ((home.folder, 0o700), (home.logs, 0o700), (home.first_password, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
