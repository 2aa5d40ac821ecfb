"""Working in a repository of Azure DevOps."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.fakes.azure_devops.git import CODE, Git
from tests.fakes.azure_devops.pull_requests import PullRequests
from tests.fakes.azure_devops.server import READ_ONLY, TOKEN, AzureDevOps
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.toolkits.azure_devops import organization
from tests.toolkits.invoking import setting
from tests.toolkits.repositories import Worker, repository

CHANGE = "OLD <<<<\nb = 2\n>>>> OLD\nNEW <<<<\nb = two\n>>>> NEW"
PATH = "contoso/app/_git/app"


class Contoso(Worker):
    """A worker with the organization's server at hand."""

    def __init__(self, people: People, source: str, url: str, server: AzureDevOps, git: Git) -> None:
        super().__init__(people, source)
        self.url, self.server, self.git = url, server, git

    async def listed(self, tool: str, **arguments: Any) -> list[dict[str, Any]]:
        """What the tool says, read as JSON."""
        told: list[dict[str, Any]] = json.loads(await self.call(tool, **arguments))
        return told


async def at(worker: Contoso, database: Database, branch: str) -> Contoso:
    """The same worker, whose changes start from another branch: direct calls have no active one."""
    people = worker.people
    source = await repository(database, people, worker.url, branch, PATH)
    return Contoso(people, source, worker.url, worker.server, worker.git)


@pytest.fixture
async def contoso(people: People, database: Database) -> AsyncIterator[Contoso]:
    git = Git()
    server = AzureDevOps(git, PullRequests(git))
    async with serving(server) as url:
        await create(people.member, "user", organization(people.project, url))
        source = await repository(database, people, url, "main", PATH)
        yield Contoso(people, source, url, server, git)


@pytest.fixture
async def proposed(contoso: Contoso, database: Database) -> Contoso:
    """A pull request of `work` into `main` is open."""
    files = contoso.git.app.commits[contoso.git.app.branches["work"]].files
    new = {**files, "src/app.py": b"a = 1\nb = 20\nc = 3\n", "icon.png": b"\x89PNG\xff", "READ.md": b"# App\n"}
    del new["README.md"], new["logo.png"]
    contoso.git.app.commit("work", "Ten times as much", new)
    author = await at(contoso, database, "work")
    told = await author.call(
        "create_pull_request", pull_request_title="More", pull_request_body="It was little.", branch_name="main"
    )
    assert told == "Successfully created PR with ID 1"
    return contoso


async def test_branches_are_listed_and_an_existing_one_becomes_active(contoso: Contoso) -> None:
    assert await contoso.call("list_branches_in_repo") == "Found 2 branches in the repository:\nmain\nwork"
    assert await contoso.call("set_active_branch", branch_name="work") == "The active branch is 'work' now."
    assert "There are: main, work" in await contoso.fails("set_active_branch", branch_name="gone")


async def test_a_branch_is_created_from_the_active_one_and_a_taken_name_is_told(contoso: Contoso) -> None:
    told = await contoso.call("create_branch", branch_name="feature/one")
    assert told == "Branch 'feature/one' was created from 'main' and is the active branch now."
    branches = contoso.git.app.branches
    assert branches["feature/one"] == branches["main"]
    told = await contoso.fails("create_branch", branch_name="work")
    assert "staleOldObjectId" in told
    assert "set_active_branch" in told
    assert "branch_name" in await contoso.fails("create_branch", branch_name="with space")


async def test_files_are_listed_and_read(contoso: Contoso) -> None:
    assert (await contoso.call("list_files")).startswith("3 files in the branch 'main':\nREADME.md\n")
    told = await contoso.call("list_files", directory_path="src/", branch_name="work")
    assert told == "1 files in the branch 'work':\nsrc/app.py"
    assert "TF401174" in await contoso.fails("list_files", directory_path="gone")
    assert await contoso.call("read_file", file_path="/src/app.py") == CODE
    assert "not in the branch 'main'" in await contoso.fails("read_file", file_path="gone.py")
    assert "is no text" in await contoso.fails("read_file", file_path="logo.png")
    assert "leads out of the repository" in await contoso.fails("read_file", file_path="../other/README.md")


