"""People who sign in with a browser, at Keycloak or at the company's provider behind it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page

from tests.keycloak import corporate
from tests.keycloak.servers import Keycloak

REALM = "codemie"
PASSWORD = "a-long-enough-passphrase"


def an_email() -> str:
    """An address nobody has."""
    return f"ada-{uuid.uuid4().hex[:8]}@corporate.test"


def a_project(label: str) -> str:
    """A project name nobody uses."""
    return f"{label}-{uuid.uuid4().hex[:6]}"


@asynccontextmanager
async def new_page(browser: Browser) -> AsyncIterator[Page]:
    """A browser that knows nothing."""
    context = await browser.new_context()
    context.set_default_timeout(60_000)
    yield await context.new_page()
    await context.close()


async def give_password(page: Page, email: str) -> None:
    """Fill in a realm's sign-in form."""
    await page.locator("#username").fill(email)
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#kc-login").click()


async def sign_in(page: Page, start: str, email: str) -> None:
    """From an address through our realm to the company's, and back to the UI: nothing is asked on the way but there."""
    await page.goto(start)
    await page.locator(f"#social-{corporate.REALM}").click()
    await give_password(page, email)
    await page.wait_for_url("**/chat**")
    await page.get_by_role("navigation").first.wait_for()


async def me(page: Page, address: str) -> dict[str, Any]:
    """What the platform says to this browser about its user."""
    answer = await page.request.get(f"{address}/v1/user")
    assert answer.status == 200, await answer.text()
    said: dict[str, Any] = await answer.json()
    return said


async def projects_shown(page: Page, address: str) -> list[str]:
    """The projects that the UI offers."""
    await page.goto(f"{address}/assistants")
    await page.get_by_role("button", name="Project", exact=True).click()
    return sorted(await page.get_by_role("menuitemradio").all_inner_texts())


def sessions_at(keycloak: Keycloak, realm: str, email: str) -> list[dict[str, Any]]:
    """Somebody's sessions in a realm."""
    found = keycloak.call("GET", f"/{realm}/users?email={email}")
    return [each for user in found for each in keycloak.call("GET", f"/{realm}/users/{user['id']}/sessions")]


async def no_sessions(keycloak: Keycloak, email: str) -> bool:
    """Has everything ended, at Keycloak and at the company's provider?"""
    return not any(sessions_at(keycloak, realm, email) for realm in (REALM, corporate.REALM))


async def sign_out_everywhere(keycloak: Keycloak, email: str) -> None:
    """What an administrator does in Keycloak's console."""
    user = keycloak.call("GET", f"/{REALM}/users?email={email}")[0]
    # Keycloak answers when it has told the platform, which runs in this thread.
    await asyncio.to_thread(keycloak.call, "POST", f"/{REALM}/users/{user['id']}/logout")
