"""A tool of a laptop that needs a person's word: asked for in the chat, given, refused."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.browser.test_plugins import ONLINE_MS, create_key, laptop, prepare, words_of
from tests.browser.test_story import look

KEY = "My laptop"
PLUGIN = {"toolkit": "Plugin", "settings_config": True, "tools": [{"name": "Plugin"}]}
TITLE = "This tool call needs your approval"
WRITE = 'Note the new password: use write_file_to_file_system with {"file_path": "notes.txt", "text": "%s"}'


@pytest.fixture
async def served(open_page: OpenPage, tmp_path: Path) -> AsyncIterator[Path]:
    """A folder on a laptop, served with a key that asks first, as new keys do."""
    page = await open_page("/plugins/new")
    await create_key(page, KEY)
    command = await page.get_by_role("region", name="Start command").inner_text()
    folder = tmp_path / "repository"
    prepare(folder)
    async with laptop(folder, command, words_of(tmp_path)):
        await expect(page.get_by_text("is connected with 6 tools.")).to_be_visible(timeout=ONLINE_MS)
        yield folder


def notes_in(folder: Path) -> str:
    """What the laptop's file says now."""
    return (folder / "notes.txt").read_text().strip()


async def asked_to_write(page: Page, text: str) -> Locator:
    """Have the assistant write into the file; gives the card that waits."""
    await ask(page, WRITE % text)
    card = page.get_by_role("region", name=TITLE)
    await expect(card).to_be_focused(timeout=REPLY_SECONDS)
    return card


async def overflowing(page: Page) -> list[str]:
    """What scrolls down and can be pushed sideways as well: on a phone, something would be cut off there."""
    return await page.evaluate("""() => [document.documentElement, ...document.querySelectorAll("*")]
        .filter((one) => one.scrollWidth > one.clientWidth && one.querySelector("h1, h2"))
        .filter((one) => one === document.documentElement || getComputedStyle(one).overflowY === "auto")
        .map((one) => one.className || one.tagName)""")


async def calls_of_the_key(page: Page) -> Locator:
    """The page that lists the calls with the key, left open."""
    await page.get_by_role("link", name=KEY).click()
    await page.get_by_role("link", name="Calls").click()
    await expect(page.get_by_role("heading", name="Nothing was called yet")).to_be_visible()
    return page.get_by_role("row").filter(has_text="_write_file_to_file_system")


async def test_a_tool_of_a_laptop_runs_when_the_person_allows_it_and_never_when_they_do_not(
    open_page: OpenPage, person: Person, portrait: Portrait, served: Path
) -> None:
    colleague = await person.add_assistant("Colleague", toolkits=[PLUGIN])
    calls = await calls_of_the_key(await open_page("/plugins"))
    page = await open_page(f"/chat?assistant={colleague}", policy=False)
    before = await asyncio.to_thread(notes_in, served)

    card = await asked_to_write(page, "The password is ristretto.")
    await expect(card).to_contain_text("Write File To File System")
    await expect(card).to_contain_text(f"Runs on {socket.gethostname()} (repository)")
    await expect(card.get_by_role("definition")).to_have_text(["notes.txt", "The password is ristretto."])
    assert await asyncio.to_thread(notes_in, served) == before, "nothing was sent"
    await expect(page.get_by_role("link", name=re.compile("^Note the new password"))).to_be_visible()
    await look(page, "plugin-approval", portrait)

    await card.press("a")
    answers = page.get_by_role("button", name="Good answer")
    await expect(answers).to_have_count(1, timeout=REPLY_SECONDS)
    await expect(page.get_by_role("paragraph").filter(has_text="File replaced: notes.txt")).to_be_visible()
    assert await asyncio.to_thread(notes_in, served) == "The password is ristretto."
    await page.get_by_text("Used Write File To File System").click()
    steps = page.get_by_role("list", name="Thoughts")
    await steps.get_by_text("Write File To File System").click()
    await expect(steps.get_by_text(f"On {socket.gethostname()} (repository)")).to_be_visible()
    await look(page, "plugin-chat", portrait)
    await expect(calls).to_have_count(1)
    await expect(calls).to_contain_text("Done")

    card = await asked_to_write(page, "No password at all.")
    phone = await open_page(page.url, screen="phone", theme="dark", policy=False)
    await expect(phone.get_by_role("region", name=TITLE)).to_be_in_viewport()
    assert await violations(phone) == []
    assert await overflowing(phone) == []
    await card.get_by_role("button", name="Deny").click()
    await expect(page.get_by_text(re.compile("1 call denied"))).to_be_visible(timeout=REPLY_SECONDS)
    await expect(answers).to_have_count(2, timeout=REPLY_SECONDS)
    assert await asyncio.to_thread(notes_in, served) == "The password is ristretto."
    await expect(calls).to_have_count(1)


