"""Administration of users, by those who may and those who may not."""

from playwright.async_api import expect

from tests.browser.conftest import MakePerson, OpenPage, Portrait
from tests.browser.people import Person
from tests.support import ADMIN_PASSWORD, Platform

PEOPLE = (
    "Ada Lovelace",
    "Alan Turing",
    "Annie Easley",
    "Barbara Liskov",
    "Dennis Ritchie",
    "Donald Knuth",
    "Edsger Dijkstra",
    "Frances Allen",
    "Grace Hopper",
)


async def test_users_are_found_and_filtered_and_the_address_keeps_it(
    open_page: OpenPage, chief: Person, make_person: MakePerson
) -> None:
    for number in range(22):
        await make_person(f"crowd{number:02}-{chief.tag}", user_type="external" if number else "regular")
    page = await open_page(f"/administration/users?search={chief.tag}", who=chief)
    await expect(page.get_by_role("navigation", name="Pages")).to_contain_text("1–20 of 23")
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("navigation", name="Pages")).to_contain_text("21–23 of 23")

    await page.get_by_role("button", name="Type", exact=True).click()
    await page.get_by_role("menuitemradio", name="External").click()
    await expect(page.get_by_role("button", name="Type: External")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Pages")).to_contain_text("1–20 of 21")
    assert "type=external" in page.url
    await page.reload()
    await expect(page.get_by_role("navigation", name="Pages")).to_contain_text("1–20 of 21")

    await page.get_by_role("button", name="Role", exact=True).click()
    await page.get_by_role("menuitemradio", name="Auditor").click()
    await expect(page.get_by_role("heading", name="No user matches")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("row", name="crowd01")).to_be_visible()
    await page.get_by_role("button", name="Clear filter Type").click()
    await expect(page.get_by_role("row", name="crowd00")).to_be_visible()


async def test_the_people_of_a_project_are_listed_alone(
    open_page: OpenPage, chief: Person, platform: Platform, portrait: Portrait
) -> None:
    """The picture of the list: people with names, roles and a sign-in."""
    own = {"name": "Katherine Johnson", "email": "katherine.johnson@example.com"}
    assert (await chief.client.put(f"/v1/admin/users/{await chief.id()}", json=own)).status_code == 200
    await chief.client.post("/v1/projects", json={"name": "apollo"})
    await chief.client.post("/v1/projects", json={"name": "gemini"})
    for number, name in enumerate(PEOPLE):
        email = f"{name.lower().replace(' ', '.')}@example.com"
        order = {"email": email, "username": email.partition("@")[0], "name": name, "password": ADMIN_PASSWORD}
        made = await chief.client.post("/v1/admin/users", json={**order, "is_admin": name == "Grace Hopper"})
        assert made.status_code in {200, 201}, made.text
        person = made.json()["id"]
        for project in ("apollo", "gemini")[: 1 + number % 2]:
            joined = {"project_name": project, "is_project_admin": number % 3 == 0}
            await chief.client.post(f"/v1/admin/users/{person}/projects", json=joined)
        if name == "Ada Lovelace":
            await chief.client.put(f"/v1/admin/users/{person}", json={"is_auditor": True})
        if number % 2:
            await platform.login(email, ADMIN_PASSWORD)

    page = await open_page("/administration/users?project=apollo", who=chief)

    rows = page.get_by_role("table", name="Users").locator("tbody tr")
    await expect(rows).to_have_count(len(PEOPLE) + 1)
    await expect(page.get_by_role("row", name="Ada Lovelace")).to_contain_text("Auditor")
    await expect(page.get_by_role("row", name="Grace Hopper")).to_contain_text("Administrator")
    await portrait(page, "users")


async def test_columns_are_chosen_and_remembered(open_page: OpenPage, chief: Person) -> None:
    page = await open_page(f"/administration/users?search={chief.tag}", who=chief)
    await expect(page.get_by_role("columnheader", name="Last sign-in")).to_be_visible()
    await page.get_by_role("button", name="Columns").click()
    await page.get_by_role("menuitemcheckbox", name="Last sign-in").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("columnheader", name="Last sign-in")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_role("columnheader", name="Since")).to_be_visible()
    await expect(page.get_by_role("columnheader", name="Last sign-in")).to_be_hidden()


