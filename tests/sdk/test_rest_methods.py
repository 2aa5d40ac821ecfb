"""Every public method of the SDK's task and diagram services; none of conversations, files, workspaces is forgotten."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.environment import run_script
from tests.sdk.test_assistant_methods import administrator
from tests.support import ADMIN_PASSWORD, Platform

HERE = Path(__file__).parent

pytestmark = pytest.mark.sdk

METHODS: dict[str, Callable[[Any], bool]] = {
    "tasks.get": lambda got: got["status"] == "COMPLETED" and "ahoy" in got["output"],
    "assistants.resume_tool_call": lambda got: any(got["waited"]) and "Ada Lindqvist" in got["generated"],
    "mermaid.generate_diagram": lambda got: "/v1/files/" in got["file_url"],
}
# It fails inside the SDK, before anything is sent.
BROKEN_IN_THE_SDK = {"conversations.chat"}


@pytest.fixture(scope="module")
async def seen(platform: Platform, sdk_python: Path) -> dict[str, Any]:
    """What each call gave."""
    email = await administrator(platform)
    return await run_script(sdk_python, HERE / "methods_rest.py", platform.url, email, ADMIN_PASSWORD)


@pytest.mark.parametrize("method", METHODS)
async def test_the_method_works(seen: dict[str, Any], method: str) -> None:
    assert METHODS[method](seen[method]), seen[method]


async def test_no_public_method_is_forgotten(seen: dict[str, Any]) -> None:
    """Those of conversations, files and workspaces are called in `conversing.py`."""
    called = set(re.findall(r"\.(\w+)", (HERE / "conversing.py").read_text())) - {"chat"}  # the assistants' there
    elsewhere = {
        name
        for name in seen["methods"]
        if name.split(".")[0] in {"conversations", "files", "workspaces"} and name.split(".")[1] in called
    }
    assert set(seen["methods"]) - elsewhere - set(METHODS) == BROKEN_IN_THE_SDK
