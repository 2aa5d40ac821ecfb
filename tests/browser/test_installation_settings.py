"""What administrators change while the platform runs: components, values, and what applications outside may use."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from playwright.async_api import Page, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person
from tests.browser.test_look import AXE, violations
from tests.support import ADMIN_PASSWORD, Platform, environment_for, require, serving

DISCLAIMER = "/v1/config/declarations/chatDisclaimer"


def fresh_key() -> str:
    return f"LIMIT_{uuid.uuid4().hex[:6].upper()}"


async def options_of(page: Page, key: str) -> None:
    await page.get_by_role("button", name=f"Actions for {key}").click()


async def test_a_component_is_changed_told_of_and_taken_back(open_page: OpenPage, chief: Person) -> None:
    await chief.client.delete(DISCLAIMER)
    page = await open_page("/administration/settings", who=chief)
    form = page.get_by_role("form", name="Chat disclaimer")
    await expect(form.get_by_text("As in the file")).to_be_visible()

    await form.get_by_label("Text").fill("[Rules](javascript:alert(1))")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("alert")).to_contain_text("chatDisclaimer.text")

    await form.get_by_label("Text").fill("Check what **matters**.")
    await form.get_by_role("switch", name="Enabled").click()
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_text("Changed here")).to_be_visible()
    await expect(form.get_by_text(f"Changed by {chief.email}")).to_be_visible()
    stored = [one for one in (await chief.client.get("/v1/config")).json() if one["id"] == "chatDisclaimer"]
    assert stored[0]["settings"]["text"] == "Check what **matters**."

    await form.get_by_role("button", name="Back to the file").click()
    await expect(form.get_by_text("As in the file")).to_be_visible()
    await expect(form.get_by_label("Text")).to_have_value("")


async def test_a_text_that_is_too_long_is_told_before_it_is_sent(open_page: OpenPage, chief: Person) -> None:
    page = await open_page("/administration/settings", who=chief)
    form = page.get_by_role("form", name="Chat disclaimer")
    await form.get_by_label("Text").fill("x" * 1001)
    await expect(form.get_by_text("Shorten this to 1,000 characters.")).to_be_visible()
    await expect(form.get_by_role("button", name="Save")).to_be_disabled()


async def test_a_value_is_made_changed_and_deleted(open_page: OpenPage, chief: Person) -> None:
    key = fresh_key()
    page = await open_page("/administration/settings?tab=values", who=chief)
    await page.get_by_role("button", name="New value").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("lower case")
    await dialog.get_by_role("combobox", name="Type").click()
    await page.get_by_role("option", name="Whole number").click()
    await dialog.get_by_label("Value").fill("many")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_text("begin with a letter")).to_be_visible()
    await expect(dialog.get_by_text("Enter a whole number.")).to_be_visible()

    await dialog.get_by_label("Name").fill(key)
    await dialog.get_by_label("Value").fill("12")
    await dialog.get_by_role("button", name="Create").click()
    row = page.get_by_role("row", name=key)
    await expect(row).to_contain_text("12")
    await expect(row).to_contain_text(chief.email)

    await options_of(page, key)
    await page.get_by_role("menuitem", name="Change…", exact=True).click()
    await dialog.get_by_label("Value").fill("13")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("13")

    await options_of(page, key)
    await page.get_by_role("menuitem", name="Who changed it").click()
    await expect(page.get_by_role("link", name="Configuration value changed")).to_be_visible()
    await page.go_back()

    await options_of(page, key)
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete value").click()
    await expect(row).to_have_count(0)


async def test_a_name_that_is_taken_is_told_by_the_server(open_page: OpenPage, chief: Person) -> None:
    key = fresh_key()
    await chief.client.post("/v1/dynamic-config/", json={"key": key, "value": "1", "value_type": "int"})
    page = await open_page("/administration/settings?tab=values", who=chief)
    await page.get_by_role("button", name="New value").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill(key)
    await dialog.get_by_label("Value").fill("x")
    await dialog.get_by_role("button", name="Create").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("already exists")


async def test_only_administrators_find_the_settings(open_page: OpenPage, make_person: MakePerson) -> None:
    auditor = await make_person("auditor", is_auditor=True)
    page = await open_page("/administration/settings", who=auditor)
    await expect(page.get_by_role("alert")).to_contain_text("administrator or maintainer")
    await expect(page.get_by_role("link", name="Settings")).to_have_count(0)
    await expect(page.get_by_role("link", name="Applications")).to_have_count(0)


@pytest.fixture(scope="module")
async def outside(postgres_url: str, nats_url: str, tmp_path_factory: Any) -> AsyncIterator[Platform]:
    """A platform that lists two applications; data sources may be granted to one of them."""
    home: Path = tmp_path_factory.mktemp("listing")
    (home / "reports.pem").write_bytes(RSAKey.generate_key(2048).as_pem(private=False))
    listing = home / "applications.yaml"
    listing.write_text(
        "authorized_applications:\n"
        "  - {name: reports, public_key_path: reports.pem, allowed_resources: [datasource]}\n"
        "  - {name: idle, public_key_path: reports.pem}\n"
    )
    extra = {"CODEMIE_IDENTITY_APPLICATIONS_FILE": str(listing)}
    async with serving(environment_for(home, postgres_url, nats_url, **extra)) as running:
        yield running


async def test_a_data_source_is_granted_and_taken_back(open_page: OpenPage, chief: Person, outside: Platform) -> None:
    name = f"handbook-{chief.tag}"
    await chief.add_handbook(name)
    who = Person(chief.client, chief.email, await outside.login(chief.email, ADMIN_PASSWORD))
    page = await open_page("/administration/applications", who=who, at=outside, policy=False)
    await page.get_by_role("button", name="Grant a data source").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_placeholder("Find a data source by name").fill(name)
    await dialog.get_by_role("option", name=name).click()
    await dialog.get_by_role("combobox", name="Application").click()
    await expect(page.get_by_role("option")).to_have_count(1)  # "idle" may be granted nothing
    await page.get_by_role("option", name="reports").click()
    require(AXE.is_file(), "axe-core (npm ci in web/)")
    assert await violations(page) == []
    await dialog.get_by_role("button", name="Grant").click()

    row = page.get_by_role("row", name=name)
    await expect(row).to_contain_text("reports")
    await expect(row).to_contain_text("Read")
    assert await violations(page) == []
    await row.get_by_role("button", name=f"Take back: reports may read {name}").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Take back").click()
    await expect(row).to_have_count(0)


async def test_others_see_only_what_they_granted(
    open_page: OpenPage, chief: Person, make_person: MakePerson, outside: Platform
) -> None:
    mine, theirs = await make_person("granter"), chief
    for person in (mine, theirs):
        source = await person.add_handbook(f"book-{person.tag}")
        async with outside.client(await outside.login(person.email, ADMIN_PASSWORD)) as client:
            body = {
                "resource_type": "datasource", "resource_id": source, "principal_type": "application",
                "principal_id": "reports", "permission_level": "read",
            }  # fmt: skip
            assert (await client.post("/v1/permissions", json=body)).status_code == 201
    who = Person(mine.client, mine.email, await outside.login(mine.email, ADMIN_PASSWORD))
    source = await mine.find_source(f"book-{mine.tag}")
    assert source is not None
    page = await open_page(f"/knowledge/{source['id']}", who=who, at=outside)
    await page.get_by_role("link", name="Grant to an application").click()
    await expect(page.get_by_role("row", name=f"book-{mine.tag}")).to_be_visible()
    await expect(page.get_by_role("row", name=f"book-{theirs.tag}")).to_have_count(0)
