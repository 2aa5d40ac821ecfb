"""Guardrails as officers keep them, and what people in a chat see of them."""

import os
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person
from tests.browser.test_look import Traffic, violations, wait_until_settled
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
    await expect(page.get_by_text("Saved")).to_be_visible()
    await picture(page, "standing")

    await page.goto(f"/chat?assistant={assistant}")
    await page.get_by_role("textbox", name="Message").fill("What is Project Falcon?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Ask the press office.").first).to_be_visible()
    await picture(page, "chat")

    await page.goto(f"/administration/guardrails?project={project}")
    await page.get_by_role("link", name="Names and addresses").click()
    await expect(page.get_by_role("textbox", name="Phrases · required")).to_have_value("Project Falcon")
    await page.get_by_role("button", name="Delete guardrail").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete guardrail").click()
    await expect(page.get_by_role("heading", name="No guardrails in this project")).to_be_visible()


async def test_members_are_not_offered_what_they_may_not_keep(open_page: OpenPage, make_person: MakePerson) -> None:
    nobody = await make_person("nobody")

    page = await open_page("/chat", who=nobody)
    await page.get_by_role("button", name="nobody").click()

    await expect(page.get_by_role("menuitem", name="Guardrails")).to_have_count(0)


async def test_pages_of_guardrails_are_accessible_in_both_themes(open_page: OpenPage, person: Person) -> None:
    project = await new_project(person)
    rules = [{"type": "phrase", "phrases": ["falcon"]}, {"type": "detector", "detector": "iban", "action": "mask"}]
    body = {"project": project, "name": "A guardrail", "description": "For names", "rules": rules}
    made = (await person.client.post("/v1/guardrails", json=body)).json()["guardrailId"]
    await person.client.put(
        f"/v1/guardrails/{made}/assignments", json={"project": {"settings": [{"mode": "all", "source": "both"}]}}
    )
    try:
        found: list[str] = []
        for theme, screen in (("light", "desk"), ("dark", "phone")):
            page = await open_page("/chat", theme=theme, screen=screen, policy=False)
            traffic = Traffic(page)
            for number, path in enumerate(("", "/new", f"/{made}", f"/{made}?tab=standing")):
                await page.goto(f"/administration/guardrails{path}" + ("" if path else f"?project={project}"))
                await wait_until_settled(page, traffic)
                await picture(page, f"{theme}-{number}")
                found += await violations(page)
                wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
                found += [f"{path} scrolls sideways on a {screen}"] if wide else []
        assert found == []
    finally:
        await person.client.delete(f"/v1/guardrails/{made}")
