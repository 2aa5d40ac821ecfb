"""`codemiectl nats test` as it is typed: its lines, its document, its exit codes."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.installation import COMMAND, ctl, environment
from tests.plugins.diagnosis.servers import KEY, nats_server, platform, users
from tests.support import free_port

IDS = [
    "nats.key", "nats.dns", "nats.tcp", "nats.proxy", "nats.scheme", "nats.tls.handshake", "nats.tls.sni",
    "nats.tls.protocol", "nats.tls.chain", "nats.tls.name", "nats.tls.expiry", "nats.websocket", "nats.info",
    "nats.auth", "nats.roundtrip", "nats.permissions", "nats.isolation", "nats.platform", "nats.wrong_key",
    "nats.anonymous", "nats.idle",
]  # fmt: skip


async def test_the_lines_say_which_step_failed_and_what_to_do(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as port:
        answer = ctl("nats", "test", "--uri", f"nats://127.0.0.1:{port}", env=environment(tmp_path, PLUGIN_KEY=KEY))

    assert answer.returncode == 2
    assert "  FAILED   nats.platform" in answer.stdout
    assert "→ See whether the platform runs" in answer.stdout
    assert answer.stdout.rstrip().endswith("1 FAILED, 10 skipped.")
    assert KEY not in answer.stdout + answer.stderr


async def test_the_document_has_stable_ids_and_no_key(tmp_path: Path) -> None:
    uri = f"tls://127.0.0.1:{free_port()}"
    answer = ctl("nats", "test", "--uri", uri, "--key", KEY, "--json", env=environment(tmp_path))

    document = json.loads(answer.stdout)

    assert answer.returncode == 2
    assert [check["id"] for check in document["checks"]] == IDS
    assert (document["schema"], document["command"], document["target"]) == (
        "codemiectl.report/1",
        "nats test",
        {"uri": uri},
    )
    assert document["summary"] == {"pass": 1, "warn": 0, "fail": 1, "unknown": 0, "skip": 19}
    assert document["checks"][3]["detail"] == "blocked by nats.tcp"
    assert KEY not in answer.stdout


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--key", KEY], "--uri is missing"),
        (["--uri", "nats://127.0.0.1:1"], "--key is missing"),
        (["--uri", "http://127.0.0.1:1", "--key", KEY], "no address of a plugin engine"),
        (["--uri", "nats://127.0.0.1:99999", "--key", KEY], "cannot be read"),
        (["--uri", f"nats://{KEY}@127.0.0.1:1", "--key", KEY], "holds a user or a key"),
        (["--uri", "nats://127.0.0.1:1", "--key", KEY, "--ca", "/no/such.pem"], "holds no certificates"),
        (["--uri", "nats://127.0.0.1:1", "--key", KEY, "--cert", "/no/such.pem"], "as certificate of a client"),
        (["--uri", "nats://127.0.0.1:1", "--key", KEY, "--proxy", "socks5://x:1"], "no address of an HTTP proxy"),
        (["--no-such-option"], "--no-such-option"),
    ],
)
def test_a_test_that_cannot_be_run_ends_with_3(tmp_path: Path, typed: list[str], said: str) -> None:
    answer = ctl("nats", "test", *typed, env=environment(tmp_path))

    assert answer.returncode == 3
    assert said in answer.stderr
    assert KEY not in answer.stdout + answer.stderr


async def test_a_warning_ends_with_1_where_that_is_wanted(tmp_path: Path) -> None:
    async with nats_server(tmp_path, f"{users()}\nmax_payload: 4096") as port, platform(port):
        typed = ["nats", "test", "--uri", f"nats://127.0.0.1:{port}"]
        env = environment(tmp_path, PLUGIN_KEY=KEY)
        without = await asyncio.to_thread(ctl, *typed, env=env)
        wanted = await asyncio.to_thread(ctl, *typed, "--fail-on", "warn", env=env)

    assert (without.returncode, wanted.returncode) == (0, 1)
    assert "  warning  nats.info" in wanted.stdout


async def test_the_key_may_come_by_standard_input(tmp_path: Path) -> None:
    command = [*COMMAND, "nats", "test", "--uri", f"tls://127.0.0.1:{free_port()}", "--key", "-"]

    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment(tmp_path)
    )
    printed, _ = await process.communicate(f"{KEY}\n".encode())

    assert f"{len(KEY)} letters" in printed.decode()


def test_a_part_of_the_way_is_gone_and_written_for_a_ci_server(tmp_path: Path) -> None:
    file, uri = tmp_path / "report.xml", f"tls://127.0.0.1:{free_port()}"
    options = ["--only", "nats.tcp", "--only", "nats.info", "--skip", "nats.scheme", "--junit", str(file), "--json"]

    answer = ctl("nats", "test", "--uri", uri, "--key", KEY, *options, env=environment(tmp_path))

    told = {check["id"]: check["detail"] for check in json.loads(answer.stdout)["checks"]}
    assert answer.returncode == 2
    assert {"nats.dns", "nats.tcp", "nats.info"} <= told.keys()
    assert told.keys().isdisjoint({"nats.scheme", "nats.auth"})
    assert told["nats.info"].startswith("blocked by nats.")
    assert "nats.tcp" in file.read_text()


def test_a_step_that_there_is_not_is_refused(tmp_path: Path) -> None:
    options = ["--uri", "nats://127.0.0.1:1", "--key", KEY, "--only", "nats.nonsense"]

    answer = ctl("nats", "test", *options, env=environment(tmp_path))

    assert (answer.returncode, "nats.nonsense" in answer.stderr) == (3, True)
