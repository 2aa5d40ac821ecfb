"""Making, finding, changing and deleting assistants."""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.fakes.mcp_server import FakeMcpServer, running


async def saved(page: Page) -> None:
    """Press the button and see the form at rest."""
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()


async def test_an_assistant_is_made_changed_and_deleted(open_page: OpenPage, person: Person) -> None:
    await person.add_handbook()
    page = await open_page("/assistants/new")
    await page.get_by_role("link", name="Blank").click()
    await page.get_by_role("button", name="Create assistant").click()
    await expect(page.get_by_text("Give the assistant a name.")).to_be_visible()

    await page.get_by_label("Name · required").fill("Policy Guide")
    await page.get_by_label("Instructions", exact=True).fill("Answer from the handbook.")
    await page.get_by_label("Temperature").fill("0.3")
    await page.get_by_label("handbook").check()
    await page.get_by_role("button", name="Add starter").click()
    await page.get_by_role("textbox", name="Starter 1").fill("How large is the travel budget?")
    await page.get_by_role("button", name="Create assistant").click()
    await expect(page.get_by_role("heading", name="Policy Guide")).to_be_visible()
    await expect(page.get_by_role("button", name="How large is the travel budget?")).to_be_visible()

    await page.get_by_role("link", name="Assistants", exact=True).click()
    await page.get_by_role("button", name="More actions: Policy Guide").click()
    await page.get_by_role("menuitem", name="View").click()
    await page.get_by_role("link", name="How large is the travel budget?").click()
    await expect(page.get_by_role("textbox", name="Message", exact=True)).to_have_value(
        "How large is the travel budget?"
    )

    await page.get_by_role("link", name="Assistants", exact=True).click()
    await page.get_by_role("button", name="More actions: Policy Guide").click()
    await page.get_by_role("menuitem", name="Edit").click()
    await expect(page.get_by_label("handbook")).to_be_checked()
    await expect(page.get_by_label("Temperature")).to_have_value("0.3")
    await page.get_by_label("Name · required").fill("Policy Expert")
    await page.get_by_role("link", name="Policy Guide").click()
    await page.get_by_role("alertdialog", name="Leave without saving?").get_by_role("button", name="Cancel").click()
    await saved(page)

    await page.get_by_role("link", name="Policy Expert").click()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete assistant").click()
    await expect(page.get_by_role("heading", name="No assistants yet")).to_be_visible()


async def test_a_template_is_given_variables_a_server_a_skill_and_a_team(
    open_page: OpenPage, person: Person, portrait: Portrait
) -> None:
    await person.add_assistant("Glossary")
    await person.add_skill("short-words")
    page = await open_page("/assistants/new")
    await page.get_by_role("link", name="Code Reviewer").click()
    await expect(page.get_by_label("Name · required")).to_have_value("Code Reviewer")
    await page.get_by_label("Instructions", exact=True).fill("Review for {{team}} on {{date}}.")
    await page.get_by_role("button", name="team", exact=True).click()
    await page.get_by_label("Value unless changed").fill("platform")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_text("Review for platform on")).to_be_visible()
    await page.keyboard.press("Escape")

    server = FakeMcpServer()
    async with running(server):
        await page.get_by_role("button", name="Add MCP server").click()
        await page.get_by_role("menuitem", name="Own server").click()
        dialog = page.get_by_role("dialog", name="Add MCP server")
        await dialog.get_by_label("Name · required").fill("tickets")
        await dialog.get_by_label("Address").fill("http://127.0.0.1:9/mcp")
        await dialog.get_by_role("button", name="Test connection").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("The connection failed")
        await dialog.get_by_label("Address").fill(server.url)
        await dialog.get_by_role("button", name="Test connection").click()
        await expect(dialog.get_by_text("Connected.")).to_be_visible()
        await dialog.get_by_label("All tools, also those it gets later").click()
        await dialog.get_by_role("listitem").first.get_by_role("checkbox").click()
        await dialog.get_by_role("button", name="Add server").click()
    await page.get_by_role("radio", name="Plan first").click()
    await page.get_by_label("How to plan (optional)").fill("Name the files to read first.")
    await page.get_by_role("radio", name="Always ask").click()
    await page.get_by_text("More about tools").click()
    await page.get_by_role("switch", name="Choose tools by the question").click()

    for button, find, option in (
        ("Attach skill", "Find skills", "short-words"),
        ("Add sub-assistant", "Find assistants", "Glossary"),
    ):
        await page.get_by_role("button", name=button).click()
        await page.get_by_placeholder(find).fill(option)
        await page.get_by_role("option", name=option).click()
        await page.get_by_role("button", name="Done").click()
    await page.get_by_role("link", name="Tools").click()
    await portrait(page, "assistant-form")
    await page.get_by_role("button", name="Create assistant").click()
    await expect(page.get_by_role("heading", name="Code Reviewer")).to_be_visible()

    made = await person.find_assistant("Code Reviewer")
    assert made["prompt_variables"][0]["key"] == "team"
    assert made["mcp_servers"][0]["config"]["url"] == server.url
    assert made["mcp_servers"][0]["tools"], "one tool was taken out of all"
    assert made["tool_permissions"]["tool_call_policy"] == "ask_for_approval"
    assert (made["agent_mode"], made["plan_prompt"]) == ("plan_execute", "Name the files to read first.")
    assert made["smart_tool_selection_enabled"] is True
    assert [skill["name"] for skill in made["skills"]] == ["short-words"]
    assert [sub["name"] for sub in made["nested_assistants"]] == ["Glossary"]


