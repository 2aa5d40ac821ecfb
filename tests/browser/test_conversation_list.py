"""Finding conversations again: search, folders, finishing."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_look import violations


async def told(person: Person, *texts: str) -> list[str]:
    """Conversations of one turn each; their ids."""
    assistant = await person.add_assistant("Talker")
    made: list[str] = []
    for number, text in enumerate(texts):
        made.append(f"list-{number}-{assistant}")
        body = {"text": text, "conversation_id": made[-1]}
        answer = await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
        assert answer.status_code == 200, answer.text
    return made


async def choose(page: Page, conversation: str, *items: str) -> None:
    """Choose from the menu of a conversation in the list."""
    await page.get_by_role("link", name=conversation).hover()
    await page.get_by_role("button", name=f"Conversation actions: {conversation}").click()
    for item in items:
        await page.get_by_role("menuitem", name=item).click()


async def test_what_was_said_is_found_in_list_and_palette(open_page: OpenPage, person: Person) -> None:
    await told(person, "Where do emperor penguins sleep when the winter is long and nights are dark?", "Good morning")
    page = await open_page("/chat", policy=False)
    await expect(page.get_by_role("link", name="Good morning")).to_be_visible()
    await page.get_by_role("searchbox", name="Search conversations").fill("penguin")
    hit = page.get_by_role("list", name="Found").get_by_role("link")
    await expect(hit).to_have_count(1)
    await expect(hit.locator("mark").first).to_have_text("penguins")
    column = page.get_by_role("navigation", name="Conversations")
    assert await column.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    assert await violations(page) == []
    await hit.click()
    await page.wait_for_url(re.compile(r"[?&]turn=0"))
    await expect(page.get_by_role("paragraph").filter(has_text="Where do emperor").first).to_be_in_viewport()

    await page.goto("/assistants")
    await expect(page.get_by_role("heading", name="Assistants")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_placeholder("Go to a page").fill("emperor")
    await expect(page.get_by_role("option").filter(has_text="Where do emperor")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/chat/**")


async def test_conversations_move_into_folders_and_out_again(open_page: OpenPage, person: Person) -> None:
    await told(person, "Apples", "Pears")
    page = await open_page("/chat", policy=False)
    await choose(page, "Apples", "Move to folder", "New folder")
    await page.get_by_role("textbox", name="Folder name").fill("Fruit")
    await page.keyboard.press("Enter")
    folder = page.get_by_role("region", name="Fruit")
    await expect(folder.get_by_role("link", name="Apples")).to_be_visible()

    await page.get_by_role("link", name="Pears").drag_to(folder.get_by_role("button", name="Fruit").first)
    await expect(folder.get_by_role("link", name="Pears")).to_be_visible()
    assert await violations(page) == []
    await choose(page, "Pears", "Move to folder", "Take out of folder")
    await expect(page.get_by_role("region", name="Today").get_by_role("link", name="Pears")).to_be_visible()

    await folder.get_by_role("button", name="Folder actions: Fruit").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete folder").click()
    await expect(page.get_by_role("region", name="Today").get_by_role("link", name="Apples")).to_be_visible()


async def test_a_finished_conversation_can_only_be_read(open_page: OpenPage, person: Person) -> None:
    [conversation] = await told(person, "Good morning")
    page = await open_page(f"/chat/{conversation}")
    await choose(page, "Good morning", "Finish")
    await page.get_by_role("button", name="Finish", exact=True).click()
    await expect(page.get_by_text("This conversation is finished.")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
