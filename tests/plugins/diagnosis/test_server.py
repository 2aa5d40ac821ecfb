"""The walk's last steps, on real servers and on scripted ones: one test turns each check red."""

import asyncio
from pathlib import Path

import nats
import pytest

from codemie.checks.report import Status
from tests.plugins.diagnosis.certificates import Issued, issued
from tests.plugins.diagnosis.servers import (
    KEY,
    OWN_RIGHTS,
    answers_http,
    listening,
    nats_server,
    platform,
    speaks_nats,
    users,
)
from tests.plugins.diagnosis.walking import finding, ids, only_failure, walked
from tests.support import free_port


def admits(line: str) -> str:
    """A server that lets everybody in and does nothing."""
    return "PONG" if line == "PING" else ""


async def test_everything_passes_where_the_platform_answers(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as port, platform(port) as heard:
        report = await walked(f"nats://127.0.0.1:{port}", idle=0.3)

    assert ids(report, Status.FAIL) == ids(report, Status.WARN) == []
    assert finding(report, "platform").detail.endswith("6 tools connected")
    assert finding(report, "idle").status is Status.PASS
    assert heard[:2] == ["disconnected", "[]"], "whoever asks this connection for tools is told at once: none"
    assert KEY not in str(report.as_document())


@pytest.mark.parametrize("secured", [False, True])
async def test_everything_passes_over_websocket(
    tmp_path: Path, root: Issued, ca: Path, names: None, *, secured: bool
) -> None:
    file = issued("engine", root, names=("engine.test",)).written(tmp_path)
    tls = f'tls {{ cert_file: "{file}", key_file: "{file}" }}' if secured else "no_tls: true"
    websocket = free_port()
    configuration = f'{users()}\nwebsocket {{ listen: "127.0.0.1:{websocket}", {tls} }}'
    async with nats_server(tmp_path, configuration) as port, platform(port):
        report = await walked(f"{'wss' if secured else 'ws'}://engine.test:{websocket}/any/path", ca=ca)

    assert ids(report, Status.FAIL) == [], [check.finding for check in report.checks]
    assert finding(report, "websocket").status is Status.PASS
    assert finding(report, "isolation").status is Status.PASS


@pytest.mark.parametrize(
    ("head", "remedy"),
    [
        ("HTTP/1.1 404 Not Found", "path is wrong"),
        ("HTTP/1.1 302 Found", "sign-in in front"),
        ("HTTP/1.1 502 Bad Gateway", "log of the platform"),
        ("HTTP/1.1 429 Too Many Requests", "wait a minute"),
        ("HTTP/1.1 101 Switching Protocols", "Something in between"),
        ("HTTP/1.1 200 OK", "Upgrade and Connection"),
    ],
)
async def test_a_path_that_is_no_websocket_is_the_one_failure(head: str, remedy: str) -> None:
    async with listening(answers_http(head)) as port:
        failed, found = only_failure(await walked(f"ws://127.0.0.1:{port}/v1/plugin-engine/ws"))

    assert failed == "websocket"
    assert head in found.detail
    assert remedy in found.remedy[0]


async def test_at_another_path_than_ours_a_refusal_may_be_the_paths_fault() -> None:
    async with listening(answers_http("HTTP/1.1 403 Forbidden")) as port:
        _, found = only_failure(await walked(f"ws://127.0.0.1:{port}/nonsense"))

    assert found.remedy[0].startswith("Compare the path: the platform's is /v1/plugin-engine/ws")
    assert "sign-in in front" in found.remedy[1]


async def test_a_server_that_names_no_limit_is_the_one_failure() -> None:
    async with listening(speaks_nats(admits, info={"max_payload": None})) as port:
        failed, _ = only_failure(await walked(f"nats://127.0.0.1:{port}"))

    assert failed == "info"


async def test_a_small_limit_of_messages_is_a_warning(tmp_path: Path) -> None:
    async with nats_server(tmp_path, f"{users()}\nmax_payload: 4096") as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    assert ids(report, Status.WARN) == ["info"]
    assert "4096 bytes at most" in finding(report, "info").detail


async def test_a_server_that_asks_nobody_for_a_key_is_found_open_in_every_way(tmp_path: Path) -> None:
    async with nats_server(tmp_path, "max_payload: 8MB") as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    assert ids(report, Status.WARN) == ["info"]
    assert ids(report, Status.FAIL) == ["isolation", "platform", "wrong_key", "anonymous"]


async def test_a_key_that_is_refused_is_the_one_failure(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as port:
        report = await walked(f"nats://127.0.0.1:{port}", key="another-key-another-key-another-key")

    failed, found = only_failure(report)
    assert (failed, found.detail) == ("auth", "The server refuses the key")
    assert finding(report, "wrong_key").status is Status.PASS


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        ("-ERR 'Authentication Timeout'", "whether the platform runs"),
        ("-ERR 'maximum connections exceeded'", "max_connections"),
        ("-ERR 'Secure Connection - TLS Required'", "wants TLS"),
        ("-ERR 'Something New'", "log of the NATS server"),
        ("close", "log of the NATS server"),
    ],
)
async def test_each_reason_for_a_refused_sign_in_has_its_remedy(answer: str, remedy: str) -> None:
    async with listening(speaks_nats(lambda line: answer if line.startswith("CONNECT") else "")) as port:
        failed, found = only_failure(await walked(f"nats://127.0.0.1:{port}"))

    assert failed == "auth"
    assert remedy in found.remedy[0]


