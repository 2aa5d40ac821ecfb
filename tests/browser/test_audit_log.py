"""The audit log for those who watch over the platform."""

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person


async def test_events_are_filtered_opened_and_exported(
    open_page: OpenPage, chief: Person, make_person: MakePerson, tmp_path: Path
) -> None:
    auditor = await make_person("auditor", is_auditor=True)
    other = await make_person("suspect")
    name = f"secret-{chief.tag}"
    await other.client.post("/v1/projects", json={"name": name})
    page = await open_page("/administration/audit", who=auditor)
    await page.get_by_role("button", name="Person").click()
    await page.get_by_placeholder("Find people by name or e-mail").fill(other.email)
    await page.get_by_role("option", name=other.email).click()
    await page.get_by_role("button", name="What", exact=True).click()
    await page.get_by_role("menuitemcheckbox", name="Project created").click()
    await page.keyboard.press("Escape")
    rows = page.get_by_role("table", name="Audit log").locator("tbody tr")
    await expect(rows).to_have_count(1)
    assert f"actor={await other.id()}" in page.url

    await page.get_by_role("link", name="Project created").click()
    panel = page.get_by_role("dialog", name="Project created")
    await expect(panel).to_contain_text(name)
    await page.reload()
    await expect(panel).to_contain_text(name)
    await panel.get_by_role("link", name="Everything about this subject").click()
    await expect(panel).to_be_hidden()
    await expect(page.get_by_text(f"Subject: {name}")).to_be_visible()

    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as downloading:
        await page.get_by_role("menuitem", name="As CSV").click()
    saved = tmp_path / "audit.csv"
    await (await downloading.value).save_as(saved)
    lines = saved.read_text().splitlines()
    assert len(lines) == 2, "the head and the one event about the project"
    assert name in lines[1]


async def test_whom_an_event_concerns_is_told_by_name(
    open_page: OpenPage, chief: Person, make_person: MakePerson
) -> None:
    other = await make_person("promoted")
    await chief.client.put(f"/v1/admin/users/{await other.id()}", json={"name": "Grace Hopper"})
    page = await open_page(f"/administration/audit?entity={await other.id()}&what=user.updated", who=chief)
    await expect(page.get_by_role("row", name="User changed")).to_contain_text("Grace Hopper")
    await page.get_by_role("link", name="User changed").click()
    await page.get_by_role("link", name="Open the user").click()
    await expect(page.get_by_role("heading", name="Grace Hopper")).to_be_visible()


async def test_a_period_without_events_says_so(open_page: OpenPage, chief: Person) -> None:
    page = await open_page("/administration/audit", who=chief)
    await page.get_by_label("To", exact=True).fill("2001-01-01")
    await expect(page.get_by_role("heading", name="No entry matches")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(page.get_by_role("table", name="Audit log")).to_be_visible()
