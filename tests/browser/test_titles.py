"""The title a model gives to a new conversation, as it appears in the list."""

import httpx2
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.conversations.scripted import scripted_model
from tests.conversations.test_naming import SWITCH
from tests.fakes.openai_server import Answer
from tests.support import Platform


async def test_a_new_conversation_gets_its_title_while_one_reads(
    open_page: OpenPage, person: Person, platform: Platform, client: httpx2.AsyncClient
) -> None:
    assert (await client.put(SWITCH, json={"settings": {"enabled": True}})).status_code == 200
    try:
        async with scripted_model(platform) as model:
            assistant = await person.add_assistant("Engineer", llm_model_type=model.name)
            model.will(Answer(tokens=("At 3000 rpm.",)), Answer(tokens=("Speed of the turbine",)))
            page = await open_page(f"/chat?assistant={assistant}")
            await ask(page, "How fast is it?")
            await expect(page.get_by_role("link", name="Speed of the turbine")).to_be_visible(timeout=REPLY_SECONDS)
            await expect(page.get_by_role("heading", name="Speed of the turbine")).to_be_visible()
    finally:
        assert (await client.delete(SWITCH)).status_code == 204
