"""Plugin keys: made, narrowed, started from the shown command, and revoked, as a person does it."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.support import Platform, until

ONLINE_MS = 30_000


async def create_key(page: Page, name: str) -> str:
    """Make a key in the form, and read it where it is shown."""
    await page.get_by_label("Name · required").fill(name)
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_role("heading", name=f"Key “{name}”")).to_be_visible()
    return await page.get_by_role("textbox", name="Plugin key").input_value()


async def test_a_key_is_made_and_its_rights_are_narrowed(open_page: OpenPage, portrait: Portrait) -> None:
    page = await open_page("/plugins", policy=False)
    await expect(page.get_by_role("heading", name="No plugin keys yet")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("link", name="New key").last.click()
    await page.get_by_role("button", name="Create key").click()
    await expect(page.get_by_text("This is needed.")).to_be_visible()
    assert await violations(page) == []
    key = await create_key(page, "My laptop")
    assert len(key) == 64
    await expect(page.get_by_role("textbox", name="Plugin key")).to_be_focused()
    await expect(page.get_by_text("Waiting for the agent to connect…")).to_be_visible()
    await expect(page.get_by_role("region", name="Start command")).to_contain_text(key)
    await page.get_by_label("Where it runs").click()
    await page.get_by_role("option", name="GitHub Actions").click()
    await expect(page.get_by_role("region", name="Start command")).to_contain_text("secrets.PLUGIN_KEY")
    await expect(page.get_by_role("region", name="Start command")).not_to_contain_text(key)
    assert await violations(page) == []

    await page.get_by_role("link", name="Open the key").click()
    await expect(page.get_by_role("heading", name="No agent is connected")).to_be_visible()
    await page.get_by_role("link", name="Rights").click()
    await expect(page.get_by_role("radio", name="Before a change")).to_be_checked()
    await page.get_by_label("Denied tools").fill("_run_command_line_tool")
    await page.get_by_role("button", name="Add a pattern").click()
    await page.get_by_label("Tool of pattern 1").fill("_generic_git_tool")
    await page.get_by_label("Argument of pattern 1").fill("git_command")
    await page.get_by_label("Pattern 1", exact=True).fill("(status")
    await page.get_by_role("button", name="Save rights").click()
    await expect(page.get_by_role("alert")).to_contain_text("What is marked above says why")
    pattern = page.get_by_label("Pattern 1", exact=True)
    await expect(pattern).to_have_accessible_description(re.compile("^not a regular expression"))
    assert await violations(page) == []
    await pattern.fill("(status|log)[ a-z-]*")
    await page.get_by_role("button", name="Add a rule").click()
    await page.get_by_label("Tool of rule 1").fill("_write_file_*")
    await expect(page.get_by_role("alert")).to_be_hidden()
    await page.get_by_label("Tool of pattern 1").scroll_into_view_if_needed()
    await portrait(page, "plugin-rights")
    await page.get_by_role("button", name="Save rights").click()
    await expect(page.get_by_text("Saved. The next call goes by them.")).to_be_visible()
    assert await violations(page) == []
    await page.reload()
    await expect(page.get_by_label("Denied tools")).to_have_value("_run_command_line_tool")

    phone = await open_page(page.url, screen="phone", theme="dark", policy=False)
    await expect(phone.get_by_label("Denied tools")).to_be_visible()
    assert await violations(phone) == []
    width = await phone.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
    await phone.goto("/plugins")
    await expect(phone.get_by_role("row", name="My laptop")).to_contain_text("None connected")
    assert await violations(phone) == []


async def test_a_key_of_a_project_is_confirmed(open_page: OpenPage, chief: Person) -> None:
    page = await open_page("/plugins/new", who=chief)
    await page.get_by_label("Name · required").fill("CI")
    await page.get_by_role("radio", name="Of a project").click()
    await page.get_by_role("button", name="Create key").click()
    asked = page.get_by_role("alertdialog")
    await expect(asked).to_contain_text("Every member can have tools run")
    await asked.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("button", name="Create key")).to_be_visible()
    await page.get_by_role("button", name="Create key").click()
    await asked.get_by_role("button", name="Create for the project").click()
    await expect(page.get_by_role("heading", name="Key “CI”")).to_be_visible()
    await page.get_by_role("link", name="Open the key").click()
    await page.get_by_role("button", name="Revoke").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_role("heading", name="Plugins", exact=True)).to_be_visible()


def prepare(folder: Path) -> None:
    """A folder with a file, as on somebody's laptop."""
    folder.mkdir()
    (folder / "notes.txt").write_text("The password of the coffee machine is espresso.\n")


def words_of(folder: Path) -> IO[bytes]:
    """Where the agent's words go."""
    return (folder / "said.txt").open("wb")


@asynccontextmanager
async def laptop(folder: Path, command: str, said: IO[bytes]) -> AsyncGenerator[None]:
    """A shell on another machine that runs the shown command in its folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", command, cwd=folder, env={"PATH": path, "HOME": str(folder)},
        stdin=DEVNULL, stdout=said, stderr=said, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        said.close()


async def test_an_agent_started_from_the_shown_command_comes_online_and_goes_with_its_key(
    open_page: OpenPage, person: Person, portrait: Portrait, tmp_path: Path, platform: Platform
) -> None:
    page = await open_page("/plugins/new", policy=False)
    await create_key(page, "My laptop")
    command = await page.get_by_role("region", name="Start command").inner_text()
    prepare(tmp_path / "repository")
    said = words_of(tmp_path)
    async with laptop(tmp_path / "repository", command, said):
        await expect(page.get_by_text("is connected with 6 tools.")).to_be_visible(timeout=ONLINE_MS)
        await page.get_by_role("link", name="Open the key").click()
        card = page.get_by_role("list", name="Agents").get_by_role("listitem").first
        await expect(card).to_contain_text("repository")
        await expect(card.get_by_text("_read_file_from_file_system")).to_be_visible()
        assert await violations(page) == []
        await portrait(page, "plugin-agent")
        await page.get_by_role("link", name="Plugins", exact=True).first.click()
        await expect(page.get_by_role("row", name="My laptop")).to_contain_text("1 connected")
        await portrait(page, "plugins")

        toolkit = {"toolkit": "Plugin", "settings_config": True, "tools": [{"name": "Plugin"}]}
        assistant = await person.add_assistant("Colleague", toolkits=[toolkit])
        await page.goto(f"/chat?assistant={assistant}")
        await ask(page, 'Use read_file_from_file_system with {"file_path": "notes.txt"}')
        answer = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Colleague"))
        await expect(answer).to_contain_text("coffee machine is espresso", timeout=REPLY_SECONDS)

        await page.goto("/plugins")
        await page.get_by_role("link", name="My laptop").click()
        await expect(page.get_by_role("list", name="Agents").get_by_role("listitem").first).to_be_visible()
        await page.get_by_role("link", name="Calls").click()
        await expect(page.get_by_text("_read_file_from_file_system").first).to_be_visible()
        await page.get_by_role("button", name="Revoke").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
        await expect(page.get_by_role("heading", name="No plugin keys yet")).to_be_visible()

        async def gone() -> bool:
            engine = platform.resources.plugins.engine
            return engine is not None and not any(one.label == "repository" for one in engine.registry.everybody())

        await until(gone, what="the end of the agent's connection")
