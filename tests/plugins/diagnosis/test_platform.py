"""The walk to a running platform, over its WebSocket and to its broker: with a key of its own every check passes."""

import secrets

import httpx2
import pytest

from codemie.checks.report import Status
from tests.plugins.diagnosis.walking import finding, ids, walked
from tests.plugins.official.plugged import plugged_in
from tests.support import ADMIN_EMAIL, Platform


@pytest.mark.parametrize("way", ["websocket", "broker"])
async def test_every_check_passes_on_the_way_to_a_running_platform(
    platform: Platform, nats_url: str, client: httpx2.AsyncClient, way: str
) -> None:
    plugged = await plugged_in(platform, client, ADMIN_EMAIL)
    websocket = f"ws://127.0.0.1:{platform.settings.kernel.port}/v1/plugin-engine/ws"
    uri = websocket if way == "websocket" else f"nats://{nats_url.rpartition('@')[2]}"

    report = await walked(uri, key=plugged.key, idle=1.0)

    assert ids(report, Status.FAIL) == ids(report, Status.WARN) == [], [check.finding for check in report.checks]
    assert "no tools found" in finding(report, "platform").detail
    assert await plugged.engine.registry.sessions(plugged.key) == (), "a test is no agent"


async def test_a_key_that_nobody_made_is_the_one_failure(platform: Platform) -> None:
    uri = f"ws://127.0.0.1:{platform.settings.kernel.port}/v1/plugin-engine/ws"

    report = await walked(uri, key=secrets.token_hex(16), timeout=10.0)

    assert ids(report, Status.FAIL) == ["auth"]
    assert finding(report, "auth").detail == "The server refuses the key"
