"""The surface of `codemiectl`: help, version, settings."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from codemie import __version__
from tests.cli.installation import COMMAND, ctl, environment

# Each of these costs a tenth of a second or more; none has a place in the way of a help text.
HEAVY = {"sqlalchemy", "fastapi", "pydantic", "pydantic_ai", "dbos", "uvicorn", "yaml", "rich", "psutil", "numpy"}


def test_asking_for_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom codemie.cli.commands import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "print(*sorted(name.partition('.')[0] for name in sys.modules))"
    )

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert HEAVY.isdisjoint(printed.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["up", "serve", "worker", "migrate", "version", "config", "config show"])
def test_every_command_explains_itself(tmp_path: Path, command: str) -> None:
    answer = ctl(*command.split(), "--help", env=environment(tmp_path))

    assert answer.returncode == 0
    assert f"{command} [OPTIONS]" in answer.stdout
    assert len(answer.stdout.splitlines()) > 5


def test_whoever_stops_reading_is_told_nothing(tmp_path: Path) -> None:
    line = f"{shlex.join(COMMAND)} config show | true; echo ${{PIPESTATUS[0]}}"

    shell = subprocess.run(
        ["bash", "-c", line], env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=True
    )

    assert (shell.stdout.strip(), shell.stderr) == ("141", "")


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert ctl("version", env=environment(tmp_path)).stdout.strip() == __version__


def test_settings_are_shown_with_their_source_and_secrets_masked(tmp_path: Path) -> None:
    (tmp_path / "codemie.yaml").write_text("kernel:\n  log_level: DEBUG\n")
    env = environment(tmp_path, CODEMIE_DATABASE_URL="postgresql://u:planted-secret@h/d", CODEMIE_PORT="8123")

    table = ctl("config", "show", env=env)
    listed = ctl("config", "show", "--format", "json", env=env)

    rows = {row["key"]: row for row in json.loads(listed.stdout)}
    assert rows["kernel.port"] == {
        "key": "kernel.port", "value": 8123, "source": "env CODEMIE_PORT", "env": "CODEMIE_PORT", "secret": False
    }  # fmt: skip
    assert rows["kernel.log_level"]["source"] == f"file {tmp_path / 'codemie.yaml'}:2"
    assert rows["kernel.host"]["source"] == "default"
    assert rows["kernel.database_url"]["value"] == "********"
    assert "planted-secret" not in table.stdout + listed.stdout + table.stderr + listed.stderr
    assert "kernel.database_url" in table.stdout


def test_values_are_shown_as_the_settings_file_would_have_them(tmp_path: Path) -> None:
    env = environment(tmp_path, CODEMIE_IDENTITY_TRUSTED_PROXIES="10.0.0.1, 10.1.0.0/16")

    lines = ctl("config", "show", env=env).stdout.splitlines()

    shown = {line.split()[0]: line for line in lines if line}
    assert " [10.0.0.1/32, 10.1.0.0/16] " in shown["identity.trusted_proxies"]
    assert " [] " in shown["mcp.allowed_commands"]
    assert " false " in shown["identity.registration"]
    assert " null " in shown["kernel.web_dir"]
    assert f" {tmp_path} " in shown["kernel.home"]


def test_an_option_wins_over_the_environment(tmp_path: Path) -> None:
    env = environment(tmp_path / "one")

    table = ctl("config", "show", "--home", str(tmp_path / "two"), env=env)

    assert str(tmp_path / "two") in table.stdout
    assert str(tmp_path / "one") not in table.stdout


def test_a_misspelt_variable_is_pointed_out(tmp_path: Path) -> None:
    answer = ctl("config", "show", env=environment(tmp_path, CODEMIE_PROT="1"))

    assert "The variable CODEMIE_PROT sets nothing. Did you mean CODEMIE_PORT?" in answer.stdout
