"""Every tool of Jira against a Jira that keeps what it is told, in the cloud and in a data center."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conversations.test_chat_tools import attach
from tests.fakes.jira import READ_ONLY, TOKEN, USER, Jira
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.support import Platform
from tests.toolkits.calling_model import calling_assistant
from tests.toolkits.invoking import error, invoke, output, setting, text

KIT = "Project Management"


def jira(people: People, url: str, token: str = TOKEN, *, cloud: bool = False) -> dict[str, Any]:
    """A personal token in a data center, an e-mail address and a token in the cloud."""
    values = {"url": url, "token": token, "is_cloud": cloud, **({"username": USER} if cloud else {})}
    return setting("Jira", people.project, **values)


@pytest.fixture(params=["cloud", "data center"])
async def server(request: pytest.FixtureRequest, people: People) -> AsyncIterator[Jira]:
    """Either of the two, with an integration."""
    fake = Jira(cloud=request.param == "cloud")
    async with serving(fake) as url:
        fake.url = url
        await create(people.member, "user", jira(people, url, cloud=fake.cloud))
        yield fake


@pytest.fixture
async def center(people: People) -> AsyncIterator[Jira]:
    fake = Jira()
    async with serving(fake) as url:
        fake.url = url
        await create(people.member, "user", jira(people, url))
        yield fake


@pytest.fixture
async def cloud() -> AsyncIterator[Jira]:
    fake = Jira(cloud=True)
    async with serving(fake) as url:
        fake.url = url
        yield fake


class TestGeneric:
    async def test_an_answer_begins_with_its_status(self, people: People, server: Jira) -> None:
        said = await text(
            people.member, people, "generic_jira_tool", method="get", relative_url="rest/api/2/project/DEMO"
        )
        begun, _, body = said.partition(" OK ")
        assert begun == f"HTTP: GET {server.url}/rest/api/2/project/DEMO -> 200"
        assert json.loads(body)["name"] == "Demonstration"

    async def test_what_is_created_can_be_changed_read_and_deleted(self, people: People, center: Jira) -> None:
        async def call(method: str, path: str, params: Any = None) -> str:
            arguments = {"method": method, "relative_url": path, "params": params}
            return await text(people.member, people, "generic_jira_tool", **arguments)

        fields = {"project": {"key": "DEMO"}, "summary": "Slow", "issuetype": {"name": "Bug"}}
        assert '"key": "DEMO-2"' in await call("POST", "/rest/api/2/issue", json.dumps({"fields": fields}))
        edit = {"fields": {"labels": ["web"]}}
        path = f"{center.url}/rest/api/2/issue/DEMO-2"
        assert await call("PUT", "/rest/api/2/issue/DEMO-2", edit) == f"HTTP: PUT {path} -> 204 No Content"
        assert '"labels": ["web"]' in await call("GET", "/rest/api/2/issue/DEMO-2?fields=labels")
        assert "204" in await call("DELETE", "/rest/api/2/issue/DEMO-2", {"deleteSubtasks": True})
        assert list(center.issues) == ["DEMO-1"]

    async def test_a_search_is_made_short(self, people: People, center: Jira) -> None:
        center.add("Second", "Bug", assignee=center.user, description="Long story", labels=["web"])
        ways = [
            ("GET", "/rest/api/2/search", {"jql": "issuetype = Bug", "fields": "labels"}),
            ("GET", "/rest/api/2/search?jql=issuetype+%3D+Bug&fields=labels", None),
            ("POST", "/rest/api/2/search", '{"jql": "issuetype = Bug", "fields": ["labels"]}'),
        ]
        for method, path, params in ways:
            arguments = {"method": method, "relative_url": path, "params": params}
            said = await text(people.member, people, "generic_jira_tool", **arguments)
            assert json.loads(said.partition(" OK ")[2]) == {
                "issues": [
                    {
                        "key": "DEMO-2",
                        "url": f"{center.url}/browse/DEMO-2",
                        "summary": "Second",
                        "issuetype": "Bug",
                        "status": "To Do",
                        "assignee": "Bot",
                        "labels": ["web"],
                    }
                ],
                "total": 1,
                "startAt": 0,
                "maxResults": 50,
            }

    async def test_a_search_in_the_cloud_reads_documents_and_has_tokens(self, people: People, cloud: Jira) -> None:
        await create(people.member, "user", jira(people, cloud.url, cloud=True))
        cloud.add("Second", description="One\nTwo")
        params = {"jql": "project = DEMO", "maxResults": 1, "fields": ["description"]}
        arguments = {"method": "GET", "relative_url": "/rest/api/3/search/jql"}
        said = await text(people.member, people, "generic_jira_tool", **arguments, params=params)
        first = json.loads(said.partition(" OK ")[2])
        assert (first["issues"][0]["description"], first["isLast"]) == ("It is broken.", False)
        params["nextPageToken"] = first["nextPageToken"]
        said = await text(people.member, people, "generic_jira_tool", **arguments, params=params)
        assert json.loads(said.partition(" OK ")[2])["issues"][0]["description"] == "One\nTwo"

    async def test_a_refusal_is_told_in_jiras_words(self, people: People, server: Jira) -> None:
        arguments = {"method": "GET", "relative_url": "/rest/api/2/issue/DEMO-99"}
        told = await invoke(people.member, people, "generic_jira_tool", **arguments)
        assert "-> 404 Not Found" in told["output"]
        assert '{"errorMessages": ["Issue does not exist' in told["output"]
        assert told["metadata"] == {"http_status": 404}

    async def test_what_the_cloud_removed_is_told(self, people: People, cloud: Jira) -> None:
        await create(people.member, "user", jira(people, cloud.url, cloud=True))
        arguments = {"method": "GET", "relative_url": "/rest/api/3/search", "params": {"jql": "project = DEMO"}}
        assert "migrate to the /rest/api/3/search/jql API" in await text(
            people.member, people, "generic_jira_tool", **arguments
        )

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/rest/api/2/myself",
            "//evil.example/rest",
            "/rest/api/../../admin",
            "/rest/api/%2e%2e/%2E./admin",
            "/rest/api/%252e%252e/admin",
            "/rest/api/..;/admin",
            "/rest\\..\\admin",
            "/rest/api/2/myself\nHost: evil.example",
            "%2f%2fevil.example/rest",
            "",
        ],
    )
    async def test_an_address_elsewhere_is_refused_before_anything_is_sent(
        self, people: People, center: Jira, url: str
    ) -> None:
        said = await error(people.member, people, "generic_jira_tool", method="GET", relative_url=url)
        assert "relative_url" in said
        assert not center.faults.asked

    async def test_an_address_that_looks_like_another_server_stays_below_its_own(
        self, people: People, center: Jira
    ) -> None:
        said = await text(people.member, people, "generic_jira_tool", method="GET", relative_url="@evil.example/x")
        assert f"HTTP: GET {center.url}/@evil.example/x -> 404" in said

    async def test_a_search_needs_an_object(self, people: People, center: Jira) -> None:
        arguments = {"method": "POST", "relative_url": "/rest/api/2/search", "params": '["project = DEMO"]'}
        assert "must be an object" in await error(people.member, people, "generic_jira_tool", **arguments)

    @pytest.mark.parametrize(
        ("call", "sent"),
        [
            (
                {"method": "POST", "relative_url": "/rest/api/2/search", "params": {"jql": "project = DEMO"}},
                ["POST /rest/api/2/search"],
            ),
            ({"method": "GET", "relative_url": "/rest/api/2/myself"}, ["GET /rest/api/2/myself"]),
            ({"method": "DELETE", "relative_url": "/rest/api/2/issue/DEMO-1"}, []),
            ({"method": "POST", "relative_url": "/rest/api/2/issue?/search", "params": {"fields": {}}}, []),
        ],
    )
    async def test_only_what_changes_something_waits_for_a_person(
        self, platform: Platform, people: People, center: Jira, call: dict[str, Any], sent: list[str]
    ) -> None:
        permissions = {"tool_call_policy": "approve_for_me"}
        async with calling_assistant(
            platform, people, KIT, "generic_jira_tool", tool_permissions=permissions
        ) as assistant:
            said = await assistant.call("generic_jira_tool", call)
        assert (center.faults.asked, bool(said)) == (sent, bool(sent))


class TestAttachments:
    async def test_files_of_the_conversation_are_attached(
        self, platform: Platform, people: People, server: Jira
    ) -> None:
        files = [await attach(people.member, name, name.encode()) for name in ("one.txt", "two.txt")]
        call = {"method": "POST", "relative_url": "/rest/api/2/issue/DEMO-1/attachments"}
        async with calling_assistant(platform, people, KIT, "generic_jira_tool", "jira_attach_files") as assistant:
            said = await assistant.call("jira_attach_files", {"issue": "DEMO-1"}, file_names=files)
            assert "Attached to DEMO-1: one.txt, two.txt." in said
            chosen = {**call, "params": {"files": ["TWO.txt"]}}
            assert "-> 200 OK" in await assistant.call("generic_jira_tool", chosen, file_names=files)
            missing = {**call, "params": {"files": ["three.txt"]}}
            assert "no file three.txt" in await assistant.call("generic_jira_tool", missing, file_names=files)
        assert list(server.files.values()) == [b"one.txt", b"two.txt", b"two.txt"]
        read = await output(people.member, people, "jira_get_issue", issue="DEMO-1")
        assert read["attachment"][0] == {"id": "30000", "filename": "one.txt", "size": 7, "mimeType": "text/plain"}

    async def test_without_a_file_it_says_who_can_help(self, people: People, server: Jira) -> None:
        said = await error(people.member, people, "jira_attach_files", issue="DEMO-1")
        assert "attach it to the conversation" in said
        assert not server.faults.asked


class TestTools:
    async def test_issues_are_searched_page_by_page(self, people: People, server: Jira) -> None:
        for number in range(4):
            server.add(f"Number {number}")
        asked: dict[str, Any] = {"jql": "project = DEMO ORDER BY created DESC", "limit": 2, "fields": ["labels"]}
        keys: list[str] = []
        found: dict[str, Any] = {"next_page": None}
        for _ in range(3):
            found = await output(people.member, people, "jira_search", **asked, page=found["next_page"])
            keys += [issue["key"] for issue in found["issues"]]
        assert keys == ["DEMO-5", "DEMO-4", "DEMO-3", "DEMO-2", "DEMO-1"]
        assert found["next_page"] is None
        assert found["issues"][0] == {
            "key": "DEMO-1",
            "url": f"{server.url}/browse/DEMO-1",
            "summary": "The first issue",
            "status": "To Do",
            "issuetype": "Task",
            "assignee": None,
        }

    async def test_a_query_jira_does_not_understand_is_told(self, people: People, server: Jira) -> None:
        said = await error(people.member, people, "jira_search", jql="colour = red")
        assert "Field 'colour' does not exist" in said
        assert "Expecting operator" in await error(people.member, people, "jira_search", jql="status is what")
        assert "page" in await error(people.member, people, "jira_search", jql="project = DEMO", page="x")

    async def test_an_issue_is_created_changed_moved_commented_and_read(self, people: People, server: Jira) -> None:
        created = {"project": "DEMO", "summary": "Slow", "issue_type": "Bug", "description": "Very *slow*."}
        said = await text(people.member, people, "jira_create_issue", **created, fields='{"labels": ["web"]}')
        assert said == f"Created issue DEMO-2: {server.url}/browse/DEMO-2"
        said = await text(people.member, people, "jira_update_issue", issue="DEMO-2", fields={"summary": "Very slow"})
        assert said == "Updated issue DEMO-2: summary."
        moved = {"issue": "DEMO-2", "status": "in progress", "comment": "I begin"}
        said = await text(people.member, people, "jira_transition", **moved)
        assert said == "DEMO-2 is in status In Progress now."
        assert "Commented on DEMO-2" in await text(
            people.member, people, "jira_comment", issue="DEMO-2", comment="Found it"
        )
        read = await output(people.member, people, "jira_get_issue", issue="DEMO-2")
        assert (read["summary"], read["status"], read["issuetype"]) == ("Very slow", "In Progress", "Bug")
        assert (read["description"], read["labels"], read["reporter"]) == ("Very *slow*.", ["web"], "Bot")
        assert [(item["id"], item["author"], item["body"]) for item in read["comment"]["comments"]] == [
            ("20000", "Bot", "I begin"),
            ("20001", "Bot", "Found it"),
        ]

    @pytest.mark.parametrize(
        ("tool", "arguments"),
        [
            ("jira_get_issue", {}),
            ("jira_update_issue", {"fields": {"summary": "x"}}),
            ("jira_comment", {"comment": "x"}),
            ("jira_transition", {"status": "Done"}),
        ],
    )
    async def test_an_issue_nobody_sees_is_told(
        self, people: People, server: Jira, tool: str, arguments: dict[str, Any]
    ) -> None:
        said = await error(people.member, people, tool, issue="DEMO-99", **arguments)
        assert "404" in said
        assert "Issue does not exist" in said
        said = await error(people.member, people, tool, issue="../project/DEMO", **arguments)
        assert "issue: " in said

    async def test_a_refused_issue_tells_each_field(self, people: People, server: Jira) -> None:
        created = {"project": "NONE", "summary": "Slow", "issue_type": "Epic"}
        said = await error(people.member, people, "jira_create_issue", **created)
        assert "valid project is required" in said
        assert "issue type selected is invalid" in said

    async def test_a_status_out_of_reach_tells_what_is_possible(self, people: People, server: Jira) -> None:
        said = await error(people.member, people, "jira_transition", issue="DEMO-1", status="Done")
        assert "In Progress (by Start)" in said


class TestFaults:
    async def test_a_limit_is_waited_for(self, people: People, server: Jira) -> None:
        server.faults.limited(times=2)
        found = await output(people.member, people, "jira_search", jql="project = DEMO")
        assert len(found["issues"]) == 1
        server.faults.limited(seconds=900)
        said = await error(people.member, people, "jira_comment", issue="DEMO-1", comment="x")
        assert "try again in 900 seconds" in said

    async def test_a_wrong_token_is_told_even_where_jira_says_nothing(self, people: People, cloud: Jira) -> None:
        await create(people.member, "user", jira(people, cloud.url, "expired", cloud=True))
        for tool, arguments in (
            ("jira_search", {"jql": "project = DEMO"}),
            (
                "generic_jira_tool",
                {
                    "method": "GET",
                    "relative_url": "/rest/api/3/search/jql",
                    "params": {"jql": "project = DEMO"},
                },
            ),
        ):
            said = await error(people.member, people, tool, **arguments)
            assert "did not accept the credential" in said
            assert "must renew it" in said

    async def test_a_wrong_token_in_a_data_center(self, people: People, center: Jira) -> None:
        await create(people.manager, "user", jira(people, center.url, "wrong"))
        said = await error(people.manager, people, "jira_get_issue", issue="DEMO-1")
        assert "401" in said
        assert "must renew it" in said
        assert "wrong" not in said.replace("The credential is wrong", "")

    async def test_a_token_that_only_reads(self, people: People, center: Jira) -> None:
        await create(people.manager, "user", jira(people, center.url, READ_ONLY))
        assert (await output(people.manager, people, "jira_get_issue", issue="DEMO-1"))["key"] == "DEMO-1"
        said = await error(people.manager, people, "jira_comment", issue="DEMO-1", comment="x")
        assert "needs more rights" in said

    async def test_a_name_and_a_password_sign_in_to_a_data_center(self, people: People, center: Jira) -> None:
        values = {"url": f"{center.url}/", "username": "bot", "token": TOKEN, "is_cloud": False}
        await create(people.manager, "user", setting("Jira", people.project, **values))
        assert (await output(people.manager, people, "jira_get_issue", issue="DEMO-1"))["key"] == "DEMO-1"

    async def test_a_redirect_takes_no_credential_along(self, people: People, center: Jira) -> None:
        center.faults.redirect(f"{center.url.replace('127.0.0.1', 'localhost')}/rest/api/2/issue/DEMO-1")
        said = await error(people.member, people, "jira_get_issue", issue="DEMO-1")
        assert "401" in said
        center.faults.redirect("/login")
        said = await error(people.member, people, "jira_comment", issue="DEMO-1", comment="x")
        assert "Correct the address" in said

    async def test_the_connection_test_signs_in(self, people: People, server: Jira) -> None:
        for token, status in ((TOKEN, 200), ("wrong", 400)):
            body = jira(people, server.url, token, cloud=server.cloud)
            asked = {key: body[key] for key in ("credential_type", "credential_values")}
            answer = await people.member.post("/v1/settings/test/", json=asked)
            assert answer.status_code == status, answer.text
