"""What keeps `codemiectl` from its work is told in one line that names cause and remedy."""

import json
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from codemie.cli.exits import Exit, Refused
from codemie.cli.home import Home
from codemie.cli.parts import telling_line
from tests.cli.installation import ctl, environment
from tests.support import free_port


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
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("file", "a file"),
        ("file/below", "a part of the path is a file"),
        ("/proc/home", "its file system takes no folders"),
    ],
)
def test_a_home_that_cannot_be_written_says_why(tmp_path: Path, place: str, cause: str) -> None:
    (tmp_path / "file").write_text("")

    refused = ctl("up", env=environment(tmp_path / place))

    assert refused.returncode == Exit.REFUSED
    line = one_line(refused.stderr)
    assert "cannot be written" in line
    assert cause in line
    assert "Set CODEMIE_HOME to a folder you can write" in line


def test_a_full_disk_is_refused_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=12 * 2**20))

    with pytest.raises(Refused, match="has 12 MB left, 500 MB are needed"):
        Home(tmp_path / "home").prepare()
    assert not (tmp_path / "home").exists()


def test_broken_yaml_names_file_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel:\n  port: 8080\n  host: [unclosed\n")

    refused = ctl("up", env=environment(tmp_path))

    assert refused.returncode == Exit.CONFIGURATION
    assert f"{tmp_path / 'codemie.yaml'}:4:1" in one_line(refused.stderr)


def test_an_unknown_setting_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel:\n  prot: 8080\n")

    refused = ctl("config", "show", env=environment(tmp_path))

    assert refused.returncode == Exit.CONFIGURATION
    line = one_line(refused.stderr)
    assert "Unknown setting 'kernel.prot'" in line
    assert line.endswith("Did you mean 'kernel.port'?")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"CODEMIE_PORT": "s3cret"}, "kernel.port (env CODEMIE_PORT) must be a whole number. Correct it, or unset it"),
        ({"CODEMIE_PORT": "70000"}, "kernel.port (env CODEMIE_PORT) must be at most 65535"),
        ({"CODEMIE_LOG_LEVEL": "s3cret"}, "(env CODEMIE_LOG_LEVEL) must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ({"CODEMIE_ADMIN_EMAIL": "s3cret"}, "identity.admin_email (env CODEMIE_ADMIN_EMAIL) must be an e-mail address"),
        ({"CODEMIE_IDENTITY_REGISTRATION": "s3cret"}, "must be true or false"),
        ({"CODEMIE_IDENTITY_MODE": "oidc"}, "identity.oidc_issuer (CODEMIE_IDENTITY_OIDC_ISSUER) must be set when"),
        (
            {"CODEMIE_DATABASE_URL": "postgresql://u:s3cret@h:x/d"},
            "must be an address like postgresql://user:password@",
        ),
        ({"CODEMIE_KNOWLEDGE_EGRESS_ALLOW": "10.0.0.0/99"}, "'10.0.0.0/99' is neither"),
        ({"CODEMIE_MCP_ALLOWED_COMMANDS": "bash"}, "must not allow 'bash': it would start a shell"),
    ],
)
def test_a_bad_value_is_told_in_plain_words_and_never_shown_where_it_may_be_secret(
    tmp_path: Path, variables: dict[str, str], said: str
) -> None:
    refused = ctl("config", "show", env=environment(tmp_path, **variables))

    assert refused.returncode == Exit.CONFIGURATION
    line = one_line(refused.stderr)
    assert line.startswith("codemiectl: A setting cannot be used. ")
    assert said in line
    assert "s3cret" not in line
    assert "Value error" not in line


def test_several_bad_values_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel:\n  host: 5\n  port: many\n")

    env = {name: value for name, value in environment(tmp_path).items() if name != "CODEMIE_PORT"}

    line = one_line(ctl("config", "show", env=env).stderr)

    assert f"kernel.host (file {tmp_path / 'codemie.yaml'}:2) must be text" in line
    assert f"kernel.port (file {tmp_path / 'codemie.yaml'}:3) must be a whole number" in line


@pytest.mark.parametrize(("command", "missing"), [("serve", "NATS"), ("worker", "NATS"), ("migrate", "DATABASE")])
def test_a_role_without_its_server_says_what_is_missing_and_where_it_looked(
    tmp_path: Path, command: str, missing: str
) -> None:
    database = {"CODEMIE_DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:1/d"} if missing == "NATS" else {}

    refused = ctl(command, env=environment(tmp_path, **database))

    assert refused.returncode == Exit.CONFIGURATION
    line = one_line(refused.stderr)
    assert f"CODEMIE_{missing}_URL is set neither in the environment nor in the settings file {tmp_path}" in line
    assert "'codemiectl up'" in line


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path, command: str) -> None:
    port = free_port()
    urls = {
        "CODEMIE_DATABASE_URL": f"postgresql://u:s3cret@127.0.0.1:{port}/d",
        "CODEMIE_NATS_URL": "nats://127.0.0.1:1",
    }

    refused = ctl(command, env=environment(tmp_path, **urls))

    assert refused.returncode == Exit.FAILED
    line = one_line(refused.stderr)
    assert f"PostgreSQL does not answer. It was looked for at 127.0.0.1:{port}" in line
    assert "CODEMIE_DATABASE_URL" in line
    assert "s3cret" not in line


def test_an_api_whose_port_is_taken_says_whose_it_is(tmp_path: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = str(squatter.getsockname()[1])

        refused = ctl("serve", env=environment(tmp_path, CODEMIE_PORT=port))

    assert refused.returncode == Exit.REFUSED
    assert f"Port {port} is in use" in one_line(refused.stderr)
    assert str(os.getpid()) in refused.stderr


@pytest.mark.parametrize(
    ("command", "code"), [(("upgrade", "run"), 3), (("restore", "any.backup", "--allow-write"), 1)]
)
def test_what_changes_a_home_that_is_in_use_says_how_to_stop_who_uses_it(
    tmp_path: Path, command: list[str], code: int
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")

    with Home(tmp_path).locked():
        (tmp_path / "up.json").write_text(json.dumps({"pid": 4711, "url": "http://localhost:8391", "parts": {}}))
        refused = ctl(*command, env=environment(tmp_path))

    assert refused.returncode == code
    assert "http://localhost:8391 (process 4711). Stop it first with 'kill 4711'" in refused.stderr
    assert "CODEMIE_PORT" not in refused.stderr


def test_the_home_is_its_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    home.prepare()
    home.keep_first_password("secret")

    for path, mode in ((home.folder, 0o700), (home.logs, 0o700), (home.first_password, 0o600)):
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_program_that_ended_is_quoted_without_the_name_of_the_command(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    log.write_text('{"event": "worker_ready", "level": "info"}\ncodemiectl: models.yaml:7:1: not valid YAML.\n')

    assert telling_line(log) == "models.yaml:7:1: not valid YAML."
