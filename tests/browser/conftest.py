"""A headless Chromium on the real platform, and people who are signed in to it."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.people import Person
from tests.conftest import MakeUser
from tests.support import ADMIN_PASSWORD, Platform, require

WEB = Path(__file__).parents[2] / "web"
SCREENS = {"desk": (1280, 800), "phone": (390, 844)}

Theme = Literal["light", "dark"]
OpenPage = Callable[..., Awaitable[Page]]
Portrait = Callable[[Page, str], Awaitable[None]]
PICTURES = Path(__file__).parents[2] / "docs" / "assets"
MakePerson = Callable[..., Awaitable[Person]]


def chromium() -> str | None:
    """The Chromium to drive: the one named, or the machine's."""
    named = os.environ.get("CODEMIE_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.hookimpl(tryfirst=True)  # before those are left out that `-m` does not name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, and those that take pictures."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if "portrait" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.pictures)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without sandbox (tests may run as root) and without calls to its maker."""
    require((WEB / "dist" / "index.html").is_file(), "web/dist (the built web UI)")
    require(chromium(), "Chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
        )
        yield started
        await started.close()


@pytest.fixture
async def make_person(browser: Browser, platform: Platform, make_user: MakeUser) -> MakePerson:
    """Makes fresh users who can be looked over the shoulder; keywords are their roles."""

    async def make(name: str, **attributes: object) -> Person:
        client = await make_user(name, **attributes)
        email = str(client.email)  # type: ignore[attr-defined]
        return Person(client, email, await platform.login(email, ADMIN_PASSWORD))

    return make


@pytest.fixture
async def person(make_person: MakePerson) -> Person:
    """A fresh user with an empty installation of their own."""
    return await make_person("visitor")


@pytest.fixture
async def chief(make_person: MakePerson) -> Person:
    """A maintainer: may do everything."""
    return await make_person("chief", is_maintainer=True)


@pytest.fixture
async def open_page(browser: Browser, platform: Platform, person: Person) -> AsyncIterator[OpenPage]:
    """Pages opened as the person, in a theme and on a screen of choice.

    A script error or a breach of the page's content policy fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    async def open_(
        path: str = "/",
        *,
        theme: Theme = "light",
        screen: str = "desk",
        signed_in: bool = True,
        policy: bool = True,
        who: Person = person,
        at: Platform = platform,
    ) -> Page:
        width, height = SCREENS[screen]
        context = await browser.new_context(
            base_url=at.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            bypass_csp=not policy,
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        if signed_in:
            await context.add_cookies([{"name": "codemie_access_token", "value": who.token, "url": at.url}])
        page = await context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(path)
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert complaints == []


@pytest.fixture
def portrait() -> Portrait:
    """Takes the pictures of the documentation in both themes where `make pictures` asks for them."""

    async def take(page: Page, name: str) -> None:
        if not os.environ.get("CODEMIE_PICTURES"):
            return
        for theme, suffix in (("light", ""), ("dark", "-dark")):
            await page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            await page.screenshot(path=PICTURES / f"{name}{suffix}.png")
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")

    return take
