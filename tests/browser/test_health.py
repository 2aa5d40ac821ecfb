"""The installation as it sees itself, for administrators."""

import json
import tarfile

from playwright.async_api import Route, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person


async def test_an_administrator_sees_what_is_wrong_and_what_to_do(open_page: OpenPage, chief: Person) -> None:
    page = await open_page("/administration/health", who=chief)
    database = page.locator("[data-check='db.reachable']")
    await expect(database).to_contain_text("Good")
    await database.get_by_text("What this check is for").click()
    await expect(database).to_contain_text("Every page and every request answers 503.")
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download as JSON").click()
    report = json.loads((await (await downloading.value).path()).read_text())
    assert report["schema"] == "codemiectl.report/1"

    for check in report["checks"]:
        if check["id"] == "worker.alive":
            check |= {"status": "fail", "detail": "No worker lives", "remedy": ["Start one: codemiectl worker"]}
    report["summary"] = {"pass": 1, "warn": 0, "fail": 1, "unknown": 0, "skip": 0}

    async def broken(route: Route) -> None:
        await route.fulfill(json=report)

    await page.route("**/v1/admin/health/checks", broken)
    await page.get_by_role("button", name="Run again").click()
    await expect(page.get_by_role("status").get_by_text("1 check failed")).to_be_visible()
    worker = page.locator("[data-check='worker.alive']")
    await expect(worker).to_contain_text("Failed")
    await expect(worker.get_by_role("listitem")).to_have_text("Start one: codemiectl worker")


async def test_a_run_that_fails_can_be_tried_again(open_page: OpenPage, chief: Person, make_person: MakePerson) -> None:
    page = await open_page("/account", who=chief)
    await page.route("**/v1/admin/health/checks", lambda route: route.fulfill(status=500, json={}))
    await page.goto("/administration/health")
    await expect(page.get_by_text("The installation could not be looked at")).to_be_visible()
    await page.unroute("**/v1/admin/health/checks")
    await page.get_by_role("button", name="Run again").click()
    await expect(page.locator("[data-check='db.reachable']")).to_be_visible()

    other = await make_person("curious")
    assert (await other.client.get("/v1/admin/health/checks")).status_code == 403


async def test_a_bundle_for_support_is_made_in_the_browser(open_page: OpenPage, chief: Person) -> None:
    page = await open_page("/administration/health", who=chief)
    await page.get_by_role("button", name="Support bundle").click()
    dialog = page.get_by_role("dialog", name="A bundle for support")
    await dialog.get_by_role("button", name="Make and download").click()
    await expect(dialog.get_by_text("Support needs to know what is wrong.")).to_be_visible()
    await expect(dialog.get_by_label("What is wrong")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("What is wrong").fill("Agents cannot connect since Monday.")

    async with page.expect_download(timeout=170_000) as downloading:
        await dialog.get_by_role("button", name="Make and download").click()
    made = await downloading.value

    assert made.suggested_filename.startswith("codemie-support-")
    with tarfile.open(await made.path()) as packed:
        issue = packed.extractfile("codemie-support/issue.md")
        assert issue is not None
        assert b"Agents cannot connect" in issue.read()
    await expect(dialog).to_be_hidden()