async def test_refusals_of_the_server_stand_at_their_fields(open_page: OpenPage, person: Person) -> None:
    helper = await person.add_assistant("Helper")
    await person.add_assistant("Boss", assistant_ids=[helper], slug="taken")
    alone = await person.add_assistant("Alone")
    page = await open_page(f"/assistants/{alone}/edit")
    await page.get_by_text("Categories and address").click()
    await page.get_by_label("Address name").fill("taken")
    await page.get_by_role("button", name="Save changes").click()
    refusal = "The slug 'taken' is already used by another assistant in this project."
    await expect(page.locator("#identity").get_by_text(refusal)).to_be_visible()
    await page.get_by_label("Address name").fill("")

    await page.get_by_role("button", name="Add sub-assistant").click()
    await page.get_by_role("option", name="Boss").click()
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.locator("#team").get_by_role("alert")).to_contain_text("Nested assistants aren't supported.")


async def test_a_model_drafts_an_assistant_and_reviews_it(open_page: OpenPage) -> None:
    page = await open_page("/assistants/new")
    await page.get_by_label("What should the assistant do, and for whom?").fill("Explain our travel rules")
    await page.get_by_role("button", name="Write draft").click()
    await expect(page.get_by_label("Name · required")).not_to_be_empty()
    await page.get_by_role("button", name="Review with AI").click()
    await page.get_by_role("button", name="Review", exact=True).click()
    await expect(page.get_by_role("button", name="Apply")).to_be_visible()


async def test_versions_are_compared_and_gone_back_to(open_page: OpenPage, person: Person) -> None:
    made = await person.add_assistant("Writer", system_prompt="Be kind.\nBe short.")
    body = {"name": "Writer", "project": person.email, "system_prompt": "Be kind.\nBe thorough."}
    assert (await person.client.put(f"/v1/assistants/{made}", json=body)).status_code == 200
    page = await open_page(f"/assistants/{made}?tab=versions")
    changes = page.get_by_role("region", name="Changes")
    await expect(changes.get_by_text("Be thorough.")).to_be_visible()
    await page.get_by_role("link", name="Version 1").click()
    await page.get_by_role("button", name="Go back to this version").click()
    await page.get_by_role("button", name="Go back", exact=True).click()
    await expect(page.get_by_role("listitem").filter(has_text="Version 3")).to_contain_text("Current")
    assert (await person.find_assistant("Writer"))["system_prompt"] == "Be kind.\nBe short."


