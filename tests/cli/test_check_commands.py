"""What commands of checks refuse, and with which exit code: a program tells a failure from a mistake by it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from codemie.cli.commands import app
from codemie.operations.catalogue import MADE_AT_RUN_TIME, find
from tests.fakes.kubernetes.server import serving
from tests.operations.kubernetes.looking import kubeconfig
from tests.operations.kubernetes.world import healthy

REPORT = {
    "schema": "codemiectl.report/1", "command": "doctor", "version": "0.1.0", "started": "2026-11-30T10:00:00Z",
    "duration_ms": 1, "target": {}, "summary": {},
    "checks": [{
        "id": "db.schema", "status": "unknown", "title": "t", "detail": "The check itself broke: ValueError",
        "evidence": [], "remedy": [], "duration_ms": 1, "broken": True,
    }],
}  # fmt: skip


class _Answering(BaseHTTPRequestHandler):
    body, kind = b"", ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("CODEMIE_TOKEN", "of-an-administrator")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEMIE_HOME", str(tmp_path))


def ctl(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_a_platform_that_answers_with_a_page_is_no_platform(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Answering, "body", b"<html>Sign in</html>")
    monkeypatch.setattr(_Answering, "kind", "text/html; charset=utf-8")

    told = ctl("doctor", "--remote", elsewhere)

    assert (told.exit_code, "answers with something else than checks" in told.output) == (3, True), told.output


def test_a_check_that_broke_there_ends_with_4_here(elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Answering, "body", json.dumps(REPORT).encode())
    monkeypatch.setattr(_Answering, "kind", "application/json")

    assert ctl("doctor", "--remote", elsewhere).exit_code == 4


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("doctor", "--resolver", "127.0.0.1"), "--resolver"),
        (("doctor", "--target", "lb.example.org"), "--target"),
        (("doctor", "--ca", "ca.pem"), "--ca"),
        (("doctor", "-n", "codemie"), "--namespace"),
        (("doctor", "--since", "2h"), "--since"),
        (("doctor", "--cluster", "--url", "http://127.0.0.1:9"), "--url"),
        (("doctor", "--cluster", "--since", "yesterday"), "--since"),
        (("doctor", "--pod", "api-1", "--json"), "--json"),
        (("doctor", "--domain", "localhost", "--integrations"), "--integrations"),
        (("doctor", "--remote", "http://127.0.0.1:9", "--parallel", "4"), "--parallel"),
        (("doctor", "--remote", "http://127.0.0.1:9", "--no-network"), "--network"),
        (("doctor", "--tfvars", "a.tfvars"), "--tfvars"),
        (("doctor", "--from", "10.0.0.0/8"), "--from"),
    ],
)
def test_an_option_that_would_not_be_heard_is_wrong_usage(words: tuple[str, ...], option: str) -> None:
    told = ctl(*words)

    assert (told.exit_code, option in told.output) == (3, True), told.output


@pytest.mark.parametrize(
    "words", [("-n", "codemie"), ("--kubeconfig", "file"), ("--terraform-log", "run.log"), ("--since", "long ago")]
)
def test_a_bundle_refuses_what_it_would_not_hear(words: tuple[str, ...]) -> None:
    told = ctl("support-bundle", "--no-issue", "--dry-run", *words)

    assert (told.exit_code, words[0].lstrip("-")[:5] in told.output) == (2, True), told.output


@pytest.mark.parametrize(
    "words",
    [("explain", "nonsense"), ("explain", "chat.answers"), ("doctor", "--cluster", "--kubeconfig", "/dev/null")],
)
def test_what_there_is_not_ends_with_3(words: tuple[str, ...]) -> None:
    assert ctl(*words).exit_code == 3


async def test_a_pod_that_there_is_not_ends_with_3(tmp_path: Path) -> None:
    import asyncio

    async with serving(healthy()) as server:
        file = kubeconfig(tmp_path, server, "", "reader")
        words = ("doctor", "--cluster", "--kubeconfig", str(file), "--pod", "no-such-pod")
        told = await asyncio.to_thread(ctl, *words)

    assert (told.exit_code, "There is no pod no-such-pod" in told.output) == (3, True), told.output


@pytest.mark.parametrize(
    "name", ["tf.log.state.lock", "tf.log.unknown", "endpoint.openai.key", "chat.gpt-5.1-mini.answers"]
)
def test_ids_that_reports_name_are_explained(name: str) -> None:
    told = ctl("explain", name)

    assert (told.exit_code, "What to do:\n  → " in told.output) == (0, True), told.output


def test_whatever_is_made_at_run_time_can_be_looked_up_and_says_what_to_do() -> None:
    assert [each.id for each in MADE_AT_RUN_TIME if not (each.remedy and each.cause)] == []
    assert [each.id for each in MADE_AT_RUN_TIME if find(each.id).id != each.id] == []
