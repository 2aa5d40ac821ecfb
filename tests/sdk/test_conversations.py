"""Every public method of the official SDK's conversation, file and workspace services.

Except `conversations.chat`: in version 0.1.703 it fails inside the SDK, before it sends anything, because the SDK's own
request handler does not know the arguments it passes.
"""

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.sdk.environment import run_script
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform

pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module")
async def seen(platform: Platform, sdk_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the SDK saw."""
    from codemie.identity.accounts import create_account

    email = f"sdk-{uuid.uuid4().hex[:8]}@codemie.test"
    async with platform.resources.database.session() as session:
        await create_account(session, email=email, password=ADMIN_PASSWORD)
    script = Path(__file__).parent / "conversing.py"
    folder = tmp_path_factory.mktemp("sdk")
    return await run_script(
        sdk_python, script, platform.url, email, ADMIN_PASSWORD, ADMIN_EMAIL, ADMIN_PASSWORD, folder
    )


EXPECTED = {
    "list": True,
    "list_by_assistant_id": True,
    "get_conversation": ["User", "Assistant"],
    "update": ["Renamed", True],
    "list_folders": ["sdk"],
    "create_folder": "Folder created",
    "update_folder": "Folder name updated",
    "delete_folder": "Folder removed",
    "update_history_by_index": [4, "Edited"],
    "feedback": ["wrong", True, "Specified feedback entry removed", None],
    "share": [True, 12, True],
    "delete_history_by_index": 0,
    "upsert_history": [[2, 2, True], [2, 2, False], [2, 4, False]],
    "delete_history": 0,
    "finish": ["403", True, "409", "409", True],
    "finish_bulk": [[True, None], [False, None], [False, "not_found"]],
    "list_admin": [True, 0],
    "delete": "Specified conversation removed",
    "gone": "404",
    "delete_all": ["Conversation history cleared", 0],
}


@pytest.mark.parametrize("method", EXPECTED)
async def test_conversations(seen: dict[str, Any], method: str) -> None:
    assert seen[method] == EXPECTED[method]


async def test_files(seen: dict[str, Any]) -> None:
    assert seen["files"] == {
        "failed": None,
        "mine": "text of a.txt",
        "of_conversation": True,
        "theirs": "404",
        "shared": "text of a.txt",
        "not_shared": "404",
        "malformed": "400",
    }


async def test_workspaces(seen: dict[str, Any]) -> None:
    assert seen["workspaces"] == {
        "idempotent": True,
        "missing": "400",
        "version": 1,
        "executed": ["ran\n", ["out.txt"], []],
        "read": "made",
        "listed": ["go.py", "out.txt"],
        "globbed": ["go.py"],
        "deleted": [True, False],
        "reserved": "400",
    }
