"""People who have no account yet, or forgot their password."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.fakes.mail_server import MailServer, mail_server
from tests.support import ADMIN_PASSWORD, Platform, environment_for, serving


@pytest.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
async def welcoming(workplace: Path, postgres_url: str, nats_url: str, mail: MailServer) -> AsyncIterator[Platform]:
    """A platform where visitors may register and addresses are confirmed."""
    extra = {
        "CODEMIE_IDENTITY_REGISTRATION": "true",
        "CODEMIE_IDENTITY_EMAIL_VERIFICATION": "true",
        "CODEMIE_IDENTITY_SMTP_HOST": "127.0.0.1",
        "CODEMIE_IDENTITY_SMTP_PORT": str(mail.port),
        "CODEMIE_IDENTITY_SMTP_TLS": "none",
    }
    home = workplace / "welcoming"
    home.mkdir()
    environment = environment_for(home, postgres_url, nats_url, **extra)
    environment["CODEMIE_FRONTEND_URL"] = f"http://127.0.0.1:{environment['CODEMIE_PORT']}"
    async with serving(environment) as running:
        yield running


async def test_a_visitor_registers_confirms_and_later_sets_a_forgotten_password(
    open_page: OpenPage, welcoming: Platform, mail: MailServer
) -> None:
    name = f"newcomer-{uuid.uuid4().hex[:6]}"
    address = f"{name}@codemie.test"
    page = await open_page("/sign-in", signed_in=False, at=welcoming)

    await page.get_by_role("link", name="Create an account").click()
    await page.get_by_label("User name").fill(name)
    await page.get_by_label("E-mail").fill(address)
    await page.get_by_label("Password", exact=True).fill(ADMIN_PASSWORD)
    await page.get_by_label("New password again").fill("something else altogether")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_text("The two are not the same.")).to_be_visible()
    await page.get_by_label("New password again").fill(ADMIN_PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("status")).to_contain_text("Look into your mailbox")

    await page.goto(f"/auth/verify-email?token={await mail.link_to(address)}")
    await page.get_by_role("button", name="Confirm and sign in").click()
    await page.wait_for_url("**/chat")

    await page.context.clear_cookies()
    mail.received.clear()
    await page.goto("/sign-in")
    await page.get_by_role("link", name="Forgot your password?").click()
    # The page before has a field of this name, too.
    await expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    await page.get_by_label("E-mail").fill(address)
    await page.get_by_role("button", name="Send me a link").click()
    await expect(page.get_by_role("status")).to_contain_text("a mail with a link is on its way")
    await page.goto(f"/auth/reset-password?token={await mail.link_to(address)}")
    await page.get_by_label("New password", exact=True).fill("another-long-passphrase")
    await page.get_by_label("New password again").fill("another-long-passphrase")
    await page.get_by_role("button", name="Set password").click()
    await expect(page.get_by_role("status")).to_contain_text("Sign in with the new password")
    assert await welcoming.login(address, "another-long-passphrase")


async def test_a_link_that_worked_once_says_why_it_does_not_again(open_page: OpenPage, welcoming: Platform) -> None:
    page = await open_page("/auth/reset-password?token=used", signed_in=False, at=welcoming)
    await page.get_by_label("New password", exact=True).fill("another-long-passphrase")
    await page.get_by_label("New password again").fill("another-long-passphrase")
    await page.get_by_role("button", name="Set password").click()
    await expect(page.get_by_role("alert")).to_contain_text("The password was not changed")

    await page.goto("/auth/verify-email")
    await expect(page.get_by_role("status")).to_contain_text("This link is incomplete")


async def test_where_no_mail_can_be_sent_nobody_is_led_to_a_dead_end(open_page: OpenPage) -> None:
    page = await open_page("/sign-in", signed_in=False)
    await expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    await expect(page.get_by_role("link")).to_have_count(0)
