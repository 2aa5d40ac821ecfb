"""An assistant that asks back: its question is a form, and the answer goes on."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.conversations.scripted import scripted_model
from tests.conversations.test_interactive import BOOKING, EVERYTHING, asks
from tests.fakes.openai_server import Answer
from tests.support import Platform


async def test_what_an_assistant_asks_is_answered_in_a_form(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    async with scripted_model(platform) as model:
        assistant = await person.add_assistant("Booker", llm_model_type=model.name, interactive_features=EVERYTHING)
        model.will(asks(BOOKING), Answer("Room One is yours."))
        page = await open_page(f"/chat?assistant={assistant}", policy=False)
        await ask(page, "Book a room")
        form = page.get_by_role("form", name="The assistant asks")
        await expect(form).to_contain_text("Which day, and for whom?", timeout=REPLY_SECONDS)
        assert await violations(page) == []

        await form.get_by_role("button", name="Book").click()
        await expect(form).to_be_visible()
        await form.get_by_label("Day").fill("2026-03-04")
        await form.get_by_label("Mail").fill("ada@example.com")
        await form.get_by_label("Agreed").check()
        await form.get_by_label("Room").select_option("One")
        await form.get_by_label("Green").check()
        await form.get_by_role("button", name="Book").click()

        await expect(page.get_by_text("Room One is yours.")).to_be_visible(timeout=REPLY_SECONDS)
        await expect(form).to_be_hidden()
        await expect(page.get_by_text("Day: 2026-03-04")).to_be_visible()
        assert "2026-03-04" in str(model.last)


async def test_an_answer_that_is_refused_is_put_right_at_once(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    async with scripted_model(platform) as model:
        assistant = await person.add_assistant("Booker", llm_model_type=model.name, interactive_features=EVERYTHING)
        model.will(asks(BOOKING), Answer("Room One is yours."))
        page = await open_page(f"/chat?assistant={assistant}")
        await ask(page, "Book a room")
        form = page.get_by_role("form", name="The assistant asks")
        await form.get_by_label("Day").fill("2026-03-04")
        await form.get_by_label("Mail").fill("nowhere")
        await form.get_by_label("Agreed").check()
        await form.get_by_label("Green").check()
        # What this browser would not let through by itself.
        await form.evaluate("form => { form.noValidate = true; }")
        await form.get_by_role("button", name="Book").click()

        refusal = form.get_by_role("alert")
        await expect(refusal).to_contain_text("The answer was not taken")
        await expect(form.get_by_label("Day")).to_have_value("2026-03-04")
        await form.get_by_label("Mail").fill("ada@example.com")
        await form.get_by_role("button", name="Book").click()
        await expect(page.get_by_text("Room One is yours.")).to_be_visible(timeout=REPLY_SECONDS)
        await expect(page.get_by_role("heading", name="You")).to_have_count(2)
