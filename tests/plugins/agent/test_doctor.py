"""`codemiectl plugin doctor`: each check can fail, and a connection that fails is walked."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from codemie.cli import plugin_doctor
from codemie.cli.reports import Verdict
from tests.plugins.diagnosis.servers import KEY, nats_server
from tests.support import free_port


async def examined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], uri: str, **options: Any
) -> tuple[Verdict, dict[str, dict[str, Any]]]:
    """The verdict and the checks by id."""
    for name in ("PLUGIN_KEY", "PLUGIN_ENGINE_URI", "PLUGIN_ALLOW"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/nowhere")
    given = {"key": KEY, "uri": uri, "connect_seconds": 2, **options}
    verdict = await asyncio.to_thread(plugin_doctor.examined, given, {}, None, as_json=True)
    printed = capsys.readouterr().out
    assert KEY not in printed
    return verdict, {check["id"]: check for check in json.loads(printed)["checks"]}


async def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async with nats_server(tmp_path) as port:
        verdict, checks = await examined(
            monkeypatch, capsys, f"nats://127.0.0.1:{port}", root=str(tmp_path), allow=["shell"]
        )

    assert verdict is Verdict.OK
    assert {check["status"] for check in checks.values()} == {"pass", "skip"}
    assert "nats.tcp" not in checks, "a way that works is not walked"


@pytest.mark.parametrize(
    ("options", "check", "status", "said"),
    [
        ({"root": "/nowhere"}, "plugin.folder", "fail", "/nowhere"),
        ({"key": ""}, "plugin.settings", "fail", "no plugin key"),
        ({"mcp_servers": "missing"}, "plugin.mcp", "fail", "'missing'"),
        ({"non_interactive": True}, "plugin.consent", "warn", "refused"),
    ],
)
async def test_what_is_wrong_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: dict[str, Any],
    check: str,
    status: str,
    said: str,
) -> None:
    async with nats_server(tmp_path) as port:
        _, checks = await examined(monkeypatch, capsys, f"nats://127.0.0.1:{port}", **options)

    assert checks[check]["status"] == status
    assert said in checks[check]["detail"]


async def test_a_key_that_cannot_be_one_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, checks = await examined(monkeypatch, capsys, f"nats://127.0.0.1:{free_port()}", key="short")

    assert [name for name, check in checks.items() if check["status"] == "fail"] == ["plugin.settings"]
    assert checks["plugin.settings"]["detail"].endswith("in it.")
    assert "blocked by plugin.settings" in str(checks["plugin.connection"])


async def test_a_missing_program_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    verdict, checks = await examined(monkeypatch, capsys, f"nats://127.0.0.1:{free_port()}")

    assert "git" in checks["plugin.programs"]["detail"]
    assert verdict is Verdict.FAILED


async def test_a_connection_that_fails_is_walked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, checks = await examined(monkeypatch, capsys, f"nats://127.0.0.1:{free_port()}")

    assert checks["plugin.connection"]["status"] == "fail"
    assert checks["nats.tcp"]["status"] == "fail"
