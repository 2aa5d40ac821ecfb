"""Backup, wipe, restore, smoke: an installation comes back with everything, through the command line alone."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.installation import Installation, ctl
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.integrations.credentials import create, jira
from tests.knowledge.sources import indexed, own_project, upload
from tests.support import until

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]

FILES = [("lighthouse.md", b"# Kap Arkona\n\nThe lighthouse was built in 1827.\n")]


@dataclass
class Made:
    """What people made before the backup.

    Attributes:
        token: a personal token; nothing else signs in afterwards.
    """

    token: str
    assistant: str
    conversation: str
    source: str


async def make_something(running: Installation, home: Path) -> Made:
    password = (home / "first-password.txt").read_text().strip()
    async with httpx2.AsyncClient(base_url=running.url, timeout=60) as client:
        login = {"email": "admin@codemie.ai", "password": password}
        signed_in = (await client.post("/v1/local-auth/login", json=login)).json()["access_token"]
        client.cookies.clear()
        client.headers["Authorization"] = f"Bearer {signed_in}"
        granted = await client.post("/v1/personal-tokens", json={"name": "smoke", "scope": "write"})
        assert granted.status_code == 201, granted.text
        project = await own_project(client)
        await create(client, "user", jira(project, "tracker", token="planted-before-the-wipe"))
        assistant = await make_assistant(client, name="Keeper of the light", project=project)
        conversation = new_conversation()
        await ask(client, assistant, "Remember the lighthouse", conversation_id=conversation)
        assert (await upload(client, FILES, name="lighthouses")).status_code == 200
        source = await indexed(client, "lighthouses", seconds=120)

        async def refined() -> bool:
            return bool((await client.get(f"/v1/index/{source['id']}")).json()["refinement"]["finished"])

        await until(refined, seconds=180, what="the better vectors, after which the data source rests")
        return Made(granted.json()["token"], assistant, conversation, source["id"])


async def seen(running: Installation, made: Made) -> dict[str, Any]:
    """All that was made, as the platform shows it."""
    paths = {
        "person": "/v1/user",
        "assistant": f"/v1/assistants/id/{made.assistant}",
        "conversation": f"/v1/conversations/{made.conversation}",
        "source": f"/v1/index/{made.source}",
        "integrations": "/v1/settings/user",
        "projects": "/v1/projects",
    }
    headers = {"Authorization": f"Bearer {made.token}"}
    async with httpx2.AsyncClient(base_url=running.url, timeout=60, headers=headers) as client:
        answers = {what: await client.get(path) for what, path in paths.items()}
        assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(paths, 200)
        return {what: answer.json() for what, answer in answers.items()}


async def test_backup_wipe_restore_and_smoke_passes(
    home: Path, up: Callable[..., Installation], tmp_path: Path
) -> None:
    # Given an installation that people use, and a backup that was made meanwhile.
    running = up()
    running.until("Ready after")
    made = await make_something(running, home)
    before = await seen(running, made)
    kept = ctl("backup", "create", "--out", str(tmp_path / "kept.backup"), env=running.env)
    assert kept.returncode == 0, kept.stderr
    assert running.stop() == 0
    shutil.copy(home / "master.key", tmp_path)

    # When all of it is gone, and comes back from the backup and the key.
    shutil.rmtree(home)
    os.mkdir(home, 0o700)  # noqa: PTH102 - nothing else goes on in this loop
    shutil.copy(tmp_path / "master.key", home)
    restored = ctl("restore", str(tmp_path / "kept.backup"), "--allow-write", env=running.env)
    assert restored.returncode == 0, restored.stderr
    assert "every table holds what it held" in restored.stdout

    # Then it works, and everybody finds what they had.
    again = up()
    again.until("Ready after")
    assert await seen(again, made) == before
    tried = ctl("smoke", "--json", env={**again.env, "CODEMIE_TOKEN": made.token})
    report = json.loads(tried.stdout)
    assert tried.returncode == 0, tried.stdout
    works = ("smoke.sign_in", "smoke.models", "smoke.assistant", "smoke.chat", "smoke.index")
    # Nobody gave it the token of a second person.
    wanted = dict.fromkeys(works, "pass") | {"smoke.isolation": "skip"}
    assert {check["id"]: check["status"] for check in report["checks"]} == wanted
    assert again.stop() == 0
