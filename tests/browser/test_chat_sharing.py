"""Taking a conversation along, and letting others read it."""

import re
from pathlib import Path

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person
from tests.browser.test_look import violations


async def conversation_of(person: Person) -> str:
    """A conversation with a cited answer and an attached file."""
    await person.add_handbook()
    assistant = await person.add_assistant("Policy Guide", knowledge=("handbook",))
    files = {"file": ("notes.txt", b"The code word is heron.", "text/plain")}
    token = (await person.client.post("/v1/files/", files=files)).json()["file_url"]
    identifier = f"share-{assistant}"
    body = {"text": "How large is the travel budget?", "conversation_id": identifier, "file_names": [token]}
    answer = await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    return identifier


async def test_a_stranger_reads_what_was_shared_until_the_link_is_revoked(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    stranger = await make_person("stranger")
    page = await open_page(f"/chat/{await conversation_of(person)}", policy=False)
    await page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share this conversation")
    await dialog.get_by_role("button", name="Create link").click()
    link = await dialog.get_by_role("textbox", name="Link").input_value()
    await expect(dialog).to_contain_text(re.compile(r"Ends \w{3} \d{1,2}, \d{4}, .* · not opened yet"))
    assert await violations(page) == []

    reader = await open_page(link, who=stranger, policy=False)
    await expect(reader.get_by_text("Shared by")).to_be_visible()
    await expect(reader.get_by_role("paragraph").filter(has_text="The code word is heron")).to_be_visible()
    file = await reader.get_by_role("link", name="notes.txt").get_attribute("href")
    assert await (await reader.request.get(file or "")).text() == "The code word is heron."
    assert await violations(reader) == []

    await dialog.get_by_role("button", name="Revoke").click()
    await expect(dialog.get_by_role("button", name="Create link")).to_be_visible()
    await reader.reload()
    await expect(reader.get_by_role("heading", name="This link leads nowhere")).to_be_visible()


async def saved_as(page: Page, kind: str) -> Path:
    """What the export menu of the title row gives."""
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as saving:
        await page.get_by_role("menuitem", name=kind).click()
    return await (await saving.value).path()


async def test_a_conversation_is_exported_in_every_format(open_page: OpenPage, person: Person) -> None:
    page = await open_page(f"/chat/{await conversation_of(person)}")
    for kind, beginning in (("Word", b"PK"), ("PDF", b"%PDF"), ("Markdown", b"#"), ("JSON", b"{")):
        assert (await saved_as(page, kind)).read_bytes().startswith(beginning), kind


async def test_a_failed_export_says_why_and_can_be_tried_again(open_page: OpenPage, person: Person) -> None:
    page = await open_page(f"/chat/{await conversation_of(person)}")

    async def refuse(route: Route) -> None:
        await route.fulfill(status=503, json={"error": {"message": "The disk is full", "details": "", "help": ""}})

    await page.route("**/export?*", refuse)
    await page.get_by_role("button", name="Export").click()
    await page.get_by_role("menuitem", name="PDF").click()
    await expect(page.get_by_role("dialog")).to_contain_text("The disk is full")
    await page.unroute("**/export?*")
    async with page.expect_download() as saving:
        await page.get_by_role("button", name="Try again").click()
    assert (await saving.value).suggested_filename == "How large is the travel budget.pdf"
