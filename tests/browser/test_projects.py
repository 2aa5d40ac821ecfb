"""Projects and their members, as those in charge of them work, and others."""

import uuid

from playwright.async_api import Page, expect

from tests.browser.conftest import MakePerson, OpenPage
from tests.browser.people import Person


async def new_project(person: Person, **fields: str) -> str:
    """A shared project of this person."""
    name = f"team-{uuid.uuid4().hex[:8]}"
    answer = await person.client.post("/v1/projects", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    return name


async def members_of(person: Person, project: str) -> dict[str, bool]:
    """Address → administers it."""
    detail = (await person.client.get(f"/v1/projects/{project}")).json()
    return {member["email"]: member["is_project_admin"] for member in detail["members"]}


async def choose(page: Page, *people: Person) -> None:
    """Find people in the open dialog and tick them."""
    for one in people:
        await page.get_by_placeholder("Find people by name or e-mail").fill(one.email)
        await page.get_by_role("option", name=one.email).click()


async def test_a_project_is_created_filled_changed_and_deleted(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    ada, bob = await make_person("ada"), await make_person("bob")
    name = f"apollo-{uuid.uuid4().hex[:8]}"
    page = await open_page("/chat")
    await page.get_by_role("button", name="visitor").click()
    await page.get_by_role("menuitem", name="Projects").click()
    await page.get_by_role("link", name="New project").first.click()
    await page.get_by_label("Name", exact=False).first.fill("No Good Name")
    await page.get_by_role("button", name="Create project").click()
    await expect(page.get_by_role("textbox", name="Name · required")).to_have_attribute("aria-invalid", "true")
    await page.get_by_role("textbox", name="Name · required").fill(name)
    await page.get_by_label("Display name").fill("Apollo guidance")
    await page.get_by_role("button", name="Create project").click()
    await expect(page.get_by_role("heading", name="Apollo guidance")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Administration")).to_contain_text("Projects")

    await page.get_by_role("button", name="Add members").click()
    await choose(page, ada, bob)
    await page.get_by_role("button", name="Add 2 members").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.get_by_role("row", name=ada.email).get_by_role("combobox").click()
    await page.get_by_role("option", name="Administrator").click()
    await expect(page.get_by_role("row", name=ada.email).get_by_role("combobox")).to_have_text("Administrator")
    await page.get_by_role("button", name="Role", exact=True).click()
    await page.get_by_role("menuitemradio", name="Members").click()
    await expect(page.get_by_role("row", name=ada.email)).to_be_hidden()
    await page.get_by_role("checkbox", name="Select bob").click()
    await page.get_by_role("button", name="Remove", exact=True).click()
    await page.get_by_role("button", name="Remove from project").click()
    await expect(page.get_by_role("heading", name="No member matches")).to_be_visible()
    assert await members_of(person, name) == {person.email: True, ada.email: True}

    await page.get_by_role("link", name="Settings").click()
    await page.get_by_label("Description").fill("Software that lands")
    await page.get_by_label("Display name").fill("")
    await page.get_by_role("button", name="Save changes").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()

    await page.get_by_role("button", name="Delete project").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog.get_by_role("button", name="Delete project")).to_be_disabled()
    await dialog.get_by_role("textbox").fill(name)
    await dialog.get_by_role("button", name="Delete project").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("it has members")
    await person.client.delete(f"/v1/projects/{name}/assignment/{await ada.id()}")
    await dialog.get_by_role("button", name="Delete project").click()
    await expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name=name)).to_have_count(0)


