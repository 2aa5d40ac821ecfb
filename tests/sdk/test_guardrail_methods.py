"""Every public method of the SDK's guardrail service."""

from pathlib import Path
from typing import Any

import pytest

from tests.guardrails.conftest import make
from tests.sdk.environment import run_script
from tests.sdk.test_assistant_methods import administrator
from tests.support import ADMIN_PASSWORD, Platform

HERE = Path(__file__).parent

pytestmark = pytest.mark.sdk


async def test_guardrails_are_assigned_and_what_failed_is_told(platform: Platform, sdk_python: Path) -> None:
    email = await administrator(platform)
    async with platform.client(await platform.login(email, ADMIN_PASSWORD)) as client:
        guardrail = await make(client, email)
        script = HERE / "methods_guardrails.py"
        seen: dict[str, Any] = await run_script(sdk_python, script, platform.url, email, ADMIN_PASSWORD, guardrail)
        told = (await client.get(f"/v1/guardrails/{guardrail}/assignments")).json()

    assert seen["methods"] == ["codemie_guardrails.assign_guardrails"]
    saved = seen["codemie_guardrails.assign_guardrails"]
    assert (saved["success"], saved["failed"]) == (2, 1)
    assert "'gone'" in saved["errors"][0]
    assert told["project"]["settings"] == [{"mode": "all", "source": "both"}]
    assert len(told["assistants"]["items"]) == 1
