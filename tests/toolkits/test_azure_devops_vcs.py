"""The tool that calls any endpoint of Azure DevOps Git."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes.azure_devops.git import NOBODY, Git
from tests.fakes.azure_devops.pull_requests import PullRequests
from tests.fakes.azure_devops.server import READ_ONLY, AzureDevOps
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.toolkits.azure_devops import organization
from tests.toolkits.invoking import error, output

TOOL = "azure_devops_git"
REPOSITORY = "/_apis/git/repositories/{repositoryId}"


class Caller:
    """A member whose project has an integration with an organization."""

    def __init__(self, people: People, git: Git, server: AzureDevOps, url: str) -> None:
        self.people, self.git, self.server, self.url = people, git, server, url

    async def call(self, method: str, url: str, arguments: Any = None, **query: Any) -> dict[str, Any]:
        asked = {"method": method, "url": url, "method_arguments": arguments or {}, **query}
        told: dict[str, Any] = await output(self.people.member, self.people, TOOL, query=asked)
        return told

    async def fails(self, method: str, url: str, arguments: Any = None) -> str:
        asked = {"method": method, "url": url, "method_arguments": arguments or {}}
        return await error(self.people.member, self.people, TOOL, query=asked)


@pytest.fixture
async def caller(people: People) -> AsyncIterator[Caller]:
    git = Git()
    server = AzureDevOps(git, PullRequests(git))
    async with serving(server) as url:
        await create(people.manager, "project", organization(people.project, url))
        yield Caller(people, git, server, url)


async def test_the_result_tells_what_was_asked_and_what_came_back(caller: Caller) -> None:
    told = await caller.call("GET", "/_apis/git/repositories")
    assert [item["name"] for item in told["data"]["value"]] == ["app", "other repository"]
    assert {name: told[name] for name in ("success", "status_code", "method", "error")} == {
        "success": True,
        "status_code": 200,
        "method": "GET",
        "error": None,
    }
    assert told["url"] == f"{caller.url}/contoso/app/_apis/git/repositories?api-version=7.1-preview.1"


async def test_places_in_the_path_are_filled_and_the_rest_is_the_query(caller: Caller) -> None:
    arguments = {"repositoryId": "other repository", "path": "/README.md", "includeContent": True, "api-version": "7.0"}
    told = await caller.call("get", f"{REPOSITORY}/items", arguments)
    assert told["data"]["content"] == "# Other\n"
    assert "/repositories/other%20repository/items?" in told["url"]
    assert "api-version=7.0" in told["url"]
    assert "repositoryId" not in told["url"]


async def test_what_the_url_holds_of_a_query_is_kept(caller: Caller) -> None:
    told = await caller.call("GET", f"{REPOSITORY}/stats/branches?name=work", {"repositoryId": "app"})
    assert told["data"]["name"] == "work"


async def test_a_body_may_be_an_array_or_hold_an_object_named_project(caller: Caller) -> None:
    update = {"name": "refs/heads/new", "oldObjectId": NOBODY, "newObjectId": caller.git.app.branches["main"]}
    told = await caller.call("POST", "/_apis/git/repositories/app/refs", [update])
    assert told["data"]["value"][0]["success"] is True
    assert "new" in caller.git.app.branches
    request = {
        "repositoryId": "app",
        "sourceRefName": "refs/heads/new",
        "targetRefName": "refs/heads/main",
        "title": "New",
        "project": {"name": "app"},
    }
    told = await caller.call("POST", f"{REPOSITORY}/pullrequests", request)
    assert (told["status_code"], told["data"]["pullRequestId"]) == (201, 1)


async def test_a_project_that_is_a_text_stands_for_the_integrations(caller: Caller) -> None:
    told = await caller.call("GET", "/_apis/git/repositories", {"project": "gone"})
    assert (told["success"], told["status_code"]) == (False, 404)
    assert told["error"].startswith("HTTP 404: Not Found - TF200016: The following project does not exist: gone.")
    assert told["data"]["typeKey"] == "ProjectDoesNotExistWithNameException"


async def test_an_integration_without_a_project_asks_the_organization(people: People, caller: Caller) -> None:
    await create(people.member, "user", organization(people.project, caller.url, project=""))
    told = await caller.call("GET", "/_apis/git/repositories")
    assert told["url"].startswith(f"{caller.url}/contoso/_apis/git/repositories?")
    assert told["success"] is True


async def test_an_answer_that_is_no_json_is_kept_as_text(caller: Caller) -> None:
    arguments = {"repositoryId": "app", "path": "src/app.py"}
    told = await caller.call("GET", f"{REPOSITORY}/items", arguments, custom_headers={"accept": "text/plain"})
    assert told["data"] == "a = 1\nb = 2\nc = 3\n"


@pytest.mark.parametrize(
    "url",
    [
        "/_apis/wit/workitems/1",
        "/_apis/git/../wit/workitems/1",
        "/_apis/git/%2e%2e/wit/workitems/1",
        "/_apis/git/..%5cwit",
        "/app/_apis/git/repositories",
        "https://example.com/_apis/git/repositories",
        "//example.com/_apis/git/repositories",
    ],
)
async def test_only_the_git_api_is_asked(caller: Caller, url: str) -> None:
    assert "must begin with /_apis/git/" in await caller.fails("GET", url)
    assert not caller.server.faults.asked


async def test_an_argument_neither_leads_out_of_its_place_nor_may_lack(caller: Caller) -> None:
    assert "stay there" in await caller.fails("GET", f"{REPOSITORY}/refs", {"repositoryId": ".."})
    assert "needs the argument repositoryId" in await caller.fails("GET", f"{REPOSITORY}/refs")
    told = await caller.call("GET", f"{REPOSITORY}/refs", {"repositoryId": "../../wit"})
    assert "/repositories/..%2F..%2Fwit/refs?" in told["url"]
    assert "TF401019" in told["error"]
    assert all(asked.startswith("GET /contoso/app/_apis/git/") for asked in caller.server.faults.asked)


async def test_nobody_takes_over_the_header_with_the_credential(caller: Caller) -> None:
    headers = {"AUTHORIZATION": "Basic bm9ib2R5"}
    assert (await caller.call("GET", "/_apis/git/repositories", custom_headers=headers))["success"] is True


async def test_a_query_may_be_a_text_and_what_is_none_is_refused(caller: Caller) -> None:
    people = caller.people
    text = json.dumps({"method": "GET", "url": "_apis/git/repositories"})
    assert (await output(people.member, people, TOOL, query=text))["success"] is True
    assert "is no JSON" in await error(people.member, people, TOOL, query="{method: GET")
    assert "method" in await error(people.member, people, TOOL, query=json.dumps({"url": "/_apis/git/repositories"}))


async def test_a_token_that_may_only_read_is_told_what_it_lacks(people: People, caller: Caller) -> None:
    await create(people.member, "user", organization(people.project, caller.url, READ_ONLY))
    assert (await caller.call("GET", "/_apis/git/repositories"))["success"] is True
    told = await caller.call("POST", "/_apis/git/repositories/app/pushes", {"refUpdates": []})
    assert (told["status_code"], "'GenericContribute' permission" in told["error"]) == (403, True)


async def test_a_wrong_token_names_who_can_mend_it(people: People, caller: Caller) -> None:
    await create(people.member, "user", organization(people.project, caller.url, "wrong"))
    told = await caller.call("GET", "/_apis/git/repositories")
    assert (told["status_code"], told["error"]) == (401, "HTTP 401: Unauthorized")


async def test_a_sign_in_page_is_no_answer(caller: Caller) -> None:
    caller.server.faults.status(203, "<html>Azure DevOps Services | Sign In</html>")
    assert "asks to sign in" in await caller.fails("GET", "/_apis/git/repositories")


async def test_a_limit_is_waited_for_or_told(caller: Caller) -> None:
    caller.server.faults.limited(times=1)
    assert (await caller.call("GET", "/_apis/git/repositories"))["success"] is True
    caller.server.faults.limited(seconds=600)
    assert (await caller.call("GET", "/_apis/git/repositories"))[
        "error"
    ] == "HTTP 429: Too Many Requests - Too Many Requests"
