"""Every public method of the SDK's integration service."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import vendors
from tests.identity.administration import new_project
from tests.sdk.environment import run_script
from tests.sdk.test_assistant_methods import administrator
from tests.support import ADMIN_PASSWORD, Platform

HERE = Path(__file__).parent
MASK = "**********"

pytestmark = pytest.mark.sdk


def _token(row: dict[str, Any]) -> Any:
    return {pair["key"]: pair["value"] for pair in row["credential_values"]}["token"]


METHODS: dict[str, Callable[[Any], bool]] = {
    "integrations.create": lambda got: got == {"message": "Specified credentials saved"},
    "integrations.get": lambda got: _token(got) == MASK and got["setting_type"] == "user",
    "integrations.get_by_alias": lambda got: _token(got) == MASK and got["setting_type"] == "project",
    "integrations.list": lambda got: len(got) >= 2 and {row["credential_type"] for row in got} == {"Jira"},
    "integrations.list_available": lambda got: {row["setting_type"] for row in got} == {"user", "project"},
    "integrations.update": lambda got: (
        got[0] == {"message": "Specified credentials updated"}
        and got[1]["alias"].startswith("updated-")
        and _token(got[1]) == MASK
    ),
    "integrations.delete": lambda got: got == [{"message": "Specified credential removed"}, 0],
    "integrations.test": lambda got: got == {"success": True, "message": ""},
    "integrations.transfer": lambda got: got["transferred_count"] == 1 and got["mode"] == "move",
}


@pytest.fixture(scope="module")
async def seen(platform: Platform, sdk_python: Path) -> dict[str, Any]:
    """What each call gave."""
    email = await administrator(platform)
    async with platform.client(await platform.login(email, ADMIN_PASSWORD)) as client, vendors.running() as system:
        target = await new_project(client)
        script = HERE / "methods_integrations.py"
        return await run_script(sdk_python, script, platform.url, email, ADMIN_PASSWORD, system, target)


@pytest.mark.parametrize("method", METHODS)
async def test_the_method_works(seen: dict[str, Any], method: str) -> None:
    assert METHODS[method](seen[method]), seen[method]


async def test_no_public_method_is_forgotten(seen: dict[str, Any]) -> None:
    assert set(seen["methods"]) == set(METHODS)