async def test_a_file_is_created_once(contoso: Contoso) -> None:
    new = {"file_path": "docs/new.md", "file_contents": "# New\n", "branch_name": "work"}
    assert await contoso.call("create_file", **new) == "Created file docs/new.md in the branch 'work'"
    assert contoso.git.app.text("work", "docs/new.md") == "# New\n"
    assert "exists already" in await contoso.fails("create_file", **new)
    assert "TF401175" in await contoso.fails("create_file", **{**new, "branch_name": "gone"})


async def test_a_file_is_changed_by_blocks(contoso: Contoso) -> None:
    change = {"branch_name": "work", "file_path": "src/app.py", "update_query": CHANGE}
    assert await contoso.call("update_file", **change) == "Updated file src/app.py in the branch 'work'"
    assert contoso.git.app.text("work", "src/app.py") == "a = 1\nb = two\nc = 3\n"
    assert "not stand exactly once" in await contoso.fails("update_file", **change)
    assert "not in the branch 'work'" in await contoso.fails("update_file", **{**change, "file_path": "gone.py"})


async def test_nothing_is_pushed_over_what_others_pushed_meanwhile(contoso: Contoso) -> None:
    """Somebody pushes while the file is read."""
    app = contoso.git.app
    seen = app.branches["work"]
    app.commit("work", "Theirs", {**app.commits[seen].files, "src/app.py": b"theirs\n"})
    app.stale["work"] = seen
    told = await contoso.fails("update_file", branch_name="work", file_path="src/app.py", update_query=CHANGE)
    assert "Somebody else pushed to the branch 'work' meanwhile" in told
    assert "TF401028" in told
    assert app.text("work", "src/app.py") == "theirs\n"


async def test_a_branch_that_only_pull_requests_change_is_told(contoso: Contoso) -> None:
    contoso.git.app.protected.add("work")
    told = await contoso.fails("delete_file", branch_name="work", file_path="README.md")
    assert "TF402455" in told


async def test_a_file_is_deleted(contoso: Contoso) -> None:
    gone = {"branch_name": "work", "file_path": "README.md"}
    assert await contoso.call("delete_file", **gone) == "Deleted file README.md from the branch 'work'"
    assert contoso.git.app.text("work", "README.md") is None
    assert "not in the branch 'work'" in await contoso.fails("delete_file", **gone)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_file", {"file_path": "new.py", "file_contents": "x"}),
        ("update_file", {"file_path": "src/app.py", "update_query": CHANGE, "branch_name": "main"}),
        ("delete_file", {"file_path": "src/app.py", "branch_name": "main"}),
    ],
)
async def test_nothing_is_written_to_the_base_branch(contoso: Contoso, tool: str, arguments: dict[str, Any]) -> None:
    before = dict(contoso.git.app.branches)
    assert "base branch 'main'" in await contoso.fails(tool, **arguments)
    assert contoso.git.app.branches == before


async def test_a_pull_request_is_opened_once_and_not_into_itself(proposed: Contoso, database: Database) -> None:
    request = {"pull_request_title": "More", "pull_request_body": "Why."}
    assert "is 'main' itself" in await proposed.fails("create_pull_request", **request)
    author = await at(proposed, database, "work")
    assert "TF401179" in await author.fails("create_pull_request", **request, branch_name="main")
    assert "TF401398" in await author.fails("create_pull_request", **request, branch_name="gone")


