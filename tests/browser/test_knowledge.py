"""Making data sources, watching them grow, trying and deleting them."""

import httpx2
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import HANDBOOK, Person
from tests.browser.test_look import violations
from tests.fakes.gitlab import TOKEN, GitLab
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import create
from tests.knowledge.sources import indexed, own_project

INDEXING = 120_000


async def test_files_become_a_data_source_with_the_bad_ones_listed(open_page: OpenPage, person: Person) -> None:
    page = await open_page("/knowledge")
    await page.get_by_role("link", name="Upload files").click()
    await page.get_by_role("button", name="Create and index").click()
    await expect(page.get_by_text("Add at least one file.")).to_be_visible()
    await expect(page.get_by_label("Name")).to_be_focused()

    await page.get_by_label("Name").fill("company-rules")
    await page.get_by_label("Description").fill("Travel and equipment")
    await page.locator("input[type=file]").set_input_files(
        [
            {"name": "handbook.md", "mimeType": "text/markdown", "buffer": HANDBOOK.encode()},
            {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 not really"},
            {"name": "empty.txt", "mimeType": "text/plain", "buffer": b""},
        ]
    )
    await page.get_by_role("button", name="Create and index").click()
    await expect(page.get_by_role("heading", name="company-rules")).to_be_visible()
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=INDEXING)
    await expect(page.get_by_role("definition").first).to_have_text("1")

    await page.goto("/knowledge")
    await expect(page.get_by_role("row", name="company-rules").get_by_role("cell").nth(2)).to_have_text("1")
    await page.get_by_role("link", name="company-rules").click()
    await page.get_by_role("link", name="Skipped").click()
    await expect(page.get_by_role("row", name="broken.pdf")).to_be_visible()
    await expect(page.get_by_role("row", name="empty.txt")).to_be_visible()

    await page.get_by_role("link", name="Try search").click()
    await page.get_by_role("textbox", name="Search this data source").fill("travel budget")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="handbook.md").first).to_contain_text("4200 EUR")

    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("company-rules")
    await page.get_by_role("button", name="Delete data source").click()
    await expect(page.get_by_role("heading", name="No data sources yet")).to_be_visible()


async def test_progress_is_shown_while_a_source_is_indexed(open_page: OpenPage) -> None:
    page = await open_page("/knowledge/new?type=file")
    await page.get_by_label("Name").fill("many-notes")
    notes = "\n".join(f"# Note {number}\n\nHeron {number} stands in the river.\n" for number in range(4000))
    await page.locator("input[type=file]").set_input_files(
        [{"name": f"notes-{part}.md", "mimeType": "text/markdown", "buffer": notes.encode()} for part in range(8)]
    )
    await page.get_by_role("button", name="Create and index").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=INDEXING)
    await expect(page.get_by_role("progressbar")).to_be_hidden()
    await expect(page.get_by_role("definition").first).to_have_text("8")
    # Else the background would improve thousands of vectors beside all tests that follow.
    await page.get_by_role("button", name="Delete").click()
    await page.get_by_role("button", name="Delete data source").click()
    await expect(page.get_by_role("heading", name="No data sources yet")).to_be_visible()


async def test_a_repository_that_cannot_be_read_is_refused_with_the_reason(open_page: OpenPage) -> None:
    page = await open_page("/knowledge/new?type=git")
    await page.get_by_role("button", name="Create and index").click()
    await expect(page.get_by_text("Give the address of the repository.")).to_be_visible()
    await page.get_by_label("Name").fill("no-such-repository")
    await page.get_by_label("Repository URL").fill("http://127.0.0.1:9/nothing.git")
    await page.get_by_role("button", name="Create and index").click()
    await expect(page.get_by_role("alert")).to_contain_text("The data source was not created")
    await expect(page.get_by_role("alert")).to_contain_text("Request ")


async def test_a_private_repository_is_read_with_a_chosen_integration(open_page: OpenPage, person: Person) -> None:
    gitlab = GitLab()
    async with serving(gitlab) as address:
        url = address.replace("127.0.0.1", "localhost")  # the name is what data sources may reach
        project = await own_project(person.client)
        old, new = [await git_integration(person.client, project, url, alias) for alias in ("Old token", "New token")]
        page = await open_page("/knowledge/new?type=git")
        await page.get_by_label("Name").fill("private-app")
        await page.get_by_label("Repository URL").fill(f"{url}/team/app.git")
        await page.get_by_role("button", name="Create and index").click()
        await expect(page.get_by_role("alert")).to_contain_text("Please select a Git integration")

        await page.get_by_label("Integration", exact=True).click()
        await page.get_by_role("option", name="Old token").click()
        await page.get_by_role("button", name="Create and index").click()
        await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=INDEXING)
        await expect(page.get_by_role("definition").filter(has_text="Old token")).to_be_visible()
        await expect(page.get_by_role("region", name="Files")).to_contain_text("src/app.py")

        assert (await person.client.delete(f"/v1/settings/user/{old}")).status_code == 200
        await page.get_by_role("button", name="Re-index").click()
        await expect(page.get_by_role("alert")).to_contain_text("The integration is gone", timeout=INDEXING)
        await page.reload()
        await page.get_by_role("link", name="Edit").click()
        await page.get_by_label("Integration", exact=True).click()
        await page.get_by_role("option", name="New token").click()
        await page.get_by_role("button", name="Save changes").click()
        await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=INDEXING)
        await expect(page.get_by_role("definition").filter(has_text="New token")).to_be_visible()
        row = await indexed(person.client, "private-app")
        assert row["setting_id"] == new


async def git_integration(client: httpx2.AsyncClient, project: str, url: str, alias: str) -> str:
    """A personal one for the GitLab at an address; tells its id."""
    pairs = [{"key": key, "value": value} for key, value in {"url": url, "token": TOKEN}.items()]
    body = {"project_name": project, "alias": alias, "credential_type": "Git", "credential_values": pairs}
    return str((await create(client, "user", {**body, "is_global": False}))["id"])


async def test_a_source_can_be_indexed_again(open_page: OpenPage, person: Person) -> None:
    source = await person.add_handbook()
    page = await open_page(f"/knowledge/{source}")
    await page.get_by_role("button", name="Re-index").click()
    await expect(page.get_by_role("button", name="Re-index")).to_be_enabled(timeout=INDEXING)
    await expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=INDEXING)


async def test_a_source_of_files_is_edited(open_page: OpenPage, person: Person) -> None:
    source = await person.add_handbook()
    page = await open_page(f"/knowledge/{source}/edit", screen="phone", theme="dark", policy=False)
    await page.get_by_label("Description").fill("Everything about travel")
    await page.get_by_role("switch", name="Share with the project").click()
    await page.get_by_role("button", name="Remove handbook.md").click()
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_role("alert")).to_contain_text("Add at least one file.")
    assert await violations(page) == []
    await page.locator("input[type=file]").set_input_files(
        [
            {
                "name": "trains.md",
                "mimeType": "text/markdown",
                "buffer": b"# Trains\n\nNight trains leave from platform 9.\n",
            }
        ]
    )
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_role("link", name="Try search")).to_be_visible()
    await expect(page.get_by_text("Everything about travel")).to_be_visible()
    row = await indexed(person.client, "handbook")
    assert (row["uploaded_files"], row["project_space_visible"]) == (["trains.md"], True)
    await page.get_by_role("link", name="Try search").click()
    await page.get_by_role("textbox", name="Search this data source").fill("night trains")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="trains.md").first).to_contain_text("platform 9", timeout=INDEXING)
