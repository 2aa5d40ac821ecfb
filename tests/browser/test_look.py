"""Themes, widths, keys, and the accessibility of every page."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, Request, expect

from tests.browser.conftest import SCREENS, WEB, OpenPage, Theme
from tests.browser.people import Person
from tests.support import require, until

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


# What a theme can break: it changes colours and nothing else.
COLOURS = ["color-contrast", "link-in-text-block"]
# What a width can break: sizes, order, and the names of what lost its words. Colours are the same on every width.
SIZES = [
    "target-size",
    "scrollable-region-focusable",
    "button-name",
    "link-name",
    "heading-order",
    "page-has-heading-one",
    "region",
    "duplicate-id-aria",
    "aria-hidden-focus",
]


async def violations(page: Page, rules: list[str] = RULES) -> list[str]:
    """What axe finds on the page as it is now."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: dict[str, Any] = await page.evaluate("rules => axe.run(document, {runOnly: rules})", rules)
    return [
        f"{page.url} {issue['id']}: {issue['nodes'][0]['html'][:200]} {issue['nodes'][0]['failureSummary']}"
        for issue in found["violations"]
    ]


# Pages scroll inside the frame, which hides from the window what sticks out.
WIDER = """[document.documentElement, ...document.querySelectorAll("main .overflow-y-auto")]
  .some(box => box.clientWidth > 0 && box.scrollWidth > box.clientWidth)"""
LONG_NAME = "Regional-Compliance-and-Travel-Expense-Reimbursement-Advisor for Central European Subsidiaries"


class Traffic:
    """The requests of a page that are under way."""

    def __init__(self, page: Page) -> None:
        self._open: set[Request] = set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def __bool__(self) -> bool:
        # A stream of events stays open for as long as its page.
        return any(request.resource_type != "eventsource" for request in self._open)

    def _begin(self, request: Request) -> None:
        self._open.add(request)

    def _end(self, request: Request) -> None:
        self._open.discard(request)


async def wait_until_settled(page: Page, traffic: Traffic) -> None:
    """Wait until the page asks for nothing more and shows what it got."""
    await expect(page.locator("h1, h2").first).to_be_visible()
    seen = 0

    async def settled() -> bool:
        # Twice: what one answer brings may ask for more.
        nonlocal seen
        seen = 0 if traffic or await page.locator(".skeleton").count() else seen + 1
        return seen == 2

    await until(settled, what=f"rest on {page.url}")


async def furnish(person: Person) -> list[str]:
    """Something on every page; the addresses of all pages."""
    source = await person.add_handbook()
    skill = await person.add_skill("short-words")
    assistant = await person.add_assistant("Policy Guide", knowledge=("handbook",))
    long_named = await person.add_assistant(LONG_NAME)
    body = {"text": "How large is the travel budget?", "conversation_id": f"look-{assistant}"}
    answer = await person.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    cited = answer.json()["citations"][0]
    return [
        "/chat",
        f"/chat?assistant={long_named}",
        f"/assistants/{long_named}",
        f"/chat/look-{assistant}",
        f"/chat/look-{assistant}?source={cited['index_id']}%3A{cited['chunk_id']}",
        "/assistants",
        "/assistants?search=nothing-like-that",
        "/assistants?scope=templates",
        "/skills",
        "/skills/new",
        f"/skills/{skill}",
        f"/skills/{skill}/edit",
        "/mcp-servers",
        "/mcp-servers?tab=managed",
        "/mcp-servers?tab=connect",
        "/assistants/new",
        "/assistants/new?remote=true",
        "/assistants/new?template=code-reviewer",
        f"/assistants/{assistant}",
        f"/assistants/{assistant}?tab=versions",
        f"/assistants/{assistant}?tab=setup",
        f"/assistants/{assistant}/edit",
        "/knowledge",
        "/knowledge/new?type=file",
        "/knowledge/new?type=git",
        f"/knowledge/{source}",
        f"/knowledge/{source}/edit",
        f"/knowledge/{source}?tab=skipped",
        f"/knowledge/{source}?tab=search&q=travel",
        "/models/connect",
        "/no-such-page",
        "/chat/no-such-conversation",
    ]