async def test_pull_requests_are_shown_with_commits_and_comments(proposed: Contoso) -> None:
    comment = {"pr_number": 1, "comment": "Why so many?", "file_path": "src/app.py", "line_number": 2}
    told = await proposed.call("create_pr_change_comment", **comment)
    assert told == "Comment added to pull request 1 as thread 1"
    assert "as thread 2" in await proposed.call("create_pr_change_comment", pr_number=1, comment="Fine.")
    (shown,) = await proposed.listed("list_open_pull_requests")
    assert (shown["title"], shown["pull_request_id"]) == ("More", 1)
    assert [commit["comment"] for commit in shown["commits"]] == ["Ten times as much"]
    assert shown["comments"] == [
        {
            "id": 1,
            "author": "Ada Example",
            "content": "Why so many?",
            "published_date": "2026-01-01T10:00:00.000Z",
            "status": "active",
            "thread_id": 1,
            "file_path": "/src/app.py",
            "line_number": 2,
        },
        {
            "id": 1,
            "author": "Ada Example",
            "content": "Fine.",
            "published_date": "2026-01-01T10:00:00.000Z",
            "status": "active",
            "thread_id": 2,
        },
    ]
    assert json.loads(await proposed.call("get_pr_changes", pull_request_id=1)) == shown
    assert "TF401180" in await proposed.fails("get_pr_changes", pull_request_id=9)


async def test_what_the_service_writes_into_threads_is_left_out(proposed: Contoso) -> None:
    (requests,) = [area for area in proposed.server.areas if isinstance(area, PullRequests)]
    system = {"id": 1, "commentType": "system", "content": "Ada joined as a reviewer", "author": {"displayName": "x"}}
    deleted = {"id": 2, "commentType": "text", "isDeleted": True}
    requests.threads[1] = [{"id": 1, "comments": [system, deleted]}]
    (shown,) = await proposed.listed("list_open_pull_requests")
    assert shown["comments"] == []


async def test_without_open_pull_requests_that_is_said(contoso: Contoso) -> None:
    assert await contoso.call("list_open_pull_requests") == "There are no open pull requests."


async def test_the_files_of_a_pull_request_have_their_diffs(proposed: Contoso) -> None:
    """What the target got meanwhile is no change of the pull request."""
    app = proposed.git.app
    app.commit("main", "Meanwhile", {**app.commits[app.branches["main"]].files, "later.md": b"later\n"})
    told = {item["path"]: item["diff"] for item in await proposed.listed("list_pull_request_files", pull_request_id=1)}
    assert set(told) == {"/src/app.py", "/icon.png", "/logo.png", "/READ.md"}
    assert told["/src/app.py"] == "--- a/src/app.py\n+++ b/src/app.py\n@@ -1,3 +1,3 @@\n a = 1\n-b = 2\n+b = 20\n c = 3"
    assert told["/icon.png"] == told["/logo.png"] == "[binary; not shown]"
    assert told["/READ.md"] == ""
    assert "TF401180" in await proposed.fails("list_pull_request_files", pull_request_id=9)


async def test_a_pull_request_tells_its_work_items(proposed: Contoso) -> None:
    (requests,) = [area for area in proposed.server.areas if isinstance(area, PullRequests)]
    assert await proposed.call("get_work_items", pull_request_id=1) == "[]"
    requests.requests[1]["workItemRefs"] = [{"id": str(number), "url": ""} for number in range(1, 13)]
    assert await proposed.call("get_work_items", pull_request_id=1) == "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"
    assert "TF401180" in await proposed.fails("get_work_items", pull_request_id=9)


async def test_a_line_needs_its_file_and_a_comment_its_pull_request(proposed: Contoso) -> None:
    told = await proposed.fails("create_pr_change_comment", pr_number=1, comment="?", line_number=2)
    assert "needs the file_path" in told
    assert "TF401180" in await proposed.fails("create_pr_change_comment", pr_number=9, comment="?")


