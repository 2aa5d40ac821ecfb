"""Skills: written, found, attached, published, brought in and taken away."""

import io
import zipfile
from pathlib import Path

from playwright.async_api import FilePayload, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.browser.test_look import violations

CONTENT = "# How to review\n\n" + "Read the whole change before you say anything about a part of it.\n" * 3


async def test_a_skill_is_written_attached_published_and_deleted(
    open_page: OpenPage, person: Person, portrait: Portrait
) -> None:
    await person.add_assistant("Reviewer")
    page = await open_page("/skills")
    await page.get_by_role("link", name="New skill").first.click()
    await page.get_by_role("button", name="Create skill").click()
    await expect(page.get_by_text("At least 100 characters.")).to_be_visible()
    await page.get_by_label("Name · required").fill("Review Changes")
    await expect(page.get_by_label("Name · required")).to_have_value("review-changes")
    await page.get_by_label("Description · required").fill("Reviews changes before they are merged.")
    await page.get_by_label("Instructions · required").fill(CONTENT)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("heading", name="How to review")).to_be_visible()
    await page.get_by_label("Add files").first.set_input_files(
        {"name": "checklist.md", "mimeType": "text/markdown", "buffer": b"- tests\n- docs\n"}
    )
    await page.get_by_role("radio", name="The project").click()
    await page.get_by_role("button", name="Create skill").click()
    await expect(page.get_by_role("heading", name="review-changes", exact=True)).to_be_visible()
    await page.get_by_role("button", name="checklist.md").click()
    await expect(page.get_by_role("dialog", name="checklist.md")).to_contain_text("- docs")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Attach to assistants").click()
    await page.get_by_role("option", name="Reviewer").click()
    await page.get_by_role("dialog").get_by_role("button", name="Attach to assistants").click()
    await expect(page.get_by_role("complementary", name="Facts").get_by_role("link", name="Reviewer")).to_be_visible()

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Publish to marketplace").click()
    await page.get_by_role("button", name="Publish", exact=True).click()
    await expect(page.get_by_text("In the marketplace")).to_be_visible()

    await portrait(page, "skill")
    await page.get_by_role("link", name="Edit").click()
    await page.get_by_label("Description · required").fill("Reviews changes, kindly and thoroughly.")
    await expect(page.get_by_role("list", name="Files")).to_contain_text("checklist.md")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Reviews changes, kindly and thoroughly.")).to_be_visible()
    await expect(page.get_by_role("button", name="checklist.md")).to_be_visible()

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("1 assistant loses it.")
    await page.get_by_role("button", name="Delete skill").click()
    await expect(page.get_by_role("heading", name="Skills", exact=True)).to_be_visible()


async def test_skills_come_from_markdown_and_archives_and_leave_as_markdown(
    open_page: OpenPage, person: Person, tmp_path: Path
) -> None:
    text = f"---\nname: from-markdown\ndescription: Came from a Markdown file.\n---\n{CONTENT}"
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("SKILL.md", text.replace("from-markdown", "from-archive"))
        archive.writestr("table.csv", "a,b\n1,2\n")
    page = await open_page("/skills")
    for name, content in (("a.md", b"no front matter"), ("a.md", text.encode()), ("a.zip", bundle.getvalue())):
        await page.goto("/skills")
        await page.get_by_role("button", name="Import").click()
        dialog = page.get_by_role("dialog", name="Import a skill")
        sent: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        await dialog.get_by_label("File (.md or .zip)").set_input_files(sent)
        await dialog.get_by_role("button", name="Import").click()
        if content.startswith(b"no"):
            await expect(dialog.get_by_role("alert")).to_contain_text("The skill was not imported")
        else:
            await expect(dialog).to_be_hidden()
            await expect(page.get_by_role("button", name="Attach to assistants")).to_be_visible()
    await expect(page.get_by_role("heading", name="from-archive", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="table.csv")).to_be_visible()

    await page.get_by_role("button", name="More actions").click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Export as Markdown").click()
    saved = tmp_path / "skill.md"
    await (await download.value).save_as(saved)
    assert "name: from-archive" in saved.read_text()

    await page.goto("/skills?search=from-markdown")
    await expect(page.get_by_role("row", name="from-markdown")).to_be_visible()
    await expect(page.get_by_role("row", name="from-archive")).to_be_hidden()


async def test_a_model_drafts_a_skill_and_reviews_it(open_page: OpenPage, person: Person) -> None:
    page = await open_page("/skills/new", policy=False, screen="phone", theme="dark")
    await page.get_by_role("button", name="Draft with AI").click()
    await page.get_by_label("What should be known, and when is it needed?").fill("Review SQL migrations")
    assert await violations(page) == []
    await page.get_by_role("dialog").get_by_role("button", name="Write").click()
    await expect(page.get_by_label("Name · required")).not_to_be_empty()
    await expect(page.get_by_label("Instructions · required")).not_to_be_empty()

    await page.get_by_role("button", name="Review with AI").click()
    await page.get_by_role("dialog").get_by_role("button", name="Review", exact=True).click()
    change = page.get_by_role("checkbox", name="Apply the change of").first
    await change.check()
    assert await violations(page) == []
    await page.get_by_role("button", name="Apply").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