async def test_a_server_that_falls_silent_costs_a_bounded_time() -> None:
    async with listening(speaks_nats(lambda _: "")) as port:
        report = await walked(f"nats://127.0.0.1:{port}", timeout=0.3)

    assert finding(report, "auth").detail == "No answer within 0.3 s"
    assert finding(report, "idle").detail == "blocked by nats.auth"


async def test_what_is_not_nats_after_the_greeting_is_told() -> None:
    async with listening(speaks_nats(lambda _: "\x1b[31mHELLO there")) as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    detail = finding(report, "auth").detail
    assert "not NATS" in detail
    assert "\x1b" not in detail, "a terminal must not obey a server"


async def test_a_slow_echo_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codemie.plugins.diagnosis.life._SLOW_MS", 0.0)
    async with nats_server(tmp_path) as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    assert ids(report, Status.WARN) == ["roundtrip"]


async def test_rights_that_lack_a_subject_of_agents_are_told(tmp_path: Path) -> None:
    poor = OWN_RIGHTS.replace(f'"{KEY}.live.reply", ', "")
    async with nats_server(tmp_path, users(poor)) as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    failed, found = only_failure(report)
    assert failed == "permissions"
    assert found.detail == "The key may not subscribe to <key>.live.reply"
    assert finding(report, "platform").detail == "blocked by nats.permissions"


@pytest.mark.parametrize(("right", "told"), [(f'"{KEY}.list"', "read >"), (f'"{KEY}.live", ', "write to OTHER.live")])
async def test_rights_over_the_subjects_of_others_are_told(tmp_path: Path, right: str, told: str) -> None:
    rich = OWN_RIGHTS.replace(right, '">", ' if right.endswith(", ") else '">"', 1)
    async with nats_server(tmp_path, users(rich)) as port, platform(port):
        report = await walked(f"nats://127.0.0.1:{port}")

    failed, found = only_failure(report)
    assert failed == "isolation"
    assert told in found.detail


async def test_a_server_without_a_platform_is_told(tmp_path: Path) -> None:
    async with nats_server(tmp_path) as port:
        alone, _ = only_failure(await walked(f"nats://127.0.0.1:{port}"))
        client = await nats.connect(f"nats://platform:platform@127.0.0.1:{port}")
        await client.subscribe("*.live")
        await client.flush()
        silent, found = only_failure(await walked(f"nats://127.0.0.1:{port}"))
        await client.close()

    assert alone == silent == "platform"
    assert "whether the platform runs" in found.remedy[0]


async def test_a_server_that_admits_any_key_is_told() -> None:
    async with listening(speaks_nats(admits)) as port:
        report = await walked(f"nats://127.0.0.1:{port}")

    assert {"wrong_key", "anonymous"} <= set(ids(report, Status.FAIL))
    assert "admits a key that does not exist" in finding(report, "wrong_key").detail


async def test_a_server_that_admits_nobody_s_name_is_told(tmp_path: Path) -> None:
    async with nats_server(tmp_path, f"{users()}\nno_auth_user: platform") as port, platform(port):
        failed, found = only_failure(await walked(f"nats://127.0.0.1:{port}"))

    assert (failed, found.detail) == ("anonymous", "The server admits somebody without a key")


async def test_a_quiet_connection_that_is_cut_is_told() -> None:
    async def cuts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = speaks_nats(admits)
        # Whoever says nothing for a while is cut off, as by a firewall.
        guarded = asyncio.StreamReader()
        served = asyncio.create_task(talk(guarded, writer))
        while True:
            try:
                async with asyncio.timeout(1.0):
                    got = await reader.read(4096)
            except TimeoutError:
                break
            if not got:
                break
            guarded.feed_data(got)
        guarded.feed_eof()
        await served

    async with listening(cuts) as port:
        report = await walked(f"nats://127.0.0.1:{port}", idle=20.0)

    found = finding(report, "idle")
    assert found.status is Status.FAIL
    assert "was cut after" in found.detail
    assert "idle limit" in found.remedy[0]
