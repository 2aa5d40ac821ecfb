"""Issues and workflow runs of GitHub, against a GitHub that keeps what it is told."""

import json
from typing import Any

import pytest

from tests.fakes.github import INSTALLATION_ID, READ_ONLY, TOKEN, GitHub, app_values
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.toolkits.invoking import setting
from tests.toolkits.repositories import Worker

APP = {"repository": "team/app"}


async def working(people: People, url: str, **values: Any) -> Worker:
    await create(people.member, "user", setting("Git", people.project, url=url, server_kind="github", **values))
    return Worker(people, "")


async def test_issues_are_created_read_changed_and_commented(people: People) -> None:
    async with serving(GitHub()) as url:
        worker = await working(people, url, token=TOKEN)
        made = await worker.call("github_create_issue", **APP, title="Slow", body="d", labels=["bug"])
        assert made == "Created issue #2: https://github.example.com/team/app/issues/2"
        assert await worker.call("github_comment_issue", **APP, issue=2, comment="Seen") == "Commented on #2."
        read = json.loads(await worker.call("github_get_issue", **APP, issue="2"))
        assert read["comments"] == [{"author": "bot", "body": "Seen"}]
        assert (read["labels"], read["body"]) == (["bug"], "d")
        assert "#2 is closed" in await worker.call("github_update_issue", **APP, issue=2, state="closed")
        listed = json.loads(await worker.call("github_list_issues", **APP))
        assert ([issue["number"] for issue in listed["items"]], listed["next_page"]) == ([1], None)
        closed = json.loads(await worker.call("github_list_issues", **APP, state="closed", labels=["bug"]))
        assert [issue["number"] for issue in closed["items"]] == [2]


async def test_issues_have_pages_and_no_pull_requests_among_them(people: People) -> None:
    server = GitHub()
    for number in range(30):
        server.repository.open_issue(f"Issue {number}", "")
    server.repository.commit("topic", "More", {"README.md": "# More\n"})
    async with serving(server) as url:
        worker = await working(people, url, token=TOKEN)
        pull = {"method": "POST", "url": "/repos/team/app/pulls"}
        sent = {"title": "t", "head": "topic", "base": "main"}
        assert '"number": 32' in await worker.call("github", query={**pull, "method_arguments": sent})
        first = json.loads(await worker.call("github_list_issues", **APP))
        assert ([issue["number"] for issue in first["items"]][:2], first["next_page"]) == ([31, 30], 2)
        second = json.loads(await worker.call("github_list_issues", **APP, page=2))
        assert ([issue["number"] for issue in second["items"]][-1], second["next_page"]) == (1, None)


async def test_runs_tell_why_they_failed(people: People) -> None:
    async with serving(GitHub()) as url:
        worker = await working(people, url, token=TOKEN)
        runs = json.loads(await worker.call("github_list_runs", **APP, status="failure"))
        assert [run["id"] for run in runs["items"]] == [100]
        assert '"id": 101' in await worker.call("github_list_runs", **APP, branch="work")
        run = json.loads(await worker.call("github_get_run", **APP, run=100))
        assert (run["conclusion"], run["jobs"][0]["name"]) == ("failure", "test")
        log = await worker.call("github_job_log", **APP, job=1000, lines=2)
        assert log == "[499 earlier lines left out]\nline 499\n##[error]1 failed"
        assert "run again" in await worker.call("github_rerun_failed_jobs", **APP, run=100)
        assert "already running" in await worker.fails("github_rerun_failed_jobs", **APP, run=100)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("github_list_issues", {}),
        ("github_get_issue", {"issue": 1}),
        ("github_create_issue", {"title": "t"}),
        ("github_update_issue", {"issue": 1, "title": "t"}),
        ("github_comment_issue", {"issue": 1, "comment": "c"}),
        ("github_list_runs", {}),
        ("github_get_run", {"run": 100}),
        ("github_job_log", {"job": 1000}),
        ("github_rerun_failed_jobs", {"run": 100}),
    ],
)
async def test_a_repository_nobody_may_see_is_not_found(people: People, tool: str, arguments: dict[str, Any]) -> None:
    async with serving(GitHub()) as url:
        worker = await working(people, url, token=TOKEN)
        assert "GitHub answered 404" in await worker.fails(tool, repository="secret/plans", **arguments)
        assert "must not be '.' or '..'" in await worker.fails(tool, repository="../user", **arguments)


async def test_a_token_that_may_only_read_is_told_what_it_lacks(people: People) -> None:
    async with serving(GitHub()) as url:
        worker = await working(people, url, token=READ_ONLY)
        assert "The first issue" in await worker.call("github_list_issues", **APP)
        assert "needs more rights" in await worker.fails("github_create_issue", **APP, title="t")


async def test_an_app_works_for_the_owner_of_the_repository(people: People) -> None:
    server = GitHub()
    server.installations[78] = "others"
    async with serving(server) as url:
        values = app_values(server, url)
        worker = await working(people, url, **{key: values[key] for key in ("auth_type", "app_id", "private_key")})
        assert "The first issue" in await worker.call("github_list_issues", **APP)
        assert any(f"installations/{INSTALLATION_ID}/access_tokens" in asked for asked in server.faults.asked)
