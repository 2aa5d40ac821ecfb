"""An agent on another server: its card is read or pasted, and it answers as an assistant."""

import json

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.fakes.a2a_server import remote_agent


async def test_an_agent_is_brought_in_from_its_address_and_answers(open_page: OpenPage, person: Person) -> None:
    async with remote_agent() as agent:
        page = await open_page("/assistants/new", policy=False)
        await page.get_by_role("link", name="Agent on another server").click()
        await page.get_by_role("button", name="Create assistant").click()
        await expect(page.get_by_text("Read or paste the card of the agent first.")).to_be_visible()
        address = page.get_by_label("Address of the agent")
        await address.fill(f"{agent.url}/missing")
        await address.press("Enter")
        await expect(page.get_by_text("Agent card cannot be fetched")).to_be_visible()
        await address.fill(f"{agent.url}/new")
        await page.get_by_role("button", name="Read its card").click()
        await expect(page.get_by_role("region", name="Agent card")).to_contain_text(f"{agent.url}/rpc")
        await expect(page.get_by_label("Name · required")).to_have_value("Echo")
        await expect(page.get_by_role("heading", name="Tools")).to_have_count(0)
        assert await violations(page) == []
        await page.get_by_role("button", name="Create assistant").click()
        await expect(page.get_by_role("button", name="Choose an assistant, now Echo")).to_be_visible()
        await expect(page.get_by_role("button", name="Choose the model")).to_have_count(0)
        await ask(page, "Say it again")
        await expect(page.get_by_role("button", name="Good answer")).to_be_visible(timeout=REPLY_SECONDS)
        assert agent.received

        await page.goto("/assistants")
        await expect(page.get_by_role("listitem").filter(has_text="Echo")).to_contain_text("Remote agent")
        await page.goto(f"/assistants/{(await person.find_assistant('Echo'))['id']}")
        await expect(page.get_by_role("list", name="What it can do")).to_contain_text("Echo")


async def test_a_pasted_card_replaces_the_one_before(open_page: OpenPage, person: Person) -> None:
    async with remote_agent() as agent:
        made = await person.add_assistant("Parrot", agent_card=agent.card, system_prompt="")
        page = await open_page(f"/assistants/{made}/edit", screen="phone", theme="dark", policy=False)
        await page.get_by_text("Paste its card instead").click()
        pasted = page.get_by_label("Agent card (JSON)")
        await pasted.fill(json.dumps(agent.card | {"skills": None}))
        await page.get_by_role("button", name="Use this card").click()
        await expect(page.get_by_text("This is no agent card: skills is missing or wrong.")).to_be_visible()
        assert await violations(page) == []
        await pasted.fill(json.dumps(agent.describe(version="2.0.0")))
        await page.get_by_role("button", name="Use this card").click()
        await expect(page.get_by_role("region", name="Agent card")).to_contain_text("2.0.0")
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        kept = await person.find_assistant("Parrot")
        assert (kept["type"], kept["agent_card"]["version"]) == ("A2A", "2.0.0")
