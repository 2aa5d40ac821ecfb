"""Guardrails as officers keep them, and what people in a chat see of them."""

import os
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person
from tests.browser.test_look import Traffic, survey, violations
from tests.browser.test_projects import new_project


async def picture(page: Page, name: str) -> None:
    """For a look at the page while it is worked on."""
    if folder := os.environ.get("CODEMIE_LOOK"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


async def choose(page: Page, label: str, option: str, *, within: str | None = None) -> None:
    """Choose from a menu."""
    place = page.get_by_role("group", name=within) if within else page
    await place.get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=option, exact=True).click()


async def test_a_guardrail_is_written_tried_assigned_seen_at_work_and_deleted(
    open_page: OpenPage, person: Person
) -> None:
    project = await new_project(person)
    assistant = await person.add_assistant("Clerk", project=project)
    page = await open_page(f"/administration/guardrails?project={project}")
    await expect(page.get_by_role("heading", name="No guardrails in this project")).to_be_visible()
    await page.get_by_role("link", name="New guardrail").first.click()

    await page.get_by_role("button", name="Create guardrail").click()
    await expect(page.get_by_role("textbox", name="Name · required")).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("textbox", name="Phrases · required")).to_have_attribute("aria-invalid", "true")
    await page.get_by_role("textbox", name="Name · required").fill("Names and addresses")
    await page.get_by_role("textbox", name="Phrases · required").fill("Project Falcon")
    await page.get_by_role("textbox", name="Message").fill("Ask the press office.")
    await page.get_by_role("button", name="Add rule").click()
    await choose(page, "Looks for", "E-mail addresses", within="Rule 2")
    await choose(page, "Then", "Mask", within="Rule 2")

    sample = page.get_by_role("textbox", name="Text to try")
    await sample.fill("Write to ann@example.org")
    await page.get_by_role("button", name="Try it").click()
    outcome = page.get_by_role("status", name="Outcome")
    await expect(outcome).to_contain_text("Write to [e-mail address]")
    await sample.fill("About project  falcon")
    await page.get_by_role("button", name="Try it").click()
    await expect(outcome).to_contain_text("Ask the press office.")
    await picture(page, "form")
    await page.get_by_role("button", name="Create guardrail").click()

    await expect(page.get_by_role("heading", name="Names and addresses")).to_be_visible()
    await page.get_by_role("button", name="Choose assistants…").click()
    await page.get_by_role("option", name="Clerk").click()
    await page.get_by_role("button", name="Done").click()
    await choose(page, "Judges: Clerk", "What people say")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await picture(page, "standing")

    await page.goto(f"/chat?assistant={assistant}")
    await page.get_by_role("textbox", name="Message").fill("What is Project Falcon?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Ask the press office.").first).to_be_visible()
    await expect(page.get_by_text("Refused by a guardrail")).to_be_visible()
    await picture(page, "chat")
    await page.reload()
    await expect(page.get_by_text("Refused by a guardrail")).to_be_visible()
    await expect(page.get_by_text("Ask the press office.").last).to_be_visible()
    await expect(page.get_by_text("Mock answer")).to_have_count(0)
    await picture(page, "chat-stored")

    await page.goto(f"/administration/guardrails?project={project}")
    await page.get_by_role("link", name="Names and addresses").click()
    await expect(page.get_by_role("textbox", name="Phrases · required")).to_have_value("Project Falcon")
    await page.get_by_role("button", name="Delete guardrail").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete guardrail").click()
    await expect(page.get_by_role("heading", name="No guardrails in this project")).to_be_visible()


async def test_everybody_keeps_the_guardrails_of_their_personal_project(
    open_page: OpenPage, make_person: MakePerson
) -> None:
    nobody = await make_person("nobody")
    page = await open_page("/chat", who=nobody)
    await page.get_by_role("button", name="nobody").click()
    await page.get_by_role("menuitem", name="Guardrails").click()
    await page.get_by_role("link", name="New guardrail").first.click()

    await expect(page.get_by_role("combobox", name="Project")).to_have_text(nobody.email)
    await page.get_by_role("textbox", name="Name · required").fill("My own")
    await page.get_by_role("textbox", name="Phrases · required").fill("diet")
    await page.get_by_role("button", name="Create guardrail").click()

    await expect(page.get_by_role("heading", name="My own")).to_be_visible()


async def test_pages_of_guardrails_are_accessible_in_both_themes(open_page: OpenPage, person: Person) -> None:
    project = await new_project(person)
    rules = [{"type": "phrase", "phrases": ["falcon"]}, {"type": "detector", "detector": "iban", "action": "mask"}]
    body = {"project": project, "name": "A guardrail", "description": "For names", "rules": rules}
    made = (await person.client.post("/v1/guardrails", json=body)).json()["guardrailId"]
    await person.client.put(
        f"/v1/guardrails/{made}/assignments", json={"project": {"settings": [{"mode": "all", "source": "both"}]}}
    )
    try:
        page = await open_page("/chat", policy=False)
        guardrails = "/administration/guardrails"
        pages = [f"?project={project}", "/new", f"/{made}", f"/{made}?tab=standing"]
        assert await survey(page, Traffic(page), [f"{guardrails}{path}" for path in pages]) == []
    finally:
        await person.client.delete(f"/v1/guardrails/{made}")


