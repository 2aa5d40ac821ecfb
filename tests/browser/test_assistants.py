"""Making, finding, changing and deleting assistants."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person


async def test_an_assistant_is_made_changed_and_deleted(open_page: OpenPage, person: Person) -> None:
    await person.add_handbook()
    page = await open_page("/assistants/new")
    await page.get_by_role("button", name="Create assistant").click()
    await expect(page.get_by_text("Give the assistant a name.")).to_be_visible()

    await page.get_by_label("Name").fill("Policy Guide")
    await page.get_by_label("Instructions").fill("Answer from the handbook.")
    await page.get_by_label("Temperature").fill("0.3")
    await page.get_by_label("handbook").check()
    await page.get_by_role("button", name="Add starter").click()
    await page.get_by_role("textbox", name="Starter 1").fill("How large is the travel budget?")
    await page.get_by_role("button", name="Create assistant").click()
    await expect(page.get_by_role("heading", name="Policy Guide")).to_be_visible()
    await expect(page.get_by_role("button", name="How large is the travel budget?")).to_be_visible()

    await page.get_by_role("link", name="Assistants", exact=True).click()
    await page.get_by_role("button", name="More actions: Policy Guide").click()
    await page.get_by_role("menuitem", name="Edit").click()
    await expect(page.get_by_label("handbook")).to_be_checked()
    await expect(page.get_by_label("Temperature")).to_have_value("0.3")
    await page.get_by_label("Name").fill("Policy Expert")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("button", name="Delete assistant").click()
    await expect(page.get_by_role("heading", name="No assistants yet")).to_be_visible()


async def test_the_search_is_part_of_the_address(open_page: OpenPage, person: Person) -> None:
    await person.add_assistant("Travel Guide")
    await person.add_assistant("Release Writer")
    page = await open_page("/assistants")
    await expect(page.get_by_role("heading", name="Release Writer")).to_be_visible()
    await page.get_by_role("searchbox", name="Search assistants").fill("travel")
    await expect(page.get_by_role("heading", name="Release Writer")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Travel Guide")).to_be_visible()
    assert page.url.endswith("/assistants?search=travel")

    await page.reload()
    await expect(page.get_by_role("heading", name="Travel Guide")).to_be_visible()
    await expect(page.get_by_role("heading", name="Release Writer")).to_be_hidden()


async def test_the_palette_starts_a_chat_with_any_assistant(open_page: OpenPage, person: Person) -> None:
    await person.add_assistant("Travel Guide")
    await person.add_assistant("Release Writer")
    page = await open_page("/knowledge")
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox").fill("travel")
    await page.get_by_role("option", name="Travel Guide").click()
    await expect(page.get_by_role("heading", name="Travel Guide")).to_be_visible()
