"""A day's work without a mouse: the palette, and a conversation from its first question to its branches."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS

MOST_STEPS = 60


async def reach(page: Page, role: str, name: str, key: str = "Tab") -> None:
    """Press the key until the element has the focus; nothing is clicked."""
    wanted = page.get_by_role(role, name=name, exact=True, disabled=False).last  # type: ignore[arg-type]
    await expect(wanted).to_be_attached(timeout=REPLY_SECONDS)
    for _ in range(MOST_STEPS):
        if await wanted.evaluate("element => element === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{name} is not reached by {key}")


async def test_a_conversation_is_held_by_keys_alone(open_page: OpenPage, person: Person) -> None:
    await person.add_assistant("Talker")
    page = await open_page("/assistants")
    await expect(page.get_by_role("heading", name="Assistants", exact=True)).to_be_visible()

    await page.keyboard.press("n")
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_focused()
    await page.keyboard.type("[mock:endless] Tell me more")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("And so on, And so on").first).to_be_visible(timeout=REPLY_SECONDS)
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_be_focused()

    await page.keyboard.press("Escape")
    await expect(page.get_by_text("You stopped this answer.")).to_be_visible(timeout=REPLY_SECONDS)
    await reach(page, "button", "Answer again", "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=REPLY_SECONDS)
    await reach(page, "button", "Stop")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)

    await reach(page, "button", "Edit message", "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Edit message")).to_be_focused()
    await page.keyboard.press("Control+a")
    await page.keyboard.type('Say "short"')
    await reach(page, "button", "Send")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Answer 3 of 3")).to_be_visible(timeout=REPLY_SECONDS)

    await reach(page, "button", "Previous answer", "Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Answer 2 of 3")).to_be_visible()
    await expect(page.get_by_role("paragraph").filter(has_text="[mock:endless] Tell me more")).to_be_visible()


async def test_the_palette_finds_pages_assistants_messages_and_commands(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Heron Keeper")
    body = {"text": "Where do herons sleep?", "conversation_id": f"herons-{assistant}"}
    await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    page = await open_page("/knowledge")
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()

    async def choose(typed: str, option: str) -> None:
        await page.keyboard.press("Control+k")
        await page.get_by_placeholder("Go to a page").fill(typed)
        await expect(page.get_by_role("option", name=re.compile(option)).first).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_hidden()

    await choose("heron keep", "Heron Keeper")
    await expect(page).to_have_url(re.compile(f"assistant={assistant}"))
    await choose("herons sleep", "Where do herons sleep")
    await expect(page).to_have_url(re.compile(f"/chat/herons-{assistant}"))
    await choose("dark th", "Dark theme")
    await expect(page.locator("html")).to_have_class("dark")
    await choose("new assis", "New assistant")
    await expect(page.get_by_role("heading", name="New assistant")).to_be_visible()

    await page.keyboard.press("Control+k")
    await page.get_by_placeholder("Go to a page").fill("no such thing at all")
    await expect(page.get_by_role("dialog")).to_contain_text("Nothing")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
