"""Branches of a conversation: a question is changed, its branch goes on, and so does the one before."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_long_conversation import TURNS, answer, long_conversation
from tests.browser.test_look import violations

EARLIER = "You read an earlier branch."


def questions(page: Page) -> Locator:
    return page.locator("li[aria-setsize] .bg-muted > p, li[aria-setsize] p.bg-muted")


async def asks(page: Page, words: str, answers: int) -> None:
    """Ask, and wait until so many answers are in the branch."""
    await ask(page, words)
    await expect(page.get_by_role("button", name="Good answer")).to_have_count(answers, timeout=REPLY_SECONDS)


async def talked(person: Person, name: str, *questions: str) -> str:
    """A conversation in which these were asked; gives its id."""
    assistant = await person.add_assistant("Talker")
    conversation = f"{name}-{assistant}"
    for words in questions:
        body = {"text": words, "conversation_id": conversation}
        await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    return conversation


async def edit(page: Page, at: int, words: str) -> None:
    await page.get_by_role("button", name="Edit message").nth(at).click()
    await page.get_by_role("textbox", name="Edit message").fill(words)
    await page.get_by_role("button", name="Send").first.click()


async def test_a_changed_question_starts_a_branch_and_the_one_before_is_gone_on_with(
    open_page: OpenPage, person: Person
) -> None:
    conversation = await talked(person, "branches", 'Say "one"', 'Say "two"', 'Say "three"')
    page = await open_page(f"/chat/{conversation}", policy=False)
    await expect(questions(page)).to_have_text(['Say "one"', 'Say "two"', 'Say "three"'])

    await edit(page, 0, 'Say "uno"')
    await expect(questions(page)).to_have_text(['Say "uno"'])
    versions = page.get_by_role("group", name="Answer 2 of 2")
    await expect(versions).to_be_visible(timeout=REPLY_SECONDS)
    await asks(page, 'Say "due"', 2)
    await expect(questions(page)).to_have_text(['Say "uno"', 'Say "due"'])
    await page.reload()
    await expect(questions(page)).to_have_text(['Say "uno"', 'Say "due"'])

    await page.get_by_role("button", name="Previous answer").press("Enter")
    await expect(questions(page)).to_have_text(['Say "one"', 'Say "two"', 'Say "three"'])
    await expect(page.get_by_role("button", name="Previous answer")).to_be_focused()
    await expect(page.get_by_role("status").filter(has_text=EARLIER)).to_be_visible()
    assert page.url.endswith("?branch=0.0")
    assert await violations(page) == []
    await page.reload()
    await expect(questions(page)).to_have_text(['Say "one"', 'Say "two"', 'Say "three"'])

    await asks(page, 'Say "four"', 4)
    await expect(questions(page)).to_have_text(['Say "one"', 'Say "two"', 'Say "three"', 'Say "four"'])
    await expect(page.get_by_text(EARLIER)).to_be_hidden()
    assert "branch=" not in page.url
    await page.get_by_role("button", name="Next answer").click()
    await expect(questions(page)).to_have_text(['Say "uno"', 'Say "due"'])
    await page.get_by_role("button", name="Back to the latest").click()
    await expect(questions(page)).to_have_text(['Say "one"', 'Say "two"', 'Say "three"', 'Say "four"'])

    history = (await person.client.get(f"/v1/conversations/{conversation}")).json()["history"]
    last = history[-2]
    assert (last["message"], last["historyIndex"], last["parentVariant"]) == ('Say "four"', 3, 0)


async def test_one_version_is_deleted_with_what_follows_it_and_the_others_stay(
    open_page: OpenPage, person: Person
) -> None:
    conversation = await talked(person, "versions", 'Say "one"', 'Say "two"')
    page = await open_page(f"/chat/{conversation}", policy=False)
    await edit(page, 0, 'Say "uno"')
    await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)
    await asks(page, 'Say "due"', 2)
    await page.get_by_role("button", name="More actions").first.click()
    await page.get_by_role("menuitem", name="Delete this version").click()
    dialog = page.get_by_role("alertdialog", name="Delete this version of the message?")
    await expect(dialog).to_contain_text("all messages that follow it")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Delete").click()
    await expect(questions(page)).to_have_text(['Say "one"', 'Say "two"'])
    await expect(page.get_by_role("group", name=re.compile("^Answer . of"))).to_have_count(0)


async def test_a_search_leads_into_the_branch_in_which_it_was_said(open_page: OpenPage, person: Person) -> None:
    conversation = await talked(person, "found", 'Say "one"', "Tell me of the heffalump")
    page = await open_page(f"/chat/{conversation}")
    await edit(page, 0, 'Say "uno"')
    await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)
    await expect(questions(page)).to_have_text(['Say "uno"'])
    await page.get_by_role("searchbox", name="Search conversations").fill("heffalump")
    await page.get_by_role("list", name="Found").get_by_role("link").click()
    await expect(questions(page)).to_have_text(['Say "one"', "Tell me of the heffalump"])


async def test_a_long_conversation_branches_at_once(open_page: OpenPage, person: Person) -> None:
    address = await long_conversation(person)
    page = await open_page(f"{address}?turn=500")
    await expect(answer(page, 500)).to_be_in_viewport(timeout=REPLY_SECONDS)
    row = page.locator("li[aria-posinset='501']")
    await row.get_by_role("button", name="Answer again").click()
    await expect(row.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)
    await expect(row).to_have_attribute("aria-setsize", "501")
    await row.get_by_role("button", name="Previous answer").click()
    await expect(row).to_have_attribute("aria-setsize", str(TURNS))
    await expect(answer(page, 500)).to_be_in_viewport()
    assert await page.locator("li[aria-setsize]").count() < 40
