"""What administrators look after for everybody: categories of assistants, and conversations."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.browser.test_look import violations
from tests.identity.administration import events
from tests.support import Platform, until


async def said(person: Person, name: str) -> str:
    """The id of a conversation of this person in which their name for it was said."""
    assistant = await person.add_assistant(f"Talker {name}")
    conversation = f"{name}-{person.tag}"
    body = {"text": f"About {name}", "conversation_id": conversation}
    answer = await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    return conversation


async def test_categories_are_made_renamed_and_deleted_unless_used(
    open_page: OpenPage, chief: Person, person: Person
) -> None:
    first, second = f"Gardening {chief.tag}", f"Botany {chief.tag}"
    page = await open_page("/administration/categories", who=chief)
    await page.get_by_role("button", name="New category").click()
    dialog = page.get_by_role("dialog", name="New category")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Give the category a name.")).to_be_visible()
    await dialog.get_by_label("Name · required").fill(first)
    await dialog.get_by_label("Description").fill("Everything green")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name=first)).to_contain_text("Everything green")

    await page.get_by_role("button", name=f"Edit {first}").click()
    await page.get_by_label("Name · required").fill(second)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row", name=second)).to_be_visible()

    known = (await person.client.get("/v1/assistants/categories")).json()
    category = next(row["id"] for row in known if row["name"] == second)
    used = await person.add_assistant("Gardener", categories=[category])
    await page.reload()
    await page.get_by_role("button", name=f"Delete {second}").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("1 assistant is in it.")
    await expect(page.get_by_role("button", name="Delete category")).to_be_disabled()
    await page.keyboard.press("Escape")
    await person.client.delete(f"/v1/assistants/{used}")
    await page.reload()
    await page.get_by_role("button", name=f"Delete {second}").click()
    await page.get_by_role("button", name="Delete category").click()
    await expect(page.get_by_role("row", name=second)).to_have_count(0)


async def test_conversations_of_everybody_are_looked_into_and_finished(
    open_page: OpenPage, chief: Person, person: Person, platform: Platform
) -> None:
    opened, other, third = [await said(person, name) for name in ("birds", "stones", "clouds")]
    page = await open_page("/administration/conversations?state=open", who=chief)
    await page.get_by_role("link", name="About birds").first.click()
    await expect(page.get_by_role("listitem").filter(has_text="About birds").first).to_be_visible()
    await expect(page.get_by_text("Conversations are private")).to_be_visible()
    assert await violations(page) == []
    assert [event for event, _ in await events(platform, opened)] == ["conversation.read_by_administrator"]

    await page.get_by_role("button", name="Finish").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Finish").click()
    await expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    await page.goto("/administration/conversations?state=open")
    await expect(page.get_by_role("button", name="Finish", exact=True)).to_be_disabled()
    for name in ("stones", "clouds"):
        await page.get_by_role("checkbox", name=f"Select About {name}").first.check()
    await page.get_by_role("button", name="Finish 2 conversations").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Finish").click()
    await expect(page.get_by_role("checkbox", name="Select About stones")).to_have_count(0)

    async def are_finished() -> bool:
        kept = [(await person.client.get(f"/v1/conversations/{each}")).json() for each in (opened, other, third)]
        return all(one["finished_at"] for one in kept)

    await until(are_finished, seconds=30, what="the end of all three conversations")
