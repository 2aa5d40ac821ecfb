"""A person's own pages: who they are, their password, where they belong."""

import base64

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.support import ADMIN_PASSWORD, Platform

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_the_user_menu_leads_to_a_profile_that_can_be_changed(open_page: OpenPage, person: Person) -> None:
    page = await open_page("/assistants")
    await page.get_by_role("button", name="visitor").click()
    await page.get_by_role("menuitem", name="Profile").click()
    await expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    await expect(page.get_by_role("table", name="Projects")).to_contain_text(person.email)
    await expect(page.get_by_text("You have no platform role")).to_be_visible()

    await page.get_by_label("Picture").set_input_files([{"name": "me.png", "mimeType": "image/png", "buffer": PIXEL}])
    await expect(page.get_by_role("button", name="Remove")).to_be_visible()
    await page.get_by_role("textbox", name="Name", exact=True).fill("Ada Lovelace")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    about = (await person.client.get("/v1/user")).json()
    assert about["name"] == "Ada Lovelace"
    assert about["picture"].startswith("data:image/jpeg;base64,")
    await expect(page.get_by_role("button", name="Ada Lovelace").locator("img")).to_be_visible()


async def test_a_file_that_is_no_picture_is_refused_in_the_browser(open_page: OpenPage) -> None:
    page = await open_page("/account")
    await page.get_by_label("Picture").set_input_files(
        [{"name": "me.png", "mimeType": "image/png", "buffer": b"no picture"}]
    )
    await expect(page.get_by_role("alert")).to_contain_text("could not be read as an image")


async def test_a_password_is_changed_only_by_who_knows_the_old_one(
    open_page: OpenPage, person: Person, platform: Platform
) -> None:
    page = await open_page("/account")
    new = "another long passphrase"

    async def change(current: str, again: str) -> None:
        await page.get_by_label("Current password").fill(current)
        await page.get_by_label("New password", exact=True).fill(new)
        await page.get_by_label("New password again").fill(again)
        await page.get_by_role("button", name="Change password").click()

    await change(ADMIN_PASSWORD, "something else entirely")
    await expect(page.get_by_text("The two are not the same.")).to_be_visible()
    await change("not my password", new)
    await expect(page.get_by_role("alert")).to_contain_text("The password was not changed")
    await change(ADMIN_PASSWORD, new)
    await expect(page.get_by_text("Password changed")).to_be_visible()

    assert await platform.login(person.email, new)
    await page.reload()
    await expect(page.get_by_role("heading", name="Profile")).to_be_visible()


async def test_an_ended_session_leads_to_sign_in_and_back_to_the_page(open_page: OpenPage, person: Person) -> None:
    page = await open_page("/account/tokens")
    await expect(page.get_by_role("heading", name="Access tokens", exact=True)).to_be_visible()
    await page.context.clear_cookies()
    await page.get_by_role("link", name="Knowledge", exact=True).click()
    await expect(page.get_by_role("heading", name="Sign in to CodeMie")).to_be_visible()

    await page.get_by_label("E-mail").fill(person.email)
    await page.get_by_label("Password").fill(ADMIN_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()


async def test_an_action_after_the_session_ended_leads_to_sign_in(open_page: OpenPage) -> None:
    page = await open_page("/account/tokens/new")
    await page.get_by_label("Name").fill("late")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Create token").click()
    await expect(page.get_by_role("heading", name="Sign in to CodeMie")).to_be_visible()
    assert "next=%2Faccount%2Ftokens%2Fnew" in page.url
