"""The catalogue of MCP servers, and this platform as a server for clients elsewhere."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.fakes.oauth_server import FakeAuthorizationServer


async def test_a_server_is_listed_used_in_an_assistant_and_removed(
    open_page: OpenPage, chief: Person, person: Person
) -> None:
    name = f"tickets-{chief.tag}"
    server = FakeMcpServer()
    async with running(server):
        page = await open_page("/mcp-servers/new", who=chief)
        await page.get_by_label("Name · required").fill(name)
        await page.get_by_label("Address").fill("not an address")
        await page.get_by_role("button", name="Test connection").click()
        await expect(page.get_by_text("An address starts with http:// or https://.")).to_be_visible()
        await page.get_by_label("Address").fill(server.url)
        await page.get_by_role("button", name="Add header").click()
        await page.get_by_label("Headers 1: Name").fill("X-Key")
        await page.get_by_label("Headers 1: Value").fill("{{TICKET_KEY}}")
        await page.get_by_role("button", name="Add value").last.click()
        await page.get_by_role("listitem", name="Value 1").get_by_label("Name").fill("TICKET_KEY")
        await page.get_by_label("What it is, and where to get it").fill("Your key of the ticket system")
        await page.get_by_role("button", name="Add to catalogue").click()
        await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()

        visitor = await open_page("/assistants/new?blank=true")
        await visitor.get_by_role("button", name="Add MCP server").click()
        await visitor.get_by_role("menuitem", name="From the catalogue").click()
        await visitor.get_by_placeholder("Find servers").fill(name)
        await visitor.get_by_role("option", name=name).click()
        dialog = visitor.get_by_role("dialog", name="Add MCP server")
        await dialog.get_by_label("TICKET_KEY").fill("k-1")
        await dialog.get_by_role("button", name="Test connection").click()
        await expect(dialog.get_by_text("Connected.")).to_be_visible()
        assert server.headers["x-key"] == "k-1"
        await dialog.get_by_role("button", name="Add server").click()
        await visitor.get_by_label("Name · required").fill("Desk")
        await visitor.get_by_label("Instructions", exact=True).fill("Answer tickets.")
        await visitor.get_by_role("button", name="Create assistant").click()
        await expect(visitor.get_by_role("heading", name="Desk")).to_be_visible()

    await page.get_by_role("button", name="Remove from catalogue").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove from catalogue").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("is used by 1 assistants")
    await page.keyboard.press("Escape")
    await page.get_by_role("switch", name="Switched on").click()
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await page.goto(f"/mcp-servers?search={name}")
    await expect(page.get_by_role("row", name=name)).to_contain_text("Off")
    await visitor.goto(f"/mcp-servers?search={name}")
    await expect(visitor.get_by_role("heading", name="No server matches")).to_be_visible()


async def test_a_client_is_told_how_to_reach_this_platform(open_page: OpenPage, portrait: Portrait) -> None:
    page = await open_page("/mcp-servers?tab=connect")
    origin = await page.evaluate("location.origin")
    await expect(page.get_by_role("textbox", name="Address")).to_have_value(f"{origin}/mcp")
    await expect(page.get_by_role("region", name="Claude Code")).to_contain_text(f"codemie {origin}/mcp")
    await page.get_by_role("button", name="VS Code", exact=True).click()
    await expect(page.get_by_role("region", name="VS Code")).to_contain_text('"servers"')
    await portrait(page, "mcp-connect")
    await page.get_by_role("link", name="New access token").click()
    await expect(page.get_by_role("heading", name="New access token")).to_be_visible()


async def test_a_server_that_asks_who_one_is_gets_its_sign_in_from_the_chat(
    open_page: OpenPage, person: Person
) -> None:
    provider = FakeAuthorizationServer()
    async with running(provider.server, provider.routes()):
        server = {"name": "guarded", "config": {"url": provider.server.url, "type": "streamable-http"}}
        assistant = await person.add_assistant("Adder", mcp_servers=[server])
        page = await open_page(f"/chat?assistant={assistant}", policy=False)
        await ask(page, "Use add with a = 40 and b = 2")
        note = page.get_by_role("alert")
        await expect(note).to_contain_text("wants to know who you are", timeout=REPLY_SECONDS)
        assert await violations(page) == []

        async with page.context.expect_page() as opened:
            await note.get_by_role("button", name="Sign in at 127.0.0.1").click()
        signed_in = await opened.value
        await expect(signed_in.get_by_text("signed in at 'guarded'")).to_be_visible()
        await signed_in.close()
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text("Used Add")).to_be_visible(timeout=REPLY_SECONDS)
        await expect(page.get_by_role("button", name="Good answer")).to_be_visible(timeout=REPLY_SECONDS)
        await expect(page.get_by_role("paragraph").filter(has_text="42")).to_be_visible()
