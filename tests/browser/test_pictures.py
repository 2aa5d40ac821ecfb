"""Pictures that a tool gives back, as people see them."""

from playwright.async_api import Locator, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.fakes.mcp_server import FakeMcpServer, running
from tests.mcp.test_servers_in_chats import entry


async def loaded(picture: Locator) -> None:
    """The picture is shown, not only referred to."""
    await expect(picture).to_be_visible(timeout=REPLY_SECONDS)
    await expect(picture).to_have_js_property("complete", value=True)
    await expect(picture).to_have_js_property("naturalWidth", 320)


async def test_a_tools_picture_is_seen_at_once_later_and_by_readers_of_a_link(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    async with running(FakeMcpServer()) as server:
        assistant = await person.add_assistant("Painter", mcp_servers=[entry(server.url)])
        page = await open_page(f"/chat?assistant={assistant}", policy=False)
        await ask(page, "Use picture")
        picture = page.get_by_role("img", name="Picture from Picture")
        await loaded(picture)
    assert await violations(page) == []
    await page.reload()
    await loaded(picture)
    async with page.expect_popup() as opening:
        await picture.click()
    assert "/v1/files/" in (await opening.value).url

    conversation = page.url.rpartition("/")[2].partition("?")[0]
    shared = (await person.client.post("/v1/share/conversations", json={"chat_id": conversation})).json()["token"]
    reader = await open_page(f"/share/conversations/{shared}", who=await make_person("reader"), screen="phone")
    await loaded(reader.get_by_role("img", name="Picture from Picture"))


async def test_an_assistant_is_let_make_pictures_and_draws_one(open_page: OpenPage, person: Person) -> None:
    assistant = await person.add_assistant("Painter")
    page = await open_page(f"/assistants/{assistant}/edit")
    await page.get_by_label("Makes pictures").click()
    await page.get_by_label("Model for pictures").click()
    await page.get_by_role("option", name="Mock pictures").click()
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert await violations(page) == []

    page = await open_page(f"/chat?assistant={assistant}")
    await ask(page, "Use generate_image_tool: a fox in the snow")
    picture = page.get_by_role("img", name="Picture", exact=True)
    await expect(picture).to_be_visible(timeout=REPLY_SECONDS)
    await expect(picture).to_have_js_property("naturalWidth", 384)