async def test_an_assistant_is_liked_kept_copied_exported_and_imported(
    open_page: OpenPage, person: Person, tmp_path: Path
) -> None:
    made = await person.add_assistant("Writer")
    page = await open_page(f"/assistants/{made}")
    await page.get_by_role("button", name="Like: 0", exact=True).click()
    await expect(page.get_by_role("button", name="Like: 1", exact=True)).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Keep Writer among your favourites").click()
    await page.get_by_role("button", name="More actions").click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Export").click()
    archive = tmp_path / "writer.zip"
    await (await download.value).save_as(archive)

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Make a copy").click()
    await expect(page.get_by_label("Name · required")).to_have_value("Copy of Writer")
    await page.goto("/assistants?scope=favorites")
    await expect(page.get_by_role("heading", name="Writer")).to_be_visible()
    await page.get_by_role("button", name="Import").click()
    await page.get_by_label("File (.zip or .yaml)").set_input_files(archive)
    await page.get_by_role("dialog").get_by_role("button", name="Import").click()
    await expect(page.get_by_role("heading", name="Writer")).to_be_visible()
    assert page.url.rpartition("/")[2] != made


async def test_an_assistant_is_published_and_taken_back(open_page: OpenPage, person: Person) -> None:
    helper = await person.add_assistant("Helper")
    made = await person.add_assistant(f"Writer {person.tag}", assistant_ids=[helper])
    page = await open_page(f"/assistants/{made}")
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Publish to marketplace").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("Helper")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    await dialog.get_by_role("button", name="Engineering").click()
    await dialog.get_by_label("I have read what is shared").check()
    await dialog.get_by_role("button", name="Publish", exact=True).click()
    if await published_after_judgement(page):
        await dialog.get_by_role("button", name="Publish anyway").click()
    await expect(page.get_by_text("In the marketplace")).to_be_visible()

    await page.goto(f"/assistants?scope=marketplace&category=engineering&search={person.tag}")
    await page.get_by_role("link", name=f"Writer {person.tag}").click()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Take from marketplace").click()
    await page.get_by_role("button", name="Take from marketplace").click()
    await expect(page.get_by_text("In the marketplace")).to_be_hidden()


async def published_after_judgement(page: Page) -> bool:
    """Whether the quality gate, asked through a model, rejected it first."""
    anyway = page.get_by_role("button", name="Publish anyway")
    await expect(anyway.or_(page.get_by_text("In the marketplace"))).to_be_visible()
    return await anyway.is_visible()


async def test_people_set_up_their_own_values(open_page: OpenPage, person: Person) -> None:
    variables = [
        {"key": "tone", "description": "How it speaks", "default_value": "dry", "is_sensitive": False},
        {"key": "pin", "description": "", "default_value": "", "is_sensitive": True},
    ]
    made = await person.add_assistant("Writer", prompt_variables=variables)
    page = await open_page(f"/assistants/{made}?tab=setup")
    await page.get_by_label("tone").fill("warm")
    await page.get_by_label("pin").fill("1234")
    await page.get_by_role("button", name="Save my setup").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("tone")).to_have_value("warm")
    await expect(page.get_by_label("pin")).to_have_value("**********")


async def test_the_search_is_part_of_the_address(open_page: OpenPage, person: Person) -> None:
    await person.add_assistant("Travel Guide")
    await person.add_assistant("Release Writer")
    page = await open_page("/assistants")
    await expect(page.get_by_role("heading", name="Release Writer")).to_be_visible()
    await page.get_by_role("searchbox", name="Search assistants").fill("travel")
    await expect(page.get_by_role("heading", name="Release Writer")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Travel Guide")).to_be_visible()
    assert page.url.endswith("/assistants?search=travel")

    await page.reload()
    await expect(page.get_by_role("heading", name="Travel Guide")).to_be_visible()
    await expect(page.get_by_role("heading", name="Release Writer")).to_be_hidden()


async def test_the_palette_starts_a_chat_with_any_assistant(open_page: OpenPage, person: Person) -> None:
    await person.add_assistant("Travel Guide")
    await person.add_assistant("Release Writer")
    page = await open_page("/knowledge")
    await expect(page.get_by_role("heading", name="Knowledge", exact=True)).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("dialog").get_by_role("combobox").fill("travel")
    await page.get_by_role("option", name="Travel Guide").click()
    await expect(page.get_by_role("heading", name="Travel Guide")).to_be_visible()
