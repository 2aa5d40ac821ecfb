"""Deployed first, connected later: three systems are added and tried in the UI, one assistant works in all."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage, Portrait
from tests.browser.people import Person
from tests.browser.test_chat import REPLY_SECONDS, ask
from tests.browser.test_look import violations
from tests.fakes import aws
from tests.fakes.aws import REGION, FakeAws
from tests.fakes.azure_devops.git import Git
from tests.fakes.azure_devops.server import ORGANIZATION, PROJECT, AzureDevOps
from tests.fakes.azure_devops.server import TOKEN as ADO_TOKEN
from tests.fakes.azure_devops.wiki import Wikis
from tests.fakes.gitlab import TOKEN as GITLAB_TOKEN
from tests.fakes.gitlab import GitLab
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import create
from tests.toolkits.invoking import setting


@dataclass(frozen=True)
class Systems:
    """Where they are."""

    gitlab: str
    azure_devops: str
    aws: FakeAws


@pytest.fixture
def cloud() -> Iterator[FakeAws]:
    with aws.running() as running:
        running.client("s3").create_bucket(
            Bucket="quarterly-reports", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield running


@pytest.fixture
async def systems(cloud: FakeAws) -> AsyncIterator[Systems]:
    devops = AzureDevOps(Git(), Wikis("app.wiki", "handbook"))
    async with serving(GitLab()) as gitlab, serving(devops) as azure_devops:
        yield Systems(gitlab, azure_devops, cloud)


async def connect(page: Page, kind: str, name: str, open_values: dict[str, str], secrets: dict[str, str]) -> None:
    """Add an integration in the form, tried before it is saved."""
    await page.goto(f"/integrations/new?type={kind}")
    await page.get_by_role("textbox", name="Name · required").fill(name)
    for label, value in open_values.items():
        await page.get_by_role("textbox", name=label).first.fill(value)
    for label, value in secrets.items():
        await page.get_by_label(label).first.fill(value)
    await page.get_by_role("button", name="Test connection").click()
    result = page.get_by_role("status", name="Result of the test")
    await expect(result).to_contain_text("Signed in")
    await page.get_by_role("button", name="Test and save").click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
    for value in secrets.values():
        assert value not in await page.content()


async def pick(page: Page, tool: str, integration: str) -> None:
    """Choose a tool by its name and the integration it works with."""
    search = page.get_by_role("searchbox", name="Search tools")
    await search.fill(tool)
    await page.get_by_role("checkbox", name=tool).first.check()
    await page.get_by_role("combobox", name="Integration for").first.click()
    await page.get_by_role("option", name=integration).first.click()
    await search.fill("")


@pytest.mark.timeout(300)
async def test_three_systems_are_connected_in_the_ui_and_used_in_one_chat(
    open_page: OpenPage, person: Person, systems: Systems, portrait: Portrait
) -> None:
    page = await open_page("/integrations", policy=False)
    await connect(page, "Git", "Our GitLab", {"URL": systems.gitlab}, {"Access token": GITLAB_TOKEN})
    place = {"URL": systems.azure_devops, "Organization": ORGANIZATION, "Project": PROJECT}
    await connect(page, "AzureDevOps", "Our DevOps", place, {"Personal access token": ADO_TOKEN})
    keys = {"Access key ID": systems.aws.access_key, "Secret access key": systems.aws.secret_key}
    await connect(page, "AWS", "Our buckets", {"Region": REGION, "Endpoint": systems.aws.url}, keys)

    await page.goto("/integrations")
    for name in ("Our GitLab", "Our DevOps", "Our buckets"):
        await expect(page.get_by_role("link", name=name)).to_be_visible()
    await portrait(page, "integrations")

    await page.goto("/assistants/new")
    await page.get_by_role("link", name="Blank").click()
    await page.get_by_label("Name · required").fill("Release Clerk")
    await page.get_by_label("Instructions", exact=True).fill("Look things up where they are.")
    await pick(page, "GitLab: list issues", "Our GitLab")
    await pick(page, "List Wikis", "Our DevOps")
    await pick(page, "List S3 buckets", "Our buckets")
    assert await violations(page) == []
    await portrait(page, "tool-picker")
    await page.get_by_role("button", name="Create assistant").click()
    await page.wait_for_url("**/chat?assistant=*")

    answers = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Release Clerk"))
    for number, (question, told) in enumerate(
        (
            ('Use gitlab_list_issues with project "team/app"', "The first issue"),
            ("Use list_wikis", "handbook"),
            ("Use s3_list_buckets", "quarterly-reports"),
        )
    ):
        await ask(page, question)
        await expect(answers).to_have_count(number + 1, timeout=REPLY_SECONDS)
        await expect(answers.nth(number)).to_contain_text(told, timeout=REPLY_SECONDS)
        await expect(page.get_by_role("button", name="Answer again")).to_have_count(number + 1, timeout=REPLY_SECONDS)
        await expect(page.get_by_role("button", name="Jump to the latest message")).to_be_hidden()
    assert await violations(page) == []
    await portrait(page, "chat-integrations")


async def test_a_tool_is_tried_beside_the_form(open_page: OpenPage, person: Person) -> None:
    server = GitLab()
    async with serving(server) as url:
        project = (await person.client.get("/v1/user")).json()["applications"][0]
        await create(person.client, "user", setting("Git", project, url=url, token=GITLAB_TOKEN))
        page = await open_page("/assistants/new", policy=False)
        await page.get_by_role("link", name="Blank").click()
        await page.get_by_role("searchbox", name="Search tools").fill("GitLab: comment on issue")
        await page.get_by_role("button", name="About GitLab: comment on issue").click()
        panel = page.get_by_role("region", name="Try it")
        await panel.get_by_role("button", name="Run").click()
        await expect(panel.get_by_text("This is needed.")).to_have_count(3)

        await panel.get_by_role("textbox", name="project").fill("team/app")
        await panel.get_by_role("textbox", name="issue").fill("99")
        await panel.get_by_role("textbox", name="comment").fill("Seen")
        await panel.get_by_role("button", name="Run").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
        assert not server.project.notes, "it writes, so it asks first"
        await panel.get_by_role("button", name="Run").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Run").click()
        outcome = panel.get_by_role("region", name="Result")
        await expect(outcome).to_contain_text("GitLab answered 404")

        await panel.get_by_role("textbox", name="issue").fill("1")
        await panel.get_by_role("button", name="Run").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Run").click()
        await expect(outcome).to_contain_text("Commented on issue #1.")
        assert [note["body"] for note in server.project.notes[1]] == ["Seen"]
        assert await violations(page) == []
