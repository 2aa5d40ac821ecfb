"""What a reply shows and lets one do: approvals, thoughts, versions, opinions."""

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations

ASKING = {"tool_permissions": {"tool_call_policy": "ask_for_approval"}}
TITLE = "This tool call needs your approval"


async def test_a_tool_call_waits_and_is_allowed_or_denied_by_a_key(open_page: OpenPage, person: Person) -> None:
    await person.add_handbook()
    assistant = await person.add_assistant("Careful Guide", knowledge=("handbook",), **ASKING)
    page = await open_page(f"/chat?assistant={assistant}", policy=False)
    await ask(page, "How large is the travel budget?")
    card = page.get_by_role("region", name=TITLE)
    await expect(card).to_be_focused(timeout=REPLY_SECONDS)
    await expect(card).to_contain_text("Knowledge search (handbook)")
    await expect(card.get_by_role("definition")).to_have_text("How large is the travel budget?")
    assert await violations(page) == []

    await page.reload()
    await card.press("a")
    await expect(page.get_by_role("button", name="Good answer")).to_be_visible(timeout=REPLY_SECONDS)
    await expect(page.get_by_role("paragraph").filter(has_text="4200 EUR")).to_be_visible()
    await expect(card).to_be_hidden()

    await ask(page, "How often is a laptop replaced?")
    await expect(card).to_be_visible(timeout=REPLY_SECONDS)
    await card.get_by_role("button", name="Deny").click()
    await expect(page.get_by_text(re.compile("1 call denied"))).to_be_visible(timeout=REPLY_SECONDS)
    await expect(page.get_by_text("three years")).to_be_hidden()


async def test_a_call_nobody_decided_can_no_longer_be_allowed(open_page: OpenPage, person: Person) -> None:
    await person.add_handbook()
    assistant = await person.add_assistant("Careful Guide", knowledge=("handbook",), **ASKING)
    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "How large is the travel budget?")
    await expect(page.get_by_role("region", name=TITLE)).to_be_visible(timeout=REPLY_SECONDS)
    await ask(page, "Never mind")
    await expect(page.get_by_text("1 tool call waited for approval here")).to_be_visible(timeout=REPLY_SECONDS)


async def test_the_steps_of_a_sub_assistant_stand_below_its_call(open_page: OpenPage, person: Person) -> None:
    await person.add_handbook()
    guide = await person.add_assistant("Policy Guide", knowledge=("handbook",))
    chief = await person.add_assistant("Chief of Staff", assistant_ids=[guide])
    page = await open_page(f"/chat?assistant={chief}", policy=False)
    await ask(page, "Ask the policy guide: how large is the travel budget?")
    await expect(page.get_by_role("button", name="Good answer")).to_be_visible(timeout=REPLY_SECONDS)
    await page.get_by_text("Used Policy Guide").click()
    await page.get_by_role("list", name="Thoughts").get_by_text("Policy Guide", exact=True).click()
    below = page.get_by_role("list", name="Steps of Policy Guide")
    await below.get_by_text("Knowledge search (handbook)").click()
    await expect(below.get_by_role("group", name="Output")).to_contain_text("4200 EUR")
    await expect(below.get_by_text(re.compile(r"\d (ms|s)$")).first).to_be_visible()
    assert await violations(page) == []


async def test_an_opinion_is_given_explained_and_taken_back(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Talker")
    body = {"text": "Hello", "conversation_id": f"opinion-{assistant}"}
    await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    page = await open_page(f"/chat/opinion-{assistant}", policy=False)
    bad = page.get_by_role("button", name="Bad answer")
    await bad.click()
    await page.get_by_label("What made it so?").fill("Too short")
    assert await violations(page) == []
    await page.get_by_role("button", name="Send comment").click()
    await expect(page.get_by_text("your comment was kept")).to_be_visible()
    await page.reload()
    await expect(bad).to_have_attribute("aria-pressed", "true")
    history = (await person.client.get(f"/v1/conversations/opinion-{assistant}")).json()["history"]
    assert (history[1]["userMark"]["mark"], history[1]["userMark"]["comments"]) == ("wrong", "Too short")
    await bad.click()
    await expect(bad).to_have_attribute("aria-pressed", "false")
