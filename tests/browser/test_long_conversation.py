"""A conversation far longer than a screen."""

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS

TURNS, AT_ONCE = 5000, 2000


async def long_conversation(person: Person) -> str:
    """A conversation of ten thousand messages, brought in with as few requests as they fit into."""
    assistant = await person.add_assistant("Talker")
    history = [
        {"role": role, "message": f"{word} {turn}.", "historyIndex": turn, "assistantId": assistant}
        for turn in range(TURNS)
        for role, word in (("User", "Question"), ("Assistant", "Answer"))
    ]
    for start in range(0, len(history), AT_ONCE):
        body = {"assistant_id": assistant, "history": history[start : start + AT_ONCE]}
        kept = await person.client.put(f"/v1/conversations/long-{assistant}/history", json=body, timeout=120)
        assert kept.status_code in {200, 201}, kept.text
    return f"/chat/long-{assistant}"


def answer(page: Page, turn: int) -> Locator:
    return page.get_by_role("paragraph").filter(has_text=f"Answer {turn}.")


async def test_only_what_is_near_the_screen_is_in_the_page(open_page: OpenPage, person: Person) -> None:
    address = await long_conversation(person)
    page = await open_page(address)
    await expect(answer(page, TURNS - 1)).to_be_in_viewport(timeout=REPLY_SECONDS)
    turns = page.locator("li[aria-setsize]")
    await expect(turns.first).to_have_attribute("aria-setsize", str(TURNS), timeout=REPLY_SECONDS)
    assert await turns.count() < 40

    await page.goto(f"{address}?turn=500")
    await expect(answer(page, 500)).to_be_in_viewport(timeout=REPLY_SECONDS)
    await page.mouse.move(900, 400)
    await page.mouse.wheel(0, -400)
    await expect(answer(page, 498)).to_be_in_viewport()
    await page.mouse.wheel(0, 1200)
    await expect(answer(page, 504)).to_be_in_viewport()
    await page.get_by_role("button", name="Jump to the latest message").click()
    await expect(answer(page, TURNS - 1)).to_be_in_viewport()