async def test_an_assistant_branches_changes_and_asks_to_merge(contoso: Contoso) -> None:
    people, app = contoso.people, contoso.git.app
    # Of several tools that a question names, the mock calls those first that an assistant has last.
    tools = ["create_pull_request", "update_file", "create_branch"]
    assistant = await make_assistant(
        people.manager,
        project=people.project,
        shared=True,
        context=[{"context_type": "code", "name": f"app-{contoso.source[:8]}"}],
        toolkits=[{"toolkit": "Git", "tools": [{"name": tool} for tool in tools]}],
        skip_integration_validation=True,
        tool_permissions={"tool_call_policy": "auto_approve"},
    )
    values = {"branch_name": "feature", "file_path": "src/app.py", "update_query": CHANGE}
    prompt = f"Call create_branch, then update_file with {json.dumps(values)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
    assert "Updated file src/app.py in the branch 'feature'" in answer["generated"]
    assert app.text("feature", "src/app.py") == "a = 1\nb = two\nc = 3\n"

    values |= {"branch_name": "second", "update_query": "Say more"}
    prompt = f"Call create_branch, then update_file with {json.dumps(values)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
    assert "There is no block to replace" in answer["generated"]


async def test_the_schema_is_that_of_the_integrations_system(people: People, contoso: Contoso) -> None:
    async def arguments(setting_id: str | None) -> set[str]:
        path = "/v1/tools/update_file/schema"
        answer = await people.member.get(path, params={"setting_id": setting_id} if setting_id else None)
        assert answer.status_code == 200, answer.text
        return set(answer.json()["args_schema"])

    usual, ours = {"file_path", "task_details", "commit_message"}, {"branch_name", "file_path", "update_query"}
    azure = await create(people.member, "user", organization(people.project, contoso.url))
    address = f"{contoso.url}/{PATH}"
    by_address = await create(people.member, "user", setting("Git", people.project, url=address, token=TOKEN))
    gitlab = setting("Git", people.project, url="https://gitlab.example.com", token=TOKEN)
    assert await arguments(None) == usual
    assert await arguments(azure["id"]) == await arguments(by_address["id"]) == ours
    assert await arguments((await create(people.member, "user", gitlab))["id"]) == usual
    somebodys = await create(people.manager, "user", organization(people.project, contoso.url))
    assert await arguments(somebodys["id"]) == await arguments("gone") == usual


async def test_an_integration_of_type_git_serves_as_well(people: People, contoso: Contoso) -> None:
    made = await create(people.member, "user", setting("Git", people.project, url=f"{contoso.url}/{PATH}", token=TOKEN))
    body = {"project": people.project, "tool_args": {}, "datasource_id": contoso.source}
    named = {**body, "tool_creds": {"integration_id": made["id"]}}
    told = (await people.member.post("/v1/tools/list_branches_in_repo/invoke", json=named)).json()
    assert told["output"].startswith("Found 2 branches")


async def test_a_token_goes_to_no_other_server_whoever_chose_it(people: People, contoso: Contoso) -> None:
    elsewhere = [
        organization(people.project, "http://127.0.0.1:9"),
        organization(people.project, "https://dev.azure.com"),
        setting("Git", people.project, url="http://dev.azure.com/contoso/app/_git/app", token=TOKEN),
    ]
    body = {"project": people.project, "tool_args": {}, "datasource_id": contoso.source}
    for sent in elsewhere:
        made = await create(people.member, "user", sent)
        named = {**body, "tool_creds": {"integration_id": made["id"]}}
        told = (await people.member.post("/v1/tools/list_branches_in_repo/invoke", json=named)).json()
        assert "an integration of the repository's server" in told["error"]
    assert not contoso.server.faults.asked


async def test_a_password_in_the_address_of_a_repository_is_not_told(
    people: People, contoso: Contoso, database: Database
) -> None:
    address = contoso.url.replace("://", "://ada:pass-phrase@").replace("127.0.0.1", "127.0.0.2")
    source = await repository(database, people, address, "main", PATH)
    made = await create(people.member, "user", organization(people.project, contoso.url))
    body = {"project": people.project, "datasource_id": source, "tool_creds": {"integration_id": made["id"]}}
    told = (await people.member.post("/v1/tools/list_branches_in_repo/invoke", json=body)).json()["error"]
    assert "the repository is at http://127.0.0.2:" in told
    assert "pass-phrase" not in told


