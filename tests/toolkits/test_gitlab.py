"""Every tool of GitLab against a GitLab that keeps what it is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.fakes.gitlab import READ_ONLY, TOKEN, GitLab
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.toolkits.repositories import Worker, repository
from tests.toolkits.test_calls import git

HEAD = "a = 1\nb = 2\nc = 3\n"


@pytest.fixture
async def gitlab() -> AsyncIterator[tuple[GitLab, str]]:
    server = GitLab()
    async with serving(server) as url:
        yield server, url


class At(Worker):
    """One at the fake."""

    def __init__(self, people: People, server: GitLab, source: str) -> None:
        super().__init__(people, source)
        self.server = server


@pytest.fixture
async def worker(people: People, gitlab: tuple[GitLab, str], database: Database) -> At:
    server, url = gitlab
    await create(people.member, "user", git(people.project, url, TOKEN))
    server.project.branches["work"] = server.project.branches["main"]
    return At(people, server, await repository(database, people, url, "main"))


async def test_a_branch_is_created_and_a_taken_name_gets_a_number(worker: At) -> None:
    assert "Branch 'feature' was created from 'main'" in await worker.call("create_branch", branch_name="feature")
    assert "'feature_v1' was created" in await worker.call("create_branch", branch_name="feature")
    assert set(worker.server.project.branches) == {"main", "work", "feature", "feature_v1"}


async def test_a_branch_name_git_would_refuse_is_refused_before(worker: At) -> None:
    assert "branch_name" in await worker.fails("create_branch", branch_name="with space")
    assert not worker.server.faults.asked


async def test_only_an_existing_branch_becomes_active(worker: At) -> None:
    assert "'work' now" in await worker.call("set_active_branch", branch_name="work")
    assert "There are: main, work" in await worker.fails("set_active_branch", branch_name="gone")


async def test_branches_are_listed_over_all_pages(worker: At) -> None:
    head = worker.server.project.branches["main"]
    worker.server.project.branches.update({f"topic-{number:03}": head for number in range(230)})
    told = await worker.call("list_branches_in_repo")
    assert told.startswith("Found 232 branches")
    assert "topic-229" in told
    assert (await worker.call("list_branches_in_repo", query="TOPIC-00")).startswith("Found 10 branches")


async def test_files_are_listed_and_read(worker: At) -> None:
    assert await worker.call("list_files", directory_path="src") == "1 files in the branch 'main':\nsrc/app.py"
    assert await worker.call("read_file", file_path="src/app.py") == HEAD
    assert "not in the branch 'main'" in await worker.fails("read_file", file_path="gone.py")


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
    assert worker.server.project.files("main") == {"README.md": "# App\n", "src/app.py": HEAD}


async def test_issues_are_created_read_changed_and_commented(worker: At) -> None:
    made = await worker.call("gitlab_create_issue", project="team/app", title="Slow", description="d", labels=["bug"])
    assert made == "Created issue #2: https://gitlab.example.com/team/app/-/issues/2"
    assert (
        await worker.call("gitlab_comment_issue", project="team/app", issue=2, comment="Seen")
        == "Commented on issue #2."
    )
    read = await worker.call("gitlab_get_issue", project="team/app", issue="2")
    assert '"comments": [{"author": "bot", "body": "Seen"}]' in read
    assert '"labels": ["bug"]' in read
    assert "is closed" in await worker.call("gitlab_update_issue", project="team/app", issue=2, state="close")
    assert '"iid": 1' in await worker.call("gitlab_list_issues", project="team/app")
    assert '"iid": 2' in await worker.call("gitlab_list_issues", project="team/app", state="closed")


async def test_pipelines_tell_why_they_failed(worker: At) -> None:
    assert '"status": "failed"' in await worker.call("gitlab_list_pipelines", project="7", status="failed")
    assert '"name": "test"' in await worker.call("gitlab_get_pipeline", project="7", pipeline=100)
    log = await worker.call("gitlab_job_log", project="7", job=1000, lines=2)
    assert log == "[499 earlier lines left out]\nline 499\nERROR: assertion failed"
    assert "Pipeline 100 is running" in await worker.call("gitlab_retry_pipeline", project="7", pipeline=100)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("gitlab_list_issues", {}),
        ("gitlab_get_issue", {"issue": 1}),
        ("gitlab_create_issue", {"title": "t"}),
        ("gitlab_update_issue", {"issue": 1, "title": "t"}),
        ("gitlab_comment_issue", {"issue": 1, "comment": "c"}),
        ("gitlab_list_pipelines", {}),
        ("gitlab_get_pipeline", {"pipeline": 100}),
        ("gitlab_job_log", {"job": 1000}),
        ("gitlab_retry_pipeline", {"pipeline": 100}),
    ],
)
async def test_a_project_nobody_may_see_is_not_found(worker: At, tool: str, arguments: dict[str, Any]) -> None:
    told = await worker.fails(tool, project="secret/plans", **arguments)
    assert "GitLab answered 404" in told
    assert "Project Not Found" in told


async def test_a_token_that_may_only_read_is_told_what_it_lacks(people: People, gitlab: tuple[GitLab, str]) -> None:
    _, url = gitlab
    await create(people.member, "user", git(people.project, url, READ_ONLY))
    reader = At(people, gitlab[0], "")
    assert '"iid": 1' in await reader.call("gitlab_list_issues", project="team/app")
    told = await reader.fails("gitlab_create_issue", project="team/app", title="t")
    assert "insufficient_scope" in told
    assert "needs more rights" in told


async def test_a_wrong_token_names_who_can_mend_it(people: People, gitlab: tuple[GitLab, str]) -> None:
    _, url = gitlab
    await create(people.member, "user", git(people.project, url, "wrong"))
    told = await At(people, gitlab[0], "").fails("gitlab_get_issue", project="team/app", issue=1)
    assert "401 Unauthorized" in told
    assert "must renew it" in told


@pytest.mark.parametrize("chosen", ["named", "pinned", "mapped"])
async def test_a_token_goes_to_no_other_server_whoever_chose_it(
    worker: At, people: People, gitlab: tuple[GitLab, str], database: Database, chosen: str
) -> None:
    shared = await create(people.manager, "project", git(people.project, "http://gitlab.example.com", TOKEN))
    before = list(worker.server.faults.asked)
    if chosen == "named":
        body = {"project": people.project, "tool_args": {"file_path": "a"}, "datasource_id": worker.source}
        named = {**body, "tool_creds": {"integration_id": shared["id"]}}
        told = (await people.member.post("/v1/tools/read_file/invoke", json=named)).json()["error"]
    else:
        kit: dict[str, Any] = {"toolkit": "Git", "tools": [{"name": "read_file"}]}
        assistant = await make_assistant(
            people.manager,
            project=people.project,
            shared=True,
            context=[{"context_type": "code", "name": f"app-{worker.source[:8]}"}],
            toolkits=[kit | {"settings": shared}] if chosen == "pinned" else [kit],
        )
        if chosen == "mapped":
            slots = {"tools_config": [{"name": "read_file", "integration_id": shared["id"]}]}
            await people.member.post(f"/v1/assistants/{assistant}/users/mapping", json=slots)
        prompt = 'Call read_file with {"file_path": "README.md"}'
        answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
        told = answer["generated"]
    assert "an integration of the repository's server" in told
    assert worker.server.faults.asked == before


async def test_without_a_repository_the_git_tools_say_what_is_missing(
    people: People, gitlab: tuple[GitLab, str]
) -> None:
    _, url = gitlab
    await create(people.member, "user", git(people.project, url, TOKEN))
    told = await At(people, gitlab[0], "").fails("list_branches_in_repo")
    assert "data source of type code" in told


async def test_limits_outages_and_binary_answers_end_in_words(worker: At) -> None:
    worker.server.faults.limited(times=1)
    assert (await worker.call("list_branches_in_repo")).startswith("Found 2")
    worker.server.faults.limited(seconds=600)
    assert "try again in 600 seconds" in await worker.fails("list_branches_in_repo")
    worker.server.faults.broken(times=5)
    assert "broke off" in await worker.fails("list_branches_in_repo")
    worker.server.faults.coming.clear()
    worker.server.faults.huge()
    assert "Ask for less" in await worker.fails("list_branches_in_repo")
    worker.server.faults.binary()
    assert "is no JSON" in await worker.fails("list_branches_in_repo")


async def test_an_assistant_branches_changes_files_and_opens_a_merge_request(worker: At, database: Database) -> None:
    people, project = worker.people, worker.server.project
    name = f"app-{worker.source[:8]}"
    # Of several tools that a question names, the mock calls those first that an assistant has last.
    tools = ["create_pull_request", "delete_file", "update_file", "create_file", "create_branch"]
    assistant = await make_assistant(
        people.manager,
        project=people.project,
        shared=True,
        context=[{"context_type": "code", "name": name}],
        toolkits=[{"toolkit": "Git", "tools": [{"name": tool} for tool in tools]}],
        skip_integration_validation=True,
        tool_permissions={"tool_call_policy": "auto_approve"},
    )
    values = {
        "branch_name": "feature",
        "file_path": "src/new.py",
        "file_contents": "x = 1",
        "commit_message": "Add x",
        "pr_title": "Add x",
        "pr_body": "It was missing.",
    }
    prompt = f"Call create_branch, then create_file, then create_pull_request with {json.dumps(values)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())

    assert "Successfully created MR number 1" in answer["generated"]
    assert (project.files("feature") or {})["src/new.py"] == "x = 1"
    assert "src/new.py" not in (project.files("main") or {})
    request = project.merge_requests[1]
    assert (request["source_branch"], request["target_branch"]) == ("feature", "main")

    shown = await worker.call("get_pr_changes", pr_number=1)
    assert shown == (
        "title: Add x\ndescription: It was missing.\ndiff --git a/src/new.py b/src/new.py\n0:@@ -0,0 +1 @@\n1:+x = 1"
    )
    comment = {"pr_number": 1, "file_path": "src/new.py", "line_number": 1, "comment": "Why?"}
    assert await worker.call("create_pr_change_comment", **comment) == "Comment added"
    (discussion,) = project.discussions[1]
    assert discussion["notes"][0]["position"]["new_line"] == 1
    assert "no code line 0" in await worker.fails("create_pr_change_comment", **{**comment, "line_number": 0})
    assert "does not change other.py" in await worker.fails(
        "create_pr_change_comment", **{**comment, "file_path": "other.py"}
    )
    assert "404" in await worker.fails("create_pr_change_comment", **{**comment, "pr_number": 9})
    assert "404" in await worker.fails("get_pr_changes", pr_number=9)

    change = {
        "branch_name": "work2",
        "file_path": "README.md",
        "task_details": "Say more",
        "commit_message": "Say more",
    }
    prompt = f"Call create_branch, then update_file with {json.dumps(change)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
    assert "Updated file README.md" in answer["generated"]
    assert (project.files("work2") or {})["README.md"] not in ("", "# App\n")

    gone = {"branch_name": "work3", "file_path": "README.md", "commit_message": "Away"}
    prompt = f"Call create_branch, then delete_file with {json.dumps(gone)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
    assert "Deleted file README.md" in answer["generated"]
    assert "README.md" not in (project.files("work3") or {})


@pytest.mark.parametrize("tool", ["update_file", "update_file_diff"])
async def test_blocks_are_replaced_literally_and_no_model_is_asked(worker: At, tool: str) -> None:
    people = worker.people
    assistant = await make_assistant(
        people.manager,
        project=people.project,
        shared=True,
        context=[{"context_type": "code", "name": f"app-{worker.source[:8]}"}],
        toolkits=[{"toolkit": "Git", "tools": [{"name": name} for name in (tool, "create_branch")]}],
        skip_integration_validation=True,
        tool_permissions={"tool_call_policy": "auto_approve"},
    )
    change = {
        "branch_name": f"blocks-{tool.replace('_', '-')}",
        "file_path": "src/app.py",
        "task_details": "OLD <<<<\nb = 2\n>>>> OLD\nNEW <<<<\nb = 20\n>>>> NEW",
        "commit_message": "Ten times as much",
    }
    prompt = f"Call create_branch, then {tool} with {json.dumps(change)}"
    answer = await ask(people.member, assistant, prompt, conversation_id=new_conversation())
    assert "Updated file src/app.py" in answer["generated"]
    assert (worker.server.project.files(change["branch_name"]) or {})["src/app.py"] == "a = 1\nb = 20\nc = 3\n"


async def test_the_branch_is_kept_for_the_next_message_and_over_an_approval(worker: At) -> None:
    person, project = worker.people.member, worker.server.project
    assistant = await make_assistant(
        worker.people.manager,
        project=worker.people.project,
        shared=True,
        context=[{"context_type": "code", "name": f"app-{worker.source[:8]}"}],
        toolkits=[{"toolkit": "Git", "tools": [{"name": "create_branch"}, {"name": "delete_file"}]}],
    )
    conversation = new_conversation()
    begun = await ask(
        person, assistant, 'Call create_branch with {"branch_name": "kept"}', conversation_id=conversation
    )
    assert "'kept' was created" in str(begun["thoughts"])
    question = 'Call delete_file with {"file_path": "README.md", "commit_message": "No more"}'
    waiting = await ask(person, assistant, question, conversation_id=conversation)
    assert any(thought["interrupted"] for thought in waiting["thoughts"])
    body = {"conversation_id": conversation, "action": "allow", "stream": False}
    answer = await person.post(f"/v1/assistants/{assistant}/model/tool-call/resume", json=body)
    assert "Deleted file README.md" in answer.text
    assert "README.md" not in (project.files("kept") or {})
    assert "README.md" in (project.files("main") or {})
    # Another conversation begins at the base.
    other = new_conversation()
    await ask(person, assistant, question, conversation_id=other)
    refused = await person.post(
        f"/v1/assistants/{assistant}/model/tool-call/resume", json={**body, "conversation_id": other}
    )
    assert "base branch 'main'" in refused.text