async def furnish_administration(chief: Person, other: Person) -> list[str]:
    """A project with a member, a token and some history; the addresses of their pages."""
    project = f"look-{chief.tag}"
    await chief.client.post("/v1/projects", json={"name": project, "description": "Things to look at"})
    member = {"user_id": await other.id(), "is_project_admin": False}
    await chief.client.post(f"/v1/projects/{project}/assignment", json=member)
    await chief.client.post("/v1/personal-tokens", json={"name": "laptop", "expires_in_days": 3})
    found = await chief.client.get("/v1/audit/events", params={"entity_id": project})
    event = found.json()["data"][0]
    opened = urlencode({"event": event["id"], "at": event["created_at"]})
    assistant = await chief.add_assistant("Talker")
    body = {"text": "Hello", "conversation_id": f"seen-{chief.tag}"}
    await chief.client.post(f"/v1/assistants/{assistant}/model", json=body, timeout=120)
    projects, users = "/administration/projects", "/administration/users"
    return [
        "/sign-in?problem=not_permitted&request=abc",
        "/auth/forgot-password",
        "/auth/register",
        "/auth/reset-password?token=abc",
        "/auth/verify-email?token=abc",
        "/account",
        "/account/tokens",
        "/account/tokens/new",
        users,
        f"{users}?search={chief.tag}&role=admin&state=active",
        f"{users}?search=nobody-like-that",
        f"{users}/new",
        f"{users}/{member['user_id']}",
        f"{users}/{member['user_id']}?tab=projects",
        f"{users}/no-such-user",
        projects,
        f"{projects}/new",
        f"{projects}/{project}",
        f"{projects}/{project}?tab=settings",
        f"{projects}/{project}/import",
        f"{projects}/no-such-project",
        "/mcp-servers/new",
        "/administration/health",
        "/administration/settings",
        "/administration/settings?tab=values",
        "/administration/categories",
        "/administration/conversations",
        f"/administration/conversations/{await chief.id()}/seen-{chief.tag}",
        "/administration/applications",
        "/administration/applications?application=nobody",
        "/administration/audit",
        f"/administration/audit?entity={project}&what=project.created&{opened}",
    ]


async def go(page: Page, address: str, traffic: Traffic) -> None:
    """Follow a link to the address: the application stays loaded, as for a person."""
    await page.evaluate("address => window.__TSR_ROUTER__.navigate({href: address})", address)
    await wait_until_settled(page, traffic)


async def misfits(page: Page) -> list[str]:
    """Whether the page is wider than the screen, or the window scrolls beside the page's own frame."""
    problems = [f"{page.url} is wider than the screen"] if await page.evaluate(WIDER) else []
    # Pages scroll inside the frame; only signed-out ones have none.
    if await page.evaluate(
        "!!document.querySelector('main .overflow-y-auto') && document.documentElement.scrollHeight > innerHeight"
    ):
        problems.append(f"{page.url} makes the window scroll beside its own content")
    return problems


async def show(page: Page, theme: Theme, screen: str) -> None:
    """The same page in another theme, on another screen."""
    width, height = SCREENS[screen]
    await page.set_viewport_size({"width": width, "height": height})
    await page.emulate_media(color_scheme=theme)
    await expect(page.locator("html")).to_have_class(re.compile("dark" if theme == "dark" else "^(?!.*dark)"))


async def survey(page: Page, traffic: Traffic, addresses: list[str]) -> list[str]:
    """What axe finds on each page in both themes and on both screens, and what does not fit.

    Every page is looked at whole once; then each change of theme and screen for what it can break.
    """
    problems: list[str] = []
    for address in addresses:
        await go(page, address, traffic)
        problems += await violations(page) + await misfits(page)
        await show(page, "dark", "desk")
        problems += [f"dark: {problem}" for problem in await violations(page, COLOURS)]
        await show(page, "dark", "phone")
        problems += [f"phone: {problem}" for problem in await violations(page, SIZES) + await misfits(page)]
        await show(page, "light", "desk")
    return problems


@pytest.mark.timeout(300)
async def test_every_page_is_accessible_and_fits(open_page: OpenPage, person: Person) -> None:
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    addresses = await furnish(person)
    page = await open_page("/sign-in", policy=False)
    problems = await survey(page, Traffic(page), ["/sign-in", *addresses])
    assert not problems, "\n".join(problems)


@pytest.mark.timeout(300)
async def test_every_page_about_people_is_accessible_and_fits(
    open_page: OpenPage, chief: Person, person: Person
) -> None:
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    addresses = await furnish_administration(chief, person)
    page = await open_page("/account", policy=False, who=chief)
    problems = await survey(page, Traffic(page), addresses)
    assert not problems, "\n".join(problems)


