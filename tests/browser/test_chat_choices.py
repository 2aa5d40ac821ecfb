"""Which model answers, with which tools; the same question answered twice, side by side."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.conversations.scripted import scripted_model
from tests.conversations.test_equipment import WORKSPACE, offered
from tests.fakes.openai_server import Answer
from tests.support import Platform


async def replies(page: Page, number: int) -> None:
    await expect(page.get_by_role("button", name="Good answer")).to_have_count(number, timeout=REPLY_SECONDS)


async def test_a_model_chosen_before_the_first_message_answers_in_this_chat_from_then_on(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    async with scripted_model(platform, label="Scripted one") as model:
        assistant = await person.add_assistant("Talker")
        page = await open_page(f"/chat?assistant={assistant}", policy=False)
        choose = page.get_by_role("button", name="Choose the model, now")
        await expect(choose).to_be_enabled()
        assert await violations(page) == []
        await choose.click()
        await page.get_by_role("menuitemradio", name="Scripted one").click()
        model.will(Answer(("From the ", "script.")), Answer(("Again.",)))
        await ask(page, "Who are you?")
        await expect(page.get_by_text("From the script.")).to_be_visible(timeout=REPLY_SECONDS)
        await replies(page, 1)
        await expect(page.get_by_text(re.compile(r"Scripted one · .* · 14 tokens · \$0\.0\d"))).to_be_visible()

        await page.reload()
        await expect(page.get_by_role("button", name="Choose the model, now Scripted one")).to_be_enabled()
        await ask(page, "And now?")
        await expect(page.get_by_text("Again.")).to_be_visible(timeout=REPLY_SECONDS)
        await replies(page, 2)

        choose = page.get_by_role("button", name="Choose the model, now")
        await choose.press("Enter")
        await page.get_by_role("menuitemradio", name="the assistant's").press("Enter")
        await expect(choose).to_be_focused()
        await ask(page, 'Say "mocked"')
        await expect(page.get_by_role("paragraph").filter(has_text=re.compile("^mocked$"))).to_be_visible(
            timeout=REPLY_SECONDS
        )
        conversation = page.url.rsplit("/", 1)[1]
        assert (await person.client.get(f"/v1/conversations/{conversation}")).json()["llm_model"] is None


async def test_what_is_switched_off_is_not_offered_until_it_is_switched_on_again(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    async with scripted_model(platform) as model:
        skill = await person.add_skill("short-words")
        assistant = await person.add_assistant(
            "Worker", llm_model_type=model.name, toolkits=[WORKSPACE], skill_ids=[skill]
        )
        page = await open_page(f"/chat?assistant={assistant}", policy=False, screen="phone")
        await page.get_by_role("button", name="2/2 tools in use").press("Enter")
        await page.get_by_role("menuitemcheckbox", name="short-words").press("Space")
        await page.keyboard.press("Escape")
        assert await violations(page) == []
        await ask(page, "Go")
        await replies(page, 1)
        assert offered(model) == {"list_workspace_files"}

        await page.reload()
        await page.get_by_role("button", name="1/2 tools in use").click()
        await page.get_by_role("menuitem", name="Use all again").click()
        await ask(page, "Go on")
        await replies(page, 2)
        assert offered(model) == {"list_workspace_files", "skill"}


async def test_another_model_answers_again_and_both_answers_stand_side_by_side(
    open_page: OpenPage, person: Person, platform: Platform, portrait: Portrait
) -> None:
    async with scripted_model(platform, label="Scripted one") as model:
        assistant = await person.add_assistant("Talker")
        page = await open_page(f"/chat?assistant={assistant}", policy=False)
        await ask(page, 'Say "mocked"')
        await replies(page, 1)
        model.will(Answer(("From the script, ", "at length.")))
        await page.get_by_role("button", name="Ask another model").press("Enter")
        await page.get_by_role("menuitem", name="Scripted one").press("Enter")
        await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible(timeout=REPLY_SECONDS)
        await expect(page.get_by_text("From the script, at length.")).to_be_visible()

        await page.get_by_role("link", name="Compare answers").press("Enter")
        dialog = page.get_by_role("dialog", name="Two answers side by side")
        first, second = (dialog.get_by_role("region", name=f"Answer {number} of 2") for number in (1, 2))
        await expect(first).to_contain_text("mocked")
        await expect(second).to_contain_text("From the script, at length.")
        await expect(second.get_by_text("Current")).to_be_visible()
        assert await violations(page) == []
        await portrait(page, "chat-compare")
        await page.reload()
        await first.get_by_role("button", name="Go on from this one").click()
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_role("group", name="Answer 1 of 2")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("group", name="Answer 2 of 2")).to_be_visible()


async def test_two_answers_are_compared_on_a_phone(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    for question in ('Say "one"', 'Say "two"'):
        body = {"text": question, "conversation_id": f"pair-{assistant}", "history_index": 0}
        await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    page = await open_page(f"/chat/pair-{assistant}?compare=0.0.1", screen="phone", policy=False)
    second = page.get_by_role("region", name="Answer 2 of 2")
    await expect(page.get_by_role("region", name="Answer 1 of 2")).to_be_in_viewport()
    assert await violations(page) == []
    await second.get_by_role("group", name="Text of answer 2").focus()
    await expect(second).to_be_in_viewport(ratio=0.9)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert "compare" not in page.url


async def test_a_slash_offers_starters_and_skills_and_a_skill_goes_along_once(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    async with scripted_model(platform) as model:
        await person.add_skill("short-words")
        assistant = await person.add_assistant("Guide", llm_model_type=model.name)
        page = await open_page(f"/chat?assistant={assistant}", policy=False)
        box = page.get_by_role("textbox", name="Message", exact=True)
        await box.press_sequentially("/travel")
        await expect(page.get_by_role("option", name="How large is the travel budget?")).to_be_visible()
        assert await violations(page) == []
        await page.keyboard.press("Enter")
        await expect(box).to_have_value("How large is the travel budget?")

        await box.fill("")
        await box.press_sequentially("/short")
        await page.get_by_role("option", name="short-words").click()
        await expect(box).to_have_value("")
        await expect(page.get_by_role("list", name="Skills for this message")).to_contain_text("short-words")
        await ask(page, "Say it")
        await replies(page, 1)
        assert offered(model) == {"skill"}
        await ask(page, "Say it again")
        await replies(page, 2)
        assert offered(model) == set()


async def test_a_message_that_was_begun_waits_through_other_pages_and_a_reload(
    open_page: OpenPage, person: Person
) -> None:
    assistant = await person.add_assistant("Talker")
    body = {"text": "Hello", "conversation_id": f"draft-{assistant}"}
    await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    page = await open_page(f"/chat/draft-{assistant}")
    box = page.get_by_role("textbox", name="Message", exact=True)
    await box.fill("Half a thought")
    await page.get_by_role("link", name="Knowledge", exact=True).click()
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()
    await page.goto(f"/chat/draft-{assistant}")
    await expect(box).to_have_value("Half a thought")
    # Until the conversation is there, nobody is there to answer.
    await expect(box).to_be_enabled()
    await box.press("Enter")
    await replies(page, 2)
    await page.reload()
    await expect(box).to_have_value("")

    await box.fill("Nobody else's business")
    await page.get_by_role("button", name="visitor").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to CodeMie")).to_be_visible()
    assert "business" not in await page.evaluate("JSON.stringify(sessionStorage)")