async def test_a_key_says_of_each_tool_whether_a_person_is_asked(open_page: OpenPage, served: Path) -> None:
    del served
    page = await open_page("/plugins")
    await page.get_by_role("link", name=KEY).click()
    tools = page.get_by_role("list", name="6 tools").get_by_role("listitem")
    asking = tools.filter(has_text="A person is asked").get_by_role("code")
    await expect(asking).to_have_text(["_write_file_to_file_system", "_run_command_line_tool", "_generic_git_tool"])
    await page.get_by_role("link", name="Rights").click()
    await page.get_by_role("button", name="Add a rule").click()
    await page.get_by_label("Tool of rule 1").fill("_write_*")
    await page.get_by_label("When to ask, rule 1").click()
    await page.get_by_role("option", name="Never").click()
    await page.get_by_label("Denied tools").fill("_run_*")
    await page.get_by_role("button", name="Save rights").click()
    await expect(page.get_by_text("Saved. The next call goes by them.")).to_be_visible()
    await page.get_by_role("link", name="Agents", exact=False).first.click()
    await expect(asking).to_have_text(["_generic_git_tool"])
    await expect(tools.filter(has_text="Not allowed").get_by_role("code")).to_have_text(["_run_command_line_tool"])


async def test_a_key_is_tried_and_renewed_by_keyboard_alone(open_page: OpenPage, served: Path) -> None:
    del served
    page = await open_page("/plugins")
    await page.get_by_role("link", name=KEY).press("Enter")
    tried = page.get_by_role("button", name="Try _read_file_from_file_system")
    await tried.press("Enter")
    panel = page.get_by_role("dialog", name="Read file from file system")
    await panel.get_by_label("file_path").press_sequentially("notes.txt")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("region", name="Result")).to_contain_text("coffee machine")
    await page.keyboard.press("Escape")
    await expect(tried).to_be_focused()

    renew = page.get_by_role("button", name="Renew")
    await renew.press("Enter")
    await page.get_by_role("alertdialog").get_by_role("button", name="Renew").press("Enter")
    await expect(page.get_by_role("textbox", name="Plugin key")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(renew).to_be_focused()
    await expect(page.get_by_role("heading", name="No agent is connected")).to_be_visible(timeout=ONLINE_MS)


async def test_each_part_of_a_key_fits_a_phone(open_page: OpenPage, served: Path) -> None:
    del served
    page = await open_page("/plugins", screen="phone", policy=False)
    await page.get_by_role("link", name=KEY).click()
    await page.get_by_role("button", name="Try _read_file_from_file_system").click()
    panel = page.get_by_role("dialog")
    await panel.get_by_label("file_path").fill("notes.txt")
    await panel.get_by_role("button", name="Run").click()
    await expect(panel.get_by_role("region", name="Result")).to_be_in_viewport()
    assert await violations(page) == []
    await page.keyboard.press("Escape")
    for part, sight in (
        ("Agents", "6 tools"),
        ("Rights", "Save rights"),
        ("Calls", "Done"),
        ("Start an agent", "Copy"),
    ):
        await page.get_by_role("navigation", name="Parts of the key").get_by_role("link", name=part).click()
        await expect(page.get_by_text(sight).first).to_be_visible()
        assert await overflowing(page) == [], part
        assert await violations(page) == [], part