async def test_the_frame_on_a_phone_is_accessible(open_page: OpenPage, person: Person) -> None:
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    page = await open_page("/assistants", screen="phone", policy=False)
    await wait_until_settled(page, Traffic(page))
    problems = await violations(page)
    await page.get_by_role("button", name="Open navigation").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    problems += await violations(page)
    assert problems == []


async def test_forms_in_dialogs_are_accessible_and_closed_by_the_keyboard(
    open_page: OpenPage, chief: Person, person: Person
) -> None:
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    addresses = await furnish_administration(chief, person)
    page = await open_page("/account/tokens", policy=False, who=chief)
    problems: list[str] = []
    for address, button in (
        ("/account/tokens", "Revoke laptop"),
        (next(address for address in addresses if address.endswith("?tab=projects")), "Add to project"),
        (f"/administration/users/{await person.id()}", "Set password"),
        (f"/administration/projects/look-{chief.tag}", "Add members"),
        (f"/administration/projects/look-{chief.tag}?tab=settings", "Transfer ownership"),
        (f"/administration/projects/look-{chief.tag}?tab=settings", "Delete project"),
        ("/administration/audit", "Person"),
    ):
        await page.goto(address)
        await page.get_by_role("button", name=button).click()
        opened = page.get_by_role("dialog").or_(page.get_by_role("alertdialog"))
        await expect(opened).to_be_visible()
        problems += await violations(page)
        await page.keyboard.press("Escape")
        await expect(opened).to_be_hidden()
    assert not problems, "\n".join(problems)


async def test_dialogs_of_assistants_are_accessible_and_closed_by_the_keyboard(
    open_page: OpenPage, person: Person
) -> None:
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    server = {"name": "tickets", "config": {"type": "streamable-http", "url": "https://tickets.example.com/mcp"}}
    assistant = await person.add_assistant(mcp_servers=[server])
    skill = await person.add_skill()
    page = await open_page("/assistants", policy=False)
    problems: list[str] = []
    for address, button, item in (
        (f"/assistants/{assistant}/edit", "Edit server tickets", None),
        (f"/assistants/{assistant}/edit", "Add sub-assistant", None),
        (f"/assistants/{assistant}", "More actions", "Publish to marketplace"),
        (f"/skills/{skill}", "Attach to assistants", None),
    ):
        await page.goto(address)
        await page.get_by_role("button", name=button).click()
        if item:
            await page.get_by_role("menuitem", name=item).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        problems += await violations(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
    assert not problems, "\n".join(problems)


async def test_the_palette_leads_to_administration(open_page: OpenPage, chief: Person) -> None:
    page = await open_page("/assistants", who=chief)
    # Keys work once the application runs.
    await expect(page.get_by_role("heading", name="Assistants")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_placeholder("Go to a page").fill("audit")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Audit log")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_placeholder("Go to a page").fill("new user")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="New user")).to_be_visible()


async def test_dialogs_and_menus_are_accessible(open_page: OpenPage) -> None:
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    page = await open_page("/assistants", policy=False)
    # Keys work once the application runs.
    await wait_until_settled(page, Traffic(page))
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog")).to_be_visible()
    problems = await violations(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    problems += await violations(page)
    assert problems == []


async def test_a_chosen_theme_survives_a_reload(open_page: OpenPage) -> None:
    page = await open_page("/assistants", theme="light")
    await page.get_by_role("button", name="visitor").click()
    await page.get_by_role("menuitemradio", name="Dark").click()
    await expect(page.locator("html")).to_have_class("dark")
    await page.reload()
    await expect(page.locator("html")).to_have_class("dark")


async def test_a_phone_finds_its_way_through_the_sheet(open_page: OpenPage) -> None:
    page = await open_page("/chat", screen="phone")
    await expect(page.get_by_role("link", name="Knowledge", exact=True)).to_be_hidden()
    await page.get_by_role("button", name="Open navigation").click()
    await page.get_by_role("link", name="Knowledge", exact=True).click()
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_the_mock_is_announced_with_the_way_out(open_page: OpenPage) -> None:
    page = await open_page("/assistants")
    await page.get_by_role("complementary", name="Mock model in use").get_by_role("link").click()
    await expect(page.get_by_role("heading", name="Connect a real model")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="Default")).to_contain_text("Mock")