async def guardrail(person: Person, name: str, **standing: Any) -> None:
    """One in the personal project, and where it stands guard."""
    rules = [{"type": "phrase", "phrases": ["falcon"]}]
    made = await person.client.post("/v1/guardrails", json={"project": person.email, "name": name, "rules": rules})
    path = f"/v1/guardrails/{made.json()['guardrailId']}/assignments"
    assert (await person.client.put(path, json=standing)).status_code == 200


async def guards_of(person: Person, path: str) -> list[tuple[str, str, bool]]:
    """Name, source, and whether it may be taken away, of what stands guard over something."""
    found = (await person.client.get(path)).json()["guardrail_assignments"]
    return [(one["guardrail_name"], one["source"], one["editable"]) for one in found]


async def add_guardrail(page: Page, name: str) -> None:
    """By keyboard alone."""
    await page.get_by_role("button", name="Add guardrail").press("Enter")
    await page.get_by_role("combobox", name="Find guardrails by name").fill(name[:4])
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Chosen")).to_be_visible()
    await page.keyboard.press("Escape")


async def test_an_author_chooses_guardrails_and_sees_those_of_the_project(open_page: OpenPage, person: Person) -> None:
    whole = {"settings": [{"mode": "all", "source": "both"}]}
    await guardrail(person, "House rules", project=whole)
    await guardrail(person, "Names")
    page = await open_page("/assistants/new?blank=true", policy=False)
    await page.get_by_role("textbox", name="Name · required").fill("Clerk")
    await add_guardrail(page, "Names")
    await choose(page, "Judges: Names", "What people say")
    await page.get_by_role("button", name="Create assistant").click()

    await expect(page.get_by_role("heading", name="Clerk")).to_be_visible()
    made = (await person.find_assistant("Clerk"))["id"]
    path = f"/v1/assistants/id/{made}"
    assert await guards_of(person, path) == [("House rules", "both", False), ("Names", "input", True)]

    await page.goto(f"/assistants/{made}/edit")
    guards = page.get_by_role("list", name="Guardrails")
    await expect(guards.get_by_role("listitem")).to_have_count(2)
    await expect(guards).to_contain_text("Set by an administrator of the project · Both · Everything on the way, too")
    assert await violations(page) == []
    await guards.scroll_into_view_if_needed()
    await picture(page, "guards-of-an-assistant")
    await page.get_by_role("button", name="Remove Names").press("Enter")
    await expect(guards.get_by_role("listitem")).to_have_count(1)
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert await guards_of(person, path) == [("House rules", "both", False)]


async def test_a_data_source_is_made_with_a_guardrail(open_page: OpenPage, person: Person) -> None:
    await guardrail(person, "Names")
    page = await open_page("/knowledge/new?type=file", theme="dark", screen="phone", policy=False)
    await page.get_by_role("textbox", name="Name · required").fill("company-rules")
    await page.locator("input[type=file]").set_input_files(
        [{"name": "rules.md", "mimeType": "text/markdown", "buffer": b"Trains come before planes."}]
    )
    await add_guardrail(page, "Names")
    await expect(page.get_by_role("list", name="Guardrails")).to_contain_text("Names")
    await choose(page, "Judges: Names", "Only what is found")
    assert await violations(page) == []
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await picture(page, "guards-of-a-source")
    await page.get_by_role("button", name="Create and index").click()

    await expect(page.get_by_role("definition").filter(has_text="Names")).to_be_visible()
    row = await person.find_source("company-rules")
    assert row is not None
    assert await guards_of(person, f"/v1/index/{row['id']}") == [("Names", "output", True)]


async def test_the_choice_tells_when_there_is_nothing_and_when_it_cannot_be_read(
    open_page: OpenPage, person: Person
) -> None:
    page = await open_page("/assistants/new?blank=true", policy=False)
    await expect(page.get_by_text("This project has no guardrails.")).to_be_visible()
    await expect(page.get_by_role("link", name="New guardrail")).to_be_visible()
    assert await violations(page) == []

    async def broken(route: Route) -> None:
        await route.fulfill(status=503, json={"error": {"message": "The database is away"}})

    await page.route("**/v1/guardrails?*", broken)
    await page.reload()
    alert = page.get_by_role("alert").filter(has_text="The guardrails could not be loaded")
    await expect(alert).to_be_visible()
    await page.unroute("**/v1/guardrails?*")
    await guardrail(person, "Names")
    await alert.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("button", name="Add guardrail")).to_be_visible()
