"""Whatever breaks in a command: no secret is shown on the terminal."""

import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from codemie.checks.check import check
from codemie.checks.report import Finding, Report, passed
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.cli.check_options import Asked
from codemie.cli.exits import one_line_errors
from codemie.operations.installation.bus import MessageBus
from codemie.operations.installation.subject import Installation
from codemie.settings import load_settings
from tests.cli.installation import COMMAND, environment

DATABASE, BUS, BROKER, STORED = (f"planted71-{place}" for place in ("database", "bus", "broker-secret", "stored"))
PLANTED = (DATABASE, BUS, BROKER, STORED)
VARIABLES = {
    "CODEMIE_DATABASE_URL": f"postgresql://codemie:{DATABASE}@127.0.0.1:1/codemie",
    "CODEMIE_NATS_URL": f"nats://codemie:{BUS}@127.0.0.1:1",
    "CODEMIE_PLUGINS_BROKER_SECRET": f"{BROKER}-of-more-than-thirty-two-letters",
}


@pytest.fixture(autouse=True)
def _logging_of_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    was_set_up, before = structlog.is_configured(), structlog.get_config()
    structlog.reset_defaults()
    # Whoever wrote to it first in this process left it bound to what was set up then.
    monkeypatch.setattr("codemie.checks.run.log", structlog.get_logger("codemie.checks.run"))
    yield
    structlog.reset_defaults()
    if was_set_up:
        structlog.configure(**before)


class _Closing(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(100)


@pytest.fixture
def closing() -> Iterator[str]:
    """The address of a server that closes every connection without a word."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Closing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def shown(text: str) -> list[str]:
    return [secret for secret in PLANTED if secret in text]


def test_where_the_api_closes_every_connection_no_secret_is_shown(tmp_path: Path, closing: str) -> None:
    options = ["--url", closing, "--only", "idp.provider_loaded", "--skip", "db.*", "--skip", "nats.reachable"]
    told = subprocess.run(
        [*COMMAND, "doctor", *options, "--skip", "api.ready"],
        env=environment(tmp_path, **VARIABLES), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert shown(told.stdout + told.stderr) == []
    assert "Traceback" not in told.stderr


@check("a.broken", title="t", symptom="s", remedy=("r",))
async def broken(installation: Installation, bus: MessageBus) -> Finding:
    """It breaks while it holds what it decrypted."""
    values = {"api_key": STORED, "where": (installation, bus)}
    if values:
        raise ValueError(f"cannot reach {installation.database_url} with password={STORED}\nparameters: {values}")
    return passed("never")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_check_that_breaks_shows_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, as_json: bool
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CODEMIE_HOME", str(tmp_path))
    settings = load_settings()[0]
    urls = VARIABLES["CODEMIE_DATABASE_URL"], VARIABLES["CODEMIE_NATS_URL"]
    installation = Installation(settings, *urls, broker_secret=BROKER)
    sources = Sources().offer(Installation, installation).offer(MessageBus, MessageBus(urls[1]))

    async def examine(options: Options) -> Report:
        return await run("doctor", [broken], sources, options)

    verdict = Asked(as_json=as_json).run(examine, "Looking")

    printed = capsys.readouterr()
    assert verdict == 4
    assert "check=a.broken" in printed.err
    assert "ValueError: cannot reach" in printed.err
    assert shown(printed.out + printed.err) == []
    if as_json:
        assert json.loads(printed.out)["checks"][0]["broken"] is True


def test_a_command_that_breaks_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CODEMIE_DATABASE_URL", VARIABLES["CODEMIE_DATABASE_URL"])
    monkeypatch.chdir(tmp_path)

    def breaks() -> None:
        held = {"password": DATABASE}
        raise LookupError(f"nobody at {os.environ['CODEMIE_DATABASE_URL']}, {held}")

    with pytest.raises(SystemExit) as ended, one_line_errors():
        breaks()

    printed = capsys.readouterr()
    assert ended.value.code == 4
    assert "LookupError: nobody at" in printed.err
    assert shown(printed.err) == []


def test_what_describes_an_installation_does_not_show_its_secrets() -> None:
    settings = load_settings()[0]
    held = Installation(settings, *list(VARIABLES.values())[:2], broker_secret=BROKER), MessageBus(f"nats://a:{BUS}@b")

    assert shown(repr(held)) == []


def test_a_library_that_logs_an_error_shows_no_secret(tmp_path: Path) -> None:
    program = (
        "import logging\n"
        "from codemie.cli.exits import one_line_errors\n"
        "with one_line_errors():\n"
        "    try:\n"
        f"        password = '{STORED}'\n"
        f"        raise RuntimeError('lost nats://codemie:{BUS}@127.0.0.1:1')\n"
        "    except RuntimeError:\n"
        "        logging.getLogger('library').exception('it broke')\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], env=environment(tmp_path, **VARIABLES),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert "error: it broke RuntimeError: lost " in told.stderr
    assert shown(told.stderr) == []


def test_who_reads_only_the_beginning_gets_no_trace(tmp_path: Path) -> None:
    """As `doctor | head` does: who reads has gone before the first check is told."""
    process = subprocess.Popen(
        [*COMMAND, "doctor"], env=environment(tmp_path, **VARIABLES), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    errors = process.stderr.read().decode()

    assert (process.wait(60), "Traceback" in errors) == (141, False)