async def test_a_file_of_members_is_looked_at_before_it_is_imported(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    ada = await make_person("ada")
    name = await new_project(person)
    page = await open_page(f"/administration/projects/{name}")
    await page.get_by_role("link", name="Import CSV").click()

    async def choose_file(text: str) -> None:
        await page.locator("input[type=file]").set_input_files(
            [{"name": "members.csv", "mimeType": "text/csv", "buffer": text.encode()}]
        )

    await choose_file("mail\nx\n")
    await expect(page.get_by_role("alert")).to_contain_text("no column 'email'")
    await choose_file(f"email,role\n{ada.email},owner\nnobody@codemie.test,user\n")
    await expect(page.get_by_role("status").last).to_contain_text("2 of 2 rows are wrong")
    await expect(page.get_by_role("row", name="nobody@codemie.test")).to_contain_text("User not found")
    await expect(page.get_by_role("button", name="Import 2 members")).to_have_count(0)
    await choose_file(f"email,role\n{ada.email},project_admin\n")
    await page.get_by_role("button", name="Import 1 member").click()
    await expect(page.get_by_role("button", name="Add members")).to_be_visible()
    await expect(page.get_by_role("row", name=ada.email)).to_be_visible()
    assert (await members_of(person, name))[ada.email] is True


async def test_a_project_is_given_to_somebody_else(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    ada = await make_person("ada")
    name = await new_project(person)
    page = await open_page(f"/administration/projects/{name}?tab=settings")
    await page.get_by_role("button", name="Transfer ownership").click()
    await choose(page, ada)
    await page.get_by_role("button", name="Transfer", exact=True).click()
    await expect(page.get_by_text("Owner: ada")).to_be_visible()
    assert await members_of(person, name) == {person.email: True, ada.email: True}


async def test_members_look_and_strangers_learn_nothing(
    open_page: OpenPage, person: Person, make_person: MakePerson
) -> None:
    member = await make_person("member")
    name = await new_project(person)
    await person.client.post(
        f"/v1/projects/{name}/assignment", json={"user_id": await member.id(), "is_project_admin": False}
    )
    page = await open_page(f"/administration/projects/{name}", who=member)
    await expect(page.get_by_text("Administrators of the project change members and settings.")).to_be_visible()
    await expect(page.get_by_role("button", name="Add members")).to_have_count(0)
    await expect(page.get_by_role("checkbox")).to_have_count(0)

    stranger = await open_page(f"/administration/projects/{name}", who=await make_person("stranger"))
    await expect(stranger.get_by_role("heading", name="Project not found")).to_be_visible()
    await expect(stranger.get_by_text("An administrator of the project can add you.")).to_be_visible()


async def test_the_limit_of_projects_is_explained(open_page: OpenPage, make_person: MakePerson) -> None:
    limited = await make_person("limited", project_limit=1)
    await new_project(limited)
    page = await open_page("/administration/projects/new", who=limited)
    await page.get_by_role("textbox", name="Name · required").fill(f"one-more-{uuid.uuid4().hex[:8]}")
    await page.get_by_role("button", name="Create project").click()
    await expect(page.get_by_role("alert")).to_contain_text("You have created 1 of at most 1")
    await expect(page.get_by_role("alert")).to_contain_text("ask an administrator to raise your limit")


async def test_projects_are_sorted_searched_and_told_apart(open_page: OpenPage, person: Person) -> None:
    first, second = sorted([await new_project(person), await new_project(person, description="Rivers and herons")])
    page = await open_page("/administration/projects?kind=shared")
    rows = page.get_by_role("table", name="Projects").locator("tbody tr")
    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="Name").click()
    await expect(rows.first).to_contain_text(first)
    await page.get_by_role("button", name="Name").click()
    await expect(rows.first).to_contain_text(second)
    assert "order=desc" in page.url
    await page.get_by_role("searchbox").fill("herons")
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Clear filter Kind").click()
    await page.get_by_role("searchbox").fill(person.email)
    await expect(rows.first).to_contain_text("Personal")


async def test_what_the_numbers_of_a_project_count_is_told(open_page: OpenPage, person: Person) -> None:
    project = await new_project(person)
    await person.add_assistant("Private", project=project, shared=False)
    published = await person.add_assistant("Published", project=project)
    body = {"categories": ["devops"], "ignore_recommendations": True}
    answer = await person.client.post(f"/v1/assistants/{published}/marketplace/publish", json=body)
    assert answer.status_code == 200, answer.text

    page = await open_page("/administration/projects?kind=shared")

    await expect(page.get_by_role("row", name=project).get_by_role("cell").nth(2)).to_have_text("2")
    await expect(page.get_by_text("also what is private to its owner")).to_be_visible()