async def test_a_token_that_may_only_read_is_told_what_it_lacks(people: People, contoso: Contoso) -> None:
    made = await create(people.member, "user", organization(people.project, contoso.url, READ_ONLY))
    body = {"project": people.project, "datasource_id": contoso.source, "tool_creds": {"integration_id": made["id"]}}
    read = {**body, "tool_args": {"file_path": "src/app.py"}}
    assert (await people.member.post("/v1/tools/read_file/invoke", json=read)).json()["output"] == CODE
    write = {**body, "tool_args": {"file_path": "README.md", "branch_name": "work"}}
    told = (await people.member.post("/v1/tools/delete_file/invoke", json=write)).json()["error"]
    assert "TF401027" in told
    assert "needs more rights" in told


async def test_limits_sign_in_pages_and_outages_end_in_words(contoso: Contoso) -> None:
    contoso.server.faults.limited(times=1)
    assert (await contoso.call("list_branches_in_repo")).startswith("Found 2")
    contoso.server.faults.limited(seconds=600)
    assert "try again in 600 seconds" in await contoso.fails("list_branches_in_repo")
    contoso.server.faults.status(203, "<html>Sign In</html>")
    assert "asks to sign in" in await contoso.fails("read_file", file_path="README.md")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_branches_in_repo", {}),
        ("set_active_branch", {"branch_name": "work"}),
        ("create_branch", {"branch_name": "feature"}),
        ("list_files", {}),
        ("read_file", {"file_path": "README.md"}),
        ("create_file", {"file_path": "new.md", "file_contents": "", "branch_name": "work"}),
        ("update_file", {"file_path": "README.md", "update_query": CHANGE, "branch_name": "work"}),
        ("delete_file", {"file_path": "README.md", "branch_name": "work"}),
        ("list_open_pull_requests", {}),
        ("get_pr_changes", {"pull_request_id": 1}),
        ("list_pull_request_files", {"pull_request_id": 1}),
        ("get_work_items", {"pull_request_id": 1}),
        ("create_pr_change_comment", {"pr_number": 1, "comment": "?"}),
        ("create_pull_request", {"pull_request_title": "t", "pull_request_body": "b", "branch_name": "work"}),
    ],
)
async def test_a_repository_that_is_not_there_is_told(
    people: People, contoso: Contoso, database: Database, tool: str, arguments: dict[str, Any]
) -> None:
    source = await repository(database, people, contoso.url, "main", "contoso/app/_git/gone")
    assert "TF401019" in await Worker(people, source).fails(tool, **arguments)


async def test_of_many_the_first_are_shown_and_it_is_said(proposed: Contoso) -> None:
    (requests,) = [area for area in proposed.server.areas if isinstance(area, PullRequests)]
    first = requests.requests[1]
    requests.requests.update({number: {**first, "pullRequestId": number} for number in range(2, 53)})
    told = await proposed.listed("list_open_pull_requests")
    assert [item.get("pull_request_id") for item in told] == [*range(52, 2, -1), None]
    assert "newest 50" in told[-1]["note"]

    app = proposed.git.app
    many = {f"docs/{number:03}.md": b"x" for number in range(105)}
    app.commit("work", "Many", {**app.commits[app.branches["work"]].files, **many})
    told = await proposed.listed("list_pull_request_files", pull_request_id=1)
    assert (len(told), "first 100 files" in told[-1]["note"]) == (101, True)


async def test_what_fails_in_the_middle_ends_in_words(proposed: Contoso) -> None:
    faults = proposed.server.faults

    async def later(request: web.Request) -> web.StreamResponse:
        faults.status(500, {"message": "TF400898: An Internal Error Occurred."})
        return web.json_response({"value": [{"pullRequestId": 1, "title": "More"}]})

    faults.coming.append(later)
    told = await proposed.fails("list_open_pull_requests")
    assert "TF400898" in told
    assert "problem of its own" in told