async def test_a_user_is_made_with_a_password_that_works_and_put_in_a_project(
    open_page: OpenPage, chief: Person, platform: Platform
) -> None:
    team = f"team-{chief.tag}"
    await chief.client.post("/v1/projects", json={"name": team})
    email = f"newcomer-{chief.tag}@codemie.test"
    page = await open_page("/administration/users", who=chief)
    await page.get_by_role("link", name="New user").click()
    await page.get_by_role("button", name="Create user").click()
    await expect(page.get_by_text("That is no e-mail address.")).to_be_visible()
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("User name").fill(f"newcomer-{chief.tag}")
    await page.get_by_label("Name", exact=True).fill("New Comer")
    password = await page.get_by_label("Password").input_value()
    await page.get_by_role("button", name="Create user").click()

    await expect(page.get_by_role("heading", name="New Comer", exact=True)).to_be_visible()
    token = await platform.login(email, password)
    await page.get_by_role("button", name="Add to project").click()
    await page.get_by_placeholder("Find a project").fill(team)
    await page.get_by_role("option", name=team).click()
    await page.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("row", name=team)
    await row.get_by_role("combobox").click()
    await page.get_by_role("option", name="Administrator").click()
    await row.get_by_role("button", name=f"Actions for {team}").click()
    await page.get_by_role("menuitem", name="Make default").click()
    await expect(row).to_contain_text("Default")
    async with platform.client(token) as newcomer:
        own = {row["name"]: row for row in (await newcomer.get("/v1/user")).json()["projects"]}
    assert own[team]["is_project_admin"]
    assert own[team]["is_default"]

    await row.get_by_role("button", name=f"Actions for {team}").click()
    await page.get_by_role("menuitem", name="Remove from project").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove from project").click()
    await expect(row).to_be_hidden()


async def test_a_maintainer_gives_roles_but_cannot_take_their_own(
    open_page: OpenPage, chief: Person, make_person: MakePerson
) -> None:
    other = await make_person("other")
    page = await open_page(f"/administration/users/{await other.id()}", who=chief)
    await page.get_by_role("switch", name="Maintainer").click()
    await expect(page.get_by_role("switch", name="Administrator")).to_be_checked()
    await page.get_by_role("switch", name="Administrator").click()
    await expect(page.get_by_role("switch", name="Maintainer")).not_to_be_checked()
    await page.get_by_role("switch", name="Auditor").click()
    await page.get_by_label("Shared projects they may create").fill("7")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(page.get_by_text("Auditor", exact=True).first).to_be_visible()
    about = (await other.client.get("/v1/user")).json()
    assert (about["is_auditor"], about["is_admin"], about["project_limit"]) == (True, False, 7)

    await page.goto(f"/administration/users/{await chief.id()}")
    await expect(page.get_by_role("switch", name="Maintainer")).to_be_disabled()
    await expect(page.get_by_text("You cannot take this from yourself").first).to_be_visible()
    await expect(page.get_by_role("button", name="Deactivate")).to_have_count(0)


async def test_a_user_is_deactivated_and_comes_back_with_a_new_password(
    open_page: OpenPage, chief: Person, make_person: MakePerson, platform: Platform
) -> None:
    other = await make_person("leaver")
    page = await open_page(f"/administration/users/{await other.id()}", who=chief)
    await page.get_by_role("button", name="Deactivate").click()
    await expect(page.get_by_role("alertdialog")).to_contain_text("What they made stays")
    await page.get_by_role("button", name="Deactivate user").click()
    await expect(page.get_by_text("Deactivated", exact=True)).to_be_visible()
    assert (await other.client.get("/v1/user")).status_code == 401

    await page.get_by_role("button", name="Reactivate").click()
    await page.get_by_role("button", name="Set password").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Password").fill("short")
    await dialog.get_by_role("button", name="Set password").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("The password was not set")
    await dialog.get_by_role("button", name="Generate").click()
    password = await dialog.get_by_label("Password").input_value()
    await dialog.get_by_role("button", name="Set password").click()
    await expect(dialog.get_by_role("status").first).to_contain_text("The password is set.")
    assert await platform.login(other.email, password)


async def test_administrators_are_told_that_maintainers_give_roles(
    open_page: OpenPage, make_person: MakePerson
) -> None:
    admin, other = await make_person("admin", is_admin=True), await make_person("other")
    page = await open_page(f"/administration/users/{await other.id()}", who=admin)
    await expect(page.get_by_role("switch", name="Auditor")).to_be_disabled()
    await expect(page.get_by_text("Only maintainers give platform roles. Ask one of them.")).to_be_visible()


async def test_an_auditor_looks_and_changes_nothing(open_page: OpenPage, make_person: MakePerson) -> None:
    auditor, other = await make_person("auditor", is_auditor=True), await make_person("other")
    page = await open_page("/administration/users", who=auditor)
    await expect(page.get_by_role("table", name="Users")).to_be_visible()
    await expect(page.get_by_role("link", name="New user")).to_have_count(0)
    await page.goto(f"/administration/users/{await other.id()}")
    await expect(page.get_by_text("You may look, not change.")).to_be_visible()
    await expect(page.get_by_role("button", name="Save changes")).to_have_count(0)


async def test_others_are_told_who_can_let_them_in(open_page: OpenPage) -> None:
    page = await open_page("/administration/users")
    await expect(page.get_by_role("navigation", name="Administration")).to_have_count(0)
    await expect(page.get_by_role("alert")).to_contain_text("requires administrator, maintainer, or auditor")
    await expect(page.get_by_role("alert")).to_contain_text("only a maintainer can make you one")
    await page.goto("/administration/audit")
    await expect(page.get_by_role("alert")).to_contain_text("A maintainer of the platform can give you the role")
