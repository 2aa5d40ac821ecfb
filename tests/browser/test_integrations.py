"""Integrations as people add them: chosen in the catalogue, tried, mended, saved, renewed, looked up, deleted."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person
from tests.browser.test_guardrails import picture
from tests.browser.test_look import Traffic, survey
from tests.browser.test_projects import new_project
from tests.fakes import vendors
from tests.integrations.credentials import create, jira, row
from tests.support import free_port


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with vendors.running() as address:
        yield address


async def fill_jira(page: Page, name: str, address: str, token: str) -> None:
    await page.get_by_role("textbox", name="Name · required").fill(name)
    await page.get_by_role("textbox", name="URL · required").fill(address)
    await page.get_by_role("textbox", name="User name or e-mail").fill("me")
    await page.get_by_label("API token").fill(token)


async def test_choices_of_a_credential_are_words(open_page: OpenPage) -> None:
    page = await open_page("/integrations/new?type=Git")

    await expect(page.get_by_label("Way to sign in")).to_contain_text("Access token")
    await expect(page.get_by_text("pat or github_app.")).to_have_count(0)


async def test_an_integration_is_added_tried_mended_renewed_and_deleted(
    open_page: OpenPage, person: Person, url: str
) -> None:
    page = await open_page("/integrations")
    await expect(page.get_by_role("heading", name="No integrations yet")).to_be_visible()
    await page.get_by_role("link", name="Add integration").first.click()
    await expect(page.get_by_role("heading", name="Planning and pages")).to_be_visible()
    await page.get_by_role("searchbox", name="Search systems").fill("jira")
    await expect(page.get_by_role("heading", name="Cloud")).to_have_count(0)
    await page.get_by_role("link", name="Jira", exact=False).first.click()

    await expect(page.get_by_role("heading", name="Connect Jira")).to_be_visible()
    await page.get_by_role("button", name="Test and save").click()
    await expect(page.get_by_role("textbox", name="Name · required")).to_have_attribute("aria-invalid", "true")
    await fill_jira(page, "Our Jira", f"http://127.0.0.1:{free_port()}", "wrong-token")
    await page.get_by_role("button", name="Test and save").click()
    result = page.get_by_role("status", name="Result of the test")
    await expect(result).to_contain_text("Refused: nothing listens there")
    await expect(page.get_by_role("textbox", name="Calls from this installation come from")).to_have_value("192.0.2.7")

    await page.get_by_role("textbox", name="URL · required").fill(url)
    await expect(result).to_have_count(0)
    await page.get_by_role("button", name="Test connection").click()
    await expect(result).to_contain_text("Unauthorised: the secret is not accepted")
    await expect(page.get_by_role("button", name="Save anyway")).to_be_visible()
    await picture(page, "diagnosis")
    await page.get_by_label("API token").fill(vendors.TOKEN)
    await page.get_by_role("button", name="Test and save").click()

    await expect(page.get_by_role("heading", name="Our Jira")).to_be_visible()
    await expect(result).to_contain_text("It works")
    await expect(result).to_be_in_viewport()
    await expect(page.get_by_text("Kept. Not shown to anybody.")).to_be_visible()
    assert vendors.TOKEN not in await page.content()

    await page.get_by_role("button", name="Rotate secrets").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Replace API token").click()
    await dialog.get_by_label("API token", exact=False).first.fill("mistyped")
    await dialog.get_by_role("button", name="Test and replace").click()
    await expect(dialog.get_by_role("status", name="Result of the test")).to_contain_text("Unauthorised")
    await picture(page, "rotate")
    await dialog.get_by_label("API token", exact=False).first.fill(vendors.TOKEN)
    await dialog.get_by_role("button", name="Test and replace").click()
    await expect(dialog).to_have_count(0)

    stored = await row(person.client, "user", "Our Jira")
    kit = {"toolkit": "VCS", "tools": [{"name": "gitlab"}], "settings": stored}
    await person.add_assistant("Issue Clerk", toolkits=[kit])
    await page.get_by_role("link", name="Where used").click()
    await expect(page.get_by_role("link", name="Issue Clerk")).to_be_visible()
    await picture(page, "usage")
    await page.get_by_role("button", name="Delete").click()
    asked = page.get_by_role("alertdialog")
    await expect(asked.get_by_role("link", name="Issue Clerk")).to_be_visible()
    await picture(page, "delete")
    await asked.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("heading", name="No integrations yet")).to_be_visible()


async def test_a_name_that_is_taken_is_told_at_its_field(open_page: OpenPage, person: Person, url: str) -> None:
    await create(person.client, "user", jira(person.email, alias="Taken"))
    page = await open_page("/integrations/new?type=Jira")
    await expect(page.get_by_role("heading", name="Connect Jira")).to_be_visible()
    await fill_jira(page, "Taken", url, vendors.TOKEN)
    await page.get_by_role("button", name="Test and save").click()
    name = page.get_by_role("textbox", name="Name · required")
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("more than one settings with the alias named Taken")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await name.fill("Free")
    await page.get_by_role("button", name="Test and save").click()
    await expect(page.get_by_role("heading", name="Free")).to_be_visible()


async def test_an_integration_moves_to_another_project_with_its_secrets(
    open_page: OpenPage, person: Person, url: str
) -> None:
    project = await new_project(person)
    made = await create(person.client, "user", jira(person.email, token=vendors.TOKEN))
    page = await open_page(f"/integrations/user/{made['id']}")
    await page.get_by_role("button", name="Move or copy").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="To project").click()
    await page.get_by_role("option", name=project, exact=True).click()
    await dialog.get_by_role("button", name="Move").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text(f"Jira · {project}")).to_be_visible()
    await expect(page.get_by_text("Kept. Not shown to anybody.")).to_be_visible()
    moved = await row(person.client, "user", made["alias"], project)
    assert moved["id"] == made["id"]


async def test_members_use_what_a_project_shares_and_do_not_change_it(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    project = await new_project(person)
    member = await make_person("member")
    body = {"user_id": await member.id(), "is_project_admin": False}
    assert (await person.client.post(f"/v1/projects/{project}/assignment", json=body)).status_code == 200
    made = await create(person.client, "project", jira(project))
    page = await open_page("/integrations?tab=shared", who=member)
    await page.get_by_role("link", name=made["alias"]).click()
    await expect(page.get_by_text("You can use and test it.")).to_be_visible()
    await expect(page.get_by_role("button", name="Test connection")).to_be_visible()
    for action in ("Rotate secrets", "Move or copy", "Delete", "Test and save changes"):
        await expect(page.get_by_role("button", name=action)).to_have_count(0)


async def test_pages_of_integrations_are_accessible_in_both_themes(open_page: OpenPage, person: Person) -> None:
    made = await create(person.client, "user", jira(person.email, alias="Regional Jira of the Central European Team"))
    pages = [
        "/integrations",
        "/integrations?tab=project",
        "/integrations?tab=shared",
        "/integrations?tab=catalogue",
        "/integrations/new?type=Git",
        "/integrations/new?type=MCP",
        "/integrations/new?type=Nothing",
        f"/integrations/user/{made['id']}",
        f"/integrations/user/{made['id']}?tab=usage",
        "/integrations/user/nothing",
    ]
    page = await open_page("/chat", policy=False)
    assert await survey(page, Traffic(page), pages) == []
