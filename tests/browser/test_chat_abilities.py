"""Web search, code and pictures, switched on for the messages of one conversation."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import ask
from tests.browser.test_chat_choices import replies
from tests.browser.test_look import violations
from tests.conftest import MakeUser
from tests.conversations.scripted import scripted_model
from tests.conversations.test_equipment import offered
from tests.support import Platform

FEATURES = ("features:webSearch", "features:dynamicCodeInterpreter")
TOOLS = {"web_scrapper", "code_executor", "generate_image_tool"}


async def test_abilities_are_switched_in_the_composer_and_kept_with_the_conversation(
    open_page: OpenPage, person: Person, platform: Platform, make_user: MakeUser
) -> None:
    administrator = await make_user("administrator", is_admin=True)
    for feature in FEATURES:
        await administrator.put(f"/v1/config/declarations/{feature}", json={"settings": {"enabled": True}})
    try:
        async with scripted_model(platform, label="Brush", supports_image_generation=True) as model:
            assistant = await person.add_assistant("Talker", llm_model_type=model.name)
            page = await open_page(f"/chat?assistant={assistant}", policy=False, screen="phone", theme="dark")
            await page.get_by_role("button", name="More abilities").press("Enter")
            for ability in ("Web search", "Code interpreter", "Image generation"):
                await page.get_by_role("menuitemcheckbox", name=ability).press("Space")
            await page.get_by_role("menuitemradio", name="Brush").press("Space")
            await page.keyboard.press("Escape")
            assert await violations(page) == []
            await ask(page, "Go")
            await replies(page, 1)
            assert offered(model) >= TOOLS

            await page.reload()
            await page.get_by_role("button", name="More abilities, on: Web search, Code").click()
            await expect(page.get_by_role("menuitemradio", name="Brush")).to_be_checked()
            await page.get_by_role("menuitemcheckbox", name="Code interpreter").click()
            await page.get_by_role("menuitemcheckbox", name="Image generation").click()
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("button", name="More abilities, on: Web search", exact=True)).to_be_visible()
            await ask(page, "Go on")
            await replies(page, 2)
            assert offered(model) & TOOLS == {"web_scrapper"}
            conversation = page.url.rsplit("/", 1)[1]
            kept = (await person.client.get(f"/v1/conversations/{conversation}")).json()
            assert (kept["enable_image_generation"], kept["image_generation_model"]) == (False, model.name)
    finally:
        for feature in FEATURES:
            await administrator.delete(f"/v1/config/declarations/{feature}")


async def test_only_what_this_installation_can_do_is_offered(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    page = await open_page(f"/chat?assistant={assistant}")
    await page.get_by_role("button", name="More abilities").click()
    await expect(page.get_by_role("menuitemcheckbox")).to_have_text(["Image generation"])
