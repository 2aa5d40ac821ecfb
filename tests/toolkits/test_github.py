"""Every tool of GitHub against a GitHub that keeps what it is told, at the address of an Enterprise server."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.fakes.github import INSTALLATION_ID, NARROW, READ_ONLY, TOKEN, GitHub, app_values
from tests.fakes.github_wire import API
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.toolkits import invoking
from tests.toolkits.invoking import setting
from tests.toolkits.repositories import Worker, repository

APP = "a = 1\nb = 2\nc = 3\n"
REPOSITORY = f"{API}/repos/team/app"


class At(Worker):
    """One at the fake."""

    def __init__(self, people: People, server: GitHub, url: str, source: str) -> None:
        super().__init__(people, source)
        self.server, self.url = server, url

    async def query(self, method: str, path: str, /, **arguments: Any) -> str:
        """Call the tool that calls any endpoint."""
        query = {"method": method, "url": f"{self.url}{API}{path}", "method_arguments": arguments}
        return await self.call("github", query=query)


@pytest.fixture
async def server() -> AsyncIterator[tuple[GitHub, str]]:
    github = GitHub()
    async with serving(github) as url:
        yield github, url


async def working(people: People, server: tuple[GitHub, str], database: Database, **values: Any) -> At:
    github, url = server
    await create(people.member, "user", setting("Git", people.project, url=url, **values))
    github.repository.branches.setdefault("work", github.repository.branches["main"])
    return At(people, github, url, await repository(database, people, url, "main"))


@pytest.fixture
async def worker(people: People, server: tuple[GitHub, str], database: Database) -> At:
    return await working(people, server, database, server_kind="github", token=TOKEN)


@pytest.fixture
async def app_worker(people: People, server: tuple[GitHub, str], database: Database) -> At:
    values = app_values(*server)
    return await working(people, server, database, **{key: values[key] for key in values if key != "url"})


async def test_a_branch_is_created_and_a_taken_name_gets_a_number(worker: At) -> None:
    assert "Branch 'topic/x' was created from 'main'" in await worker.call("create_branch", branch_name="topic/x")
    assert "'topic/x_v1' was created" in await worker.call("create_branch", branch_name="topic/x")
    assert set(worker.server.repository.branches) == {"main", "work", "topic/x", "topic/x_v1"}
    for number in range(2, 10):
        worker.server.repository.branches[f"topic/x_v{number}"] = worker.server.repository.branches["main"]
    assert "and 9 like it exist" in await worker.fails("create_branch", branch_name="topic/x")


async def test_without_its_base_no_branch_is_created(worker: At) -> None:
    del worker.server.repository.branches["main"]
    assert "GitHub answered 404" in await worker.fails("create_branch", branch_name="topic")


async def test_only_an_existing_branch_becomes_active(worker: At) -> None:
    assert "'work' now" in await worker.call("set_active_branch", branch_name="work")
    assert "There are: main, work" in await worker.fails("set_active_branch", branch_name="gone")


async def test_branches_are_listed_over_all_pages(worker: At) -> None:
    head = worker.server.repository.branches["main"]
    worker.server.repository.branches.update({f"topic-{number:03}": head for number in range(230)})
    told = await worker.call("list_branches_in_repo")
    assert told.startswith("Found 232 branches")
    assert "topic-229" in told
    assert (await worker.call("list_branches_in_repo", query="TOPIC-00")).startswith("Found 10 branches")


async def test_files_are_listed_and_read(worker: At) -> None:
    assert await worker.call("list_files") == "2 files in the branch 'main':\nREADME.md\nsrc/app.py"
    assert await worker.call("list_files", directory_path="/src/") == "1 files in the branch 'main':\nsrc/app.py"
    assert await worker.call("read_file", file_path="src/app.py") == APP
    assert "not in the branch 'main'" in await worker.fails("read_file", file_path="gone.py")
    assert "src is no file" in await worker.fails("read_file", file_path="src")
    assert "leads out of the repository" in await worker.fails("read_file", file_path="../../../user")


async def test_a_file_that_comes_in_raw_form_only_is_read(worker: At) -> None:
    files = worker.server.repository.files("main") or {}
    worker.server.repository.commit("main", "Long", {**files, "long.txt": "x" * (2**20 + 1)})
    assert (await worker.call("read_file", file_path="long.txt")).startswith("xxx")


async def test_a_list_that_github_cuts_is_told(worker: At) -> None:
    worker.server.faults.status(200, {"tree": [], "truncated": True})
    assert "more files than GitHub lists" in await worker.fails("list_files")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("create_file", {"file_path": "new.py", "file_contents": "x", "commit_message": "m"}),
        ("update_file", {"file_path": "src/app.py", "task_details": "t", "commit_message": "m"}),
        ("update_file_diff", {"file_path": "src/app.py", "task_details": "t", "commit_message": "m"}),
        ("delete_file", {"file_path": "src/app.py", "commit_message": "m"}),
        ("create_pull_request", {"pr_title": "t", "pr_body": "b"}),
    ],
)
async def test_nothing_is_written_to_the_base_branch(worker: At, tool: str, arguments: dict[str, Any]) -> None:
    assert "base branch 'main'" in await worker.fails(tool, **arguments)
    assert worker.server.repository.files("main") == {"README.md": "# App\n", "src/app.py": APP}


async def chat(worker: At, tools: list[str], values: dict[str, Any]) -> str:
    """An assistant with these tools calls them in this order."""
    people = worker.people
    # Of several tools that a question names, the mock calls those first that an assistant has last.
    assistant = await make_assistant(
        people.manager,
        project=people.project,
        shared=True,
        context=[{"context_type": "code", "name": f"app-{worker.source[:8]}"}],
        toolkits=[{"toolkit": "Git", "tools": [{"name": tool} for tool in reversed(tools)]}],
        skip_integration_validation=True,
        tool_permissions={"tool_call_policy": "auto_approve"},
    )
    prompt = f"Call {', then '.join(tools)} with {json.dumps(values)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
    return str(answer["generated"])


async def test_an_assistant_branches_adds_a_file_and_opens_a_pull_request(worker: At) -> None:
    kept = worker.server.repository
    values = {
        "branch_name": "feature",
        "file_path": "src/new.py",
        "file_contents": "x = 1",
        "commit_message": "Add x",
        "pr_title": "Add x",
        "pr_body": "It was missing.",
    }
    told = await chat(worker, ["create_branch", "create_file", "create_pull_request"], values)
    assert "Successfully created PR number 2" in told
    assert (kept.files("feature") or {})["src/new.py"] == "x = 1"
    assert "src/new.py" not in (kept.files("main") or {})
    assert (kept.pulls[2]["head"]["ref"], kept.pulls[2]["base"]["ref"]) == ("feature", "main")

    told = await worker.call("get_pr_changes", pr_number="2")
    diff = "diff --git a/src/new.py b/src/new.py\n0:@@ -0,0 +1 @@\n1:+x = 1"
    assert told == f"title: Add x\ndescription: It was missing.\n{diff}"
    assert "404" in await worker.fails("get_pr_changes", pr_number=9)

    again = await chat(worker, ["set_active_branch", "create_file"], values)
    assert "exists already" in again
    again = await chat(worker, ["set_active_branch", "create_pull_request"], values)
    assert "A pull request already exists" in again


async def test_files_are_changed_and_deleted_by_commits(worker: At) -> None:
    kept = worker.server.repository
    values = {"branch_name": "work", "file_path": "README.md", "task_details": "Say more", "commit_message": "More"}
    assert "Updated file README.md" in await chat(worker, ["set_active_branch", "update_file"], values)
    assert (kept.files("work") or {})["README.md"] not in ("", "# App\n")
    missing = {**values, "file_path": "gone.md"}
    assert "gone.md is not in the branch" in await chat(worker, ["set_active_branch", "update_file"], missing)
    assert "There is no block" in await chat(worker, ["set_active_branch", "update_file_diff"], values)
    block = "OLD <<<<\nb = 2\n>>>> OLD\nNEW <<<<\nb = 20\n>>>> NEW"
    change = {**values, "file_path": "src/app.py", "task_details": block}
    assert "Updated file" in await chat(worker, ["set_active_branch", "update_file_diff"], change)
    assert (kept.files("work") or {})["src/app.py"] == "a = 1\nb = 20\nc = 3\n"

    assert "Deleted file README.md" in await chat(worker, ["set_active_branch", "delete_file"], values)
    assert "README.md" not in (kept.files("work") or {})
    assert "not in the branch 'work'" in await chat(worker, ["set_active_branch", "delete_file"], values)


async def test_comments_stand_on_the_side_on_which_the_line_is(worker: At) -> None:
    kept = worker.server.repository
    kept.commit("topic", "Change b", {**(kept.files("main") or {}), "src/app.py": "a = 1\nb = 5\nc = 3\n"})
    await worker.query("POST", "/repos/team/app/pulls", title="t", head="topic", base="main")
    comment = {"pr_number": 2, "file_path": "src/app.py", "comment": "Why?"}
    # 0 is the hunk's header, then: a = 1, -b = 2, +b = 5, c = 3.
    for index in (2, 3, 4):
        assert await worker.call("create_pr_change_comment", **comment, line_number=index) == "Comment added"
    placed = [(review["side"], review["line"]) for review in kept.reviews[2]]
    assert placed == [("LEFT", 2), ("RIGHT", 2), ("RIGHT", 3)]
    assert "no code line 0" in await worker.fails("create_pr_change_comment", **comment, line_number=0)
    other = {**comment, "file_path": "other.py", "line_number": 1}
    assert "does not change other.py" in await worker.fails("create_pr_change_comment", **other)
    assert "404" in await worker.fails("create_pr_change_comment", **{**comment, "pr_number": 9}, line_number=1)


async def test_any_endpoint_is_called_and_content_comes_as_text(worker: At) -> None:
    read = json.loads(await worker.query("GET", "/repos/team/app/contents/src/app.py", ref="main"))
    assert (read["content"], read["encoding"]) == (APP, "utf-8")
    made = json.loads(await worker.query("POST", "/repos/team/app/issues", title="Slow", labels=["bug"]))
    assert (made["number"], made["labels"]) == (2, [{"name": "bug"}])
    assert json.loads(await worker.query("GET", "/repos/team/app/issues", per_page=1, page=2))[0]["number"] == 1
    worker.server.repository.branches["old"] = worker.server.repository.branches["main"]
    assert await worker.query("DELETE", "/repos/team/app/git/refs/heads/old") == "204 No Content"
    sha = read["sha"]
    gone = await worker.query("DELETE", "/repos/team/app/contents/src/app.py", message="Away", branch="work", sha=sha)
    assert json.loads(gone)["content"] is None
    assert "src/app.py" not in (worker.server.repository.files("work") or {})


async def test_headers_may_be_chosen_but_not_whose_they_are(worker: At) -> None:
    headers = {"Accept": "application/vnd.github.raw+json", "AUTHORIZATION": "Bearer mine"}
    url = f"{worker.url}{REPOSITORY}/contents/README.md"
    assert await worker.call("github", query={"method": "get", "url": url, "custom_headers": headers}) == "# App\n"


@pytest.mark.parametrize(
    "url", ["https://evil.example/user", "//evil.example/user", "{root}/../../admin", "{root}/%2e%2e/x", "{root}x/user"]
)
async def test_a_query_that_leads_elsewhere_is_refused(worker: At, url: str) -> None:
    root = f"{worker.url}{API}"
    told = await worker.fails("github", query={"method": "GET", "url": url.format(root=root)})
    assert f"must begin with {root}/" in told
    assert not worker.server.faults.asked


async def test_what_github_refuses_is_told_in_its_words(worker: At) -> None:
    told = await worker.query("POST", "/repos/team/app/pulls", title="t", head="gone", base="main")
    assert "GitHub answered 422" in told
    assert "head is invalid" in told
    assert "Not Found" in await worker.query("GET", "/repos/team/other")


async def test_a_used_up_limit_is_waited_for_or_told(worker: At) -> None:
    worker.server.limited(seconds=-1)
    assert (await worker.call("list_branches_in_repo")).startswith("Found 2")
    worker.server.limited(seconds=900)
    told = await worker.fails("list_branches_in_repo")
    assert "API rate limit exceeded" in told
    assert "Too many requests: try again in" in told
    worker.server.limited_secondarily(seconds=600)
    assert "try again in 600 seconds" in await worker.query("GET", "/repos/team/app/issues")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("wrong", ("Bad credentials", "must renew it")),
        (READ_ONLY, ("not accessible by personal access token", "needs more rights")),
        (NARROW, ("answered 404", "whether the credential may see it")),
    ],
)
async def test_a_token_that_may_not_is_told_what_it_lacks(
    people: People, server: tuple[GitHub, str], database: Database, token: str, words: tuple[str, str]
) -> None:
    worker = await working(people, server, database, server_kind="github", token=token)
    told = await worker.fails("create_branch", branch_name="topic")
    assert all(word in told for word in words), told


async def test_an_app_works_with_a_token_of_its_installation(app_worker: At) -> None:
    server = app_worker.server
    assert (await app_worker.call("list_branches_in_repo")).startswith("Found 2")
    assert "title" in await app_worker.query("GET", "/repos/team/app/issues")
    asked = [path for path in server.faults.asked if "/app/" in path.removeprefix("GET ").removeprefix("POST ")]
    exchange = f"POST {API}/app/installations/{INSTALLATION_ID}/access_tokens"
    assert [path for path in asked if path.endswith("access_tokens")] == [exchange]

    server.issued.clear()  # whoever runs GitHub may take tokens back
    assert (await app_worker.call("list_branches_in_repo")).startswith("Found 2")
    assert server.faults.asked.count(exchange) == 2


async def test_a_server_that_echoes_brings_no_token_of_an_app_to_the_model(app_worker: At) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.json_response({"sent": request.headers["authorization"]})

    assert "team" in await app_worker.query("GET", "/repos/team/app")
    app_worker.server.faults.coming.append(echo)
    assert json.loads(await app_worker.query("GET", "/repos/team/app")) == {"sent": "Bearer **********"}


async def test_of_several_installations_it_is_the_owners(app_worker: At) -> None:
    app_worker.server.installations[78] = "others"
    assert (await app_worker.call("list_branches_in_repo")).startswith("Found 2")
    assert f"POST {API}/app/installations/{INSTALLATION_ID}/access_tokens" in app_worker.server.faults.asked
    told = await app_worker.query("GET", "/rate_limit")
    assert "77 (team), 78 (others)" in told
    assert "installation ID" in told


async def test_an_app_nobody_installed_says_so(app_worker: At) -> None:
    app_worker.server.installations.clear()
    assert "Install the App" in await app_worker.fails("list_branches_in_repo")


async def test_the_token_of_an_app_is_not_for_who_has_another_key(
    app_worker: At, people: People, server: tuple[GitHub, str]
) -> None:
    assert (await app_worker.call("list_branches_in_repo")).startswith("Found 2")
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    forged = {**app_values(*server), "private_key": key.decode()}
    body = {"project": people.project, "tool_args": {"query": {"method": "GET", "url": "/rate_limit"}}}
    answer = await people.member.post("/v1/tools/github/invoke", json={**body, "tool_creds": forged})
    assert "could not be decoded" in answer.json()["error"]
    broken = {**forged, "private_key": "none"}
    answer = await people.member.post("/v1/tools/github/invoke", json={**body, "tool_creds": broken})
    assert "private key cannot be used" in answer.json()["error"]


async def test_the_public_github_is_asked_at_its_api(people: People) -> None:
    """Nothing is sent: the address alone is looked at."""
    await create(people.member, "user", setting("Git", people.project, url="https://github.com", token="t"))
    told = await invoking.error(people.member, people, "github", query={"method": "GET", "url": "https://evil.example"})
    assert "must begin with https://api.github.com/" in told


async def test_each_tool_finds_the_integration_of_its_vendor(people: People, server: tuple[GitHub, str]) -> None:
    github, url = server
    values = {"url": url, "server_kind": "github", "token": TOKEN}
    await create(people.member, "user", setting("Git", people.project, **values))
    query = {"method": "GET", "url": f"{url}{API}/user"}
    assert '"login": "bot"' in await invoking.text(people.member, people, "github", query=query)
    query = {"method": "GET", "url": "/api/v4/user"}
    assert "No integration" in await invoking.error(people.member, people, "gitlab", query=query)
    assert not [path for path in github.faults.asked if "/api/v4" in path]


async def test_a_server_of_another_kind_is_told(people: People, server: tuple[GitHub, str], database: Database) -> None:
    worker = await working(people, server, database, server_kind="bitbucket", token=TOKEN)
    told = await worker.fails("list_branches_in_repo")
    assert "server of kind 'bitbucket'" in told
    assert not worker.server.faults.asked
