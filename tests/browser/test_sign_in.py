"""The way in and out."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import Person
from tests.support import ADMIN_PASSWORD


async def test_a_wrong_password_says_so_and_the_right_one_opens_the_page_that_was_asked_for(
    open_page: OpenPage, person: Person
) -> None:
    page = await open_page("/knowledge?status=failed", signed_in=False)
    await page.get_by_label("E-mail").fill(person.email)
    await page.get_by_label("Password").fill("not the password")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("Invalid email or password")

    await page.get_by_label("Password").fill(ADMIN_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Knowledge")).to_be_visible()
    assert page.url.endswith("/knowledge?status=failed")


async def test_a_link_to_another_host_is_not_followed_after_sign_in(open_page: OpenPage, person: Person) -> None:
    page = await open_page("/sign-in?next=//example.org/", signed_in=False)
    await page.get_by_label("E-mail").fill(person.email)
    await page.get_by_label("Password").fill(ADMIN_PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/chat")
    assert "example.org" not in page.url


async def test_signing_out_ends_the_session(open_page: OpenPage) -> None:
    page = await open_page("/assistants")
    await page.get_by_role("button", name="visitor").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to CodeMie")).to_be_visible()
    await page.goto("/assistants")
    await expect(page.get_by_role("heading", name="Sign in to CodeMie")).to_be_visible()


async def test_an_empty_installation_shows_the_first_steps(open_page: OpenPage) -> None:
    page = await open_page("/")
    await expect(page.get_by_role("heading", name="Three steps to the first answer")).to_be_visible()
    await page.get_by_role("link", name="Create an assistant").click()
    await expect(page.get_by_role("heading", name="New assistant")).to_be_visible()
