"""Personal access tokens: made, shown once, used, revoked."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.support import Platform


async def test_a_token_is_shown_once_works_and_is_revoked(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    page = await open_page("/account/tokens")
    await page.get_by_role("link", name="New token").click()
    await page.get_by_role("button", name="Create token").click()
    await expect(page.get_by_text("Give a name.")).to_be_visible()
    await page.get_by_label("Name").fill("nightly report")
    await page.get_by_role("radio", name="Only these").click()
    await page.get_by_role("button", name="Create token").click()
    await expect(page.get_by_text("Choose at least one project.")).to_be_visible()
    await page.get_by_role("checkbox", name=person.email).click()
    await expect(page.get_by_text(f"It can read in {person.email} until")).to_be_visible()
    await page.get_by_role("button", name="Create token").click()

    await expect(page.get_by_role("heading", name="Copy “nightly report” now")).to_be_visible()
    token = await page.get_by_role("textbox", name="The token").input_value()
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    async with platform.client(token) as program:
        assert (await program.get("/v1/user")).json()["email"] == person.email
        assert (await program.post("/v1/assistants", json={})).status_code == 403

    await page.get_by_role("link", name="I have copied it").click()
    row = page.get_by_role("row", name="nightly report")
    await expect(row).to_contain_text("Read")
    await expect(row).to_contain_text("just now")
    await expect(page.get_by_text(token)).to_have_count(0)

    await row.get_by_role("button", name="Revoke nightly report").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("last used")
    await page.get_by_role("button", name="Revoke token").click()
    await expect(page.get_by_role("heading", name="No access tokens yet")).to_be_visible()
    async with platform.client(token) as program:
        assert (await program.get("/v1/user")).status_code == 401
