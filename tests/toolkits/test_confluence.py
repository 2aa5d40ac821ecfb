"""Every tool of Confluence against a Confluence that keeps what it is told, in the cloud and in a data center."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conversations.test_chat_tools import attach
from tests.fakes.confluence import BODY, READ_ONLY, TOKEN, USER, Confluence
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People, create
from tests.support import Platform
from tests.toolkits.calling_model import calling_assistant
from tests.toolkits.invoking import error, invoke, output, setting, text

KIT = "Project Management"
PAGE = "65601"
MARKDOWN = "# Release\n\nHow we **release**.\n\n```bash\nmake release && echo <done>\n```"


def confluence(people: People, url: str, token: str = TOKEN, *, cloud: bool = False) -> dict[str, Any]:
    values = {"url": url, "token": token, "is_cloud": cloud, **({"username": USER} if cloud else {})}
    return setting("Confluence", people.project, **values)


@pytest.fixture(params=["cloud", "data center"])
async def server(request: pytest.FixtureRequest, people: People) -> AsyncIterator[Confluence]:
    """Either of the two, with an integration of the member."""
    fake = Confluence(cloud=request.param == "cloud")
    async with serving(fake) as url:
        fake.url = f"{url}{fake.prefix}"
        await create(people.member, "user", confluence(people, url, cloud=fake.cloud))
        yield fake


async def generic(people: People, method: str, path: str, params: Any = None, **more: Any) -> str:
    arguments = {"method": method, "relative_url": path, "params": params, **more}
    return await text(people.member, people, "generic_confluence_tool", **arguments)


class TestGeneric:
    async def test_a_page_is_read_as_it_is_or_as_markdown(self, people: People, server: Confluence) -> None:
        path = f"/rest/api/content/{PAGE}"
        said = await generic(people, "GET", path, {"expand": "body.storage,version"})
        begun, _, body = said.partition(" OK ")
        assert begun == f"HTTP: GET {server.url}{path} -> 200"
        assert json.loads(body)["body"]["storage"]["value"] == BODY
        said = await generic(people, "GET", f"{path}?expand=body.storage", is_markdown=True)
        storage = json.loads(said.partition(" OK ")[2])["body"]["storage"]
        assert (storage["value"], storage["representation"]) == (MARKDOWN, "markdown")

    async def test_the_clouds_own_prefix_may_be_there_twice(self, people: People, server: Confluence) -> None:
        path = f"{server.prefix}/rest/api/content/{PAGE}"
        assert f"{server.url}/rest/api/content/{PAGE} -> 200 OK" in await generic(people, "GET", path)

    async def test_a_search_goes_from_page_to_page(self, people: People, server: Confluence) -> None:
        for number in range(4):
            server.add(f"Notes {number}", "<p>n</p>")
        path, params = "/rest/api/content/search", {"cql": "type = page AND space = DEV", "limit": 2}
        titles: list[str] = []
        for _ in range(3):
            found = json.loads((await generic(people, "GET", path, params)).partition(" OK ")[2])
            titles += [item["title"] for item in found["results"]]
            path, params = found["_links"].get("next", ""), {}
        assert titles == ["Release", "Notes 0", "Notes 1", "Notes 2", "Notes 3"]
        assert path == ""

    async def test_a_page_is_created_changed_and_deleted(self, people: People, server: Confluence) -> None:
        body = {"storage": {"value": "<p>New</p>", "representation": "storage"}}
        page = {"type": "page", "title": "New", "space": {"key": "DEV"}, "body": body}
        said = await generic(people, "POST", "/rest/api/content", json.dumps(page))
        number = json.loads(said.partition(" OK ")[2])["id"]
        changed = {"type": "page", "title": "Newer", "version": {"number": 2}, "body": body}
        await generic(people, "PUT", f"/rest/api/content/{number}", changed)
        assert (server.pages[number].title, server.pages[number].version) == ("Newer", 2)
        assert "409 Conflict" in await generic(people, "PUT", f"/rest/api/content/{number}", changed)
        assert "Current version is: 2" in await generic(people, "PUT", f"/rest/api/content/{number}", changed)
        assert "204" in await generic(people, "DELETE", f"/rest/api/content/{number}")
        assert list(server.pages) == [PAGE]

    async def test_a_refusal_is_told_in_confluences_words(self, people: People, server: Confluence) -> None:
        arguments = {"method": "GET", "relative_url": "/rest/api/content/1"}
        told = await invoke(people.member, people, "generic_confluence_tool", **arguments)
        assert "No content found with id" in told["output"]
        assert told["metadata"] == {"http_status": 404}

    async def test_an_address_elsewhere_is_refused(self, people: People, server: Confluence) -> None:
        for url in ("https://evil.example/wiki/rest", "/wiki/../admin", "/rest/..;/admin"):
            arguments = {"method": "GET", "relative_url": url}
            assert "relative_url" in await error(people.member, people, "generic_confluence_tool", **arguments)
        assert not server.faults.asked

    async def test_files_of_the_conversation_are_attached(
        self, platform: Platform, people: People, server: Confluence
    ) -> None:
        files = [await attach(people.member, name, name.encode()) for name in ("one.txt", "two.txt")]
        path = f"/rest/api/content/{PAGE}/child/attachment"
        call = {"method": "POST", "relative_url": path, "params": {"files": ["one.txt"]}}
        names = ("generic_confluence_tool", "confluence_attach_files")
        async with calling_assistant(platform, people, KIT, *names) as assistant:
            assert "200 OK" in await assistant.call("generic_confluence_tool", call, file_names=files)
            named = {"page_id": PAGE, "files": ["two.txt"]}
            said = await assistant.call("confluence_attach_files", named, file_names=files)
            assert f"Attached to page {PAGE}: two.txt." in said
            assert "same file name" in await assistant.call("confluence_attach_files", named, file_names=files)
        assert server.pages[PAGE].attachments == {"one.txt": b"one.txt", "two.txt": b"two.txt"}

    async def test_only_what_changes_something_waits_for_a_person(
        self, platform: Platform, people: People, server: Confluence
    ) -> None:
        convert = {
            "method": "POST",
            "relative_url": f"{server.prefix}/rest/api/contentbody/convert/view",
            "params": {"value": "<p/>", "representation": "storage"},
        }
        delete = {"method": "DELETE", "relative_url": f"/rest/api/content/{PAGE}"}
        permissions = {"tool_permissions": {"tool_call_policy": "approve_for_me"}}
        async with calling_assistant(platform, people, KIT, "generic_confluence_tool", **permissions) as assistant:
            assert "200 OK" in await assistant.call("generic_confluence_tool", convert)
            assert await assistant.call("generic_confluence_tool", delete) == ""
        assert PAGE in server.pages


class TestTools:
    async def test_pages_are_found(self, people: People, server: Confluence) -> None:
        for number in range(3):
            server.add(f"Release {number}", "<p>release</p>")
        asked: dict[str, Any] = {"cql": 'space = DEV AND text ~ "release"', "limit": 3}
        found = await output(people.member, people, "confluence_search", **asked)
        assert found["results"][0] == {
            "id": PAGE,
            "type": "page",
            "title": "Release",
            "url": f"{server.url}/spaces/DEV/pages/{PAGE}",
            "excerpt": "How we release & more",
            "changed": "2026-01-01T10:00:00.000Z",
        }
        last = await output(people.member, people, "confluence_search", **asked, page=found["next_page"])
        assert ([item["title"] for item in last["results"]], last["next_page"]) == (["Release 2"], None)

    async def test_a_query_confluence_does_not_understand_is_told(self, people: People, server: Confluence) -> None:
        said = await error(people.member, people, "confluence_search", cql="colour = red")
        assert "No field exists with name: 'colour'" in said

    async def test_a_page_is_created_read_and_changed(self, people: People, server: Confluence) -> None:
        made = {"space": "DEV", "title": "Plan", "text": "# Plan\n\n* one <b>\n* two", "parent_id": PAGE}
        said = await text(people.member, people, "confluence_create_page", **made)
        assert said == f"Created page 65602 'Plan': {server.url}/spaces/DEV/pages/65602"
        assert server.pages["65602"].parent == PAGE
        assert "<li>one &lt;b&gt;</li>" in server.pages["65602"].body
        read = await output(people.member, people, "confluence_get_page", page_id="65602")
        assert (read["title"], read["version"]) == ("Plan", 1)
        assert read["text"].startswith("# Plan\n\n- one")
        change = {"page_id": "65602", "version": 1, "text": "Changed", "message": "Shorter"}
        said = await text(people.member, people, "confluence_update_page", **change)
        assert "is at version 2 now" in said
        page = server.pages["65602"]
        assert (page.title, page.body, page.message) == ("Plan", "<p>Changed</p>\n", "Shorter")

    async def test_nobodys_change_is_overwritten(self, people: People, server: Confluence) -> None:
        server.pages[PAGE].version = 4
        change = {"page_id": PAGE, "version": 3, "text": "Mine"}
        said = await error(people.member, people, "confluence_update_page", **change)
        assert "at version 4, not 3" in said
        assert server.pages[PAGE].body == BODY

    @pytest.mark.parametrize(
        ("tool", "arguments", "words"),
        [
            ("confluence_get_page", {"page_id": "1"}, "404"),
            ("confluence_get_page", {"page_id": "1/../2"}, "page_id: "),
            ("confluence_update_page", {"page_id": "1", "version": 1, "text": "x"}, "404"),
            ("confluence_create_page", {"space": "NO", "title": "T", "text": "x"}, "space"),
            ("confluence_create_page", {"space": "DEV", "title": "Release", "text": "x"}, "already exists"),
            ("confluence_attach_files", {"page_id": PAGE}, "attach it to the conversation"),
        ],
    )
    async def test_what_cannot_be_is_told(
        self, people: People, server: Confluence, tool: str, arguments: dict[str, Any], words: str
    ) -> None:
        assert words in await error(people.member, people, tool, **arguments)


class TestFaults:
    async def test_limits_outages_and_binary_answers_end_in_words(self, people: People, server: Confluence) -> None:
        server.faults.limited(times=2)
        assert (await output(people.member, people, "confluence_get_page", page_id=PAGE))["title"] == "Release"
        server.faults.limited(seconds=900)
        assert "try again in 900 seconds" in await error(people.member, people, "confluence_get_page", page_id=PAGE)
        server.faults.huge()
        assert "Ask for less" in await error(people.member, people, "confluence_get_page", page_id=PAGE)
        server.faults.binary()
        assert "is no JSON" in await error(people.member, people, "confluence_get_page", page_id=PAGE)

    async def test_a_wrong_token_and_one_that_only_reads(self, people: People, server: Confluence) -> None:
        url = server.url.removesuffix(server.prefix)
        await create(people.manager, "user", confluence(people, url, "wrong", cloud=server.cloud))
        said = await error(people.manager, people, "confluence_search", cql="space = DEV")
        assert "must renew it" in said
        await create(people.admin, "user", confluence(people, url, READ_ONLY, cloud=server.cloud))
        made = {"space": "DEV", "title": "Plan", "text": "x"}
        assert "needs more rights" in await error(people.admin, people, "confluence_create_page", **made)

    async def test_a_redirect_takes_no_credential_along(self, people: People, server: Confluence) -> None:
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        server.faults.redirect(f"{elsewhere}/rest/api/content/{PAGE}")
        assert "401" in await error(people.member, people, "confluence_get_page", page_id=PAGE)

    async def test_the_connection_test_signs_in(self, people: People, server: Confluence) -> None:
        for token, status in ((TOKEN, 200), ("wrong", 400)):
            body = confluence(people, server.url.removesuffix(server.prefix), token, cloud=server.cloud)
            asked = {key: body[key] for key in ("credential_type", "credential_values")}
            answer = await people.member.post("/v1/settings/test/", json=asked)
            assert answer.status_code == status, answer.text


MACROS = {
    "a link to a page": (
        '<p>See <ac:link><ri:page ri:content-title="Other" /></ac:link></p>',
        "See Other",
    ),
    "a link with words": (
        (
            '<p><ac:link><ri:page ri:content-title="Other" /><ac:plain-text-link-body><![CDATA[the <other>]]>'
            "</ac:plain-text-link-body></ac:link></p>"
        ),
        "the <other>",
    ),
    "a person": ('<p><ac:link><ri:user ri:account-id="5b1" /></ac:link> says</p>', "@5b1 says"),
    "a panel": (
        (
            '<ac:structured-macro ac:name="warning"><ac:parameter ac:name="title">Mind</ac:parameter>'
            "<ac:rich-text-body><p>the gap</p></ac:rich-text-body></ac:structured-macro>"
        ),
        "> **Mind**\n>\n> the gap",
    ),
    "tasks": (
        (
            "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status>"
            "<ac:task-body>one</ac:task-body></ac:task><ac:task><ac:task-id>2</ac:task-id>"
            "<ac:task-status>incomplete</ac:task-status><ac:task-body>two</ac:task-body></ac:task></ac:task-list>"
        ),
        "- [x] one\n- [ ] two",
    ),
    "a picture": ('<p><ac:image><ri:attachment ri:filename="a.png" /></ac:image></p>', "![a.png](a.png)"),
    "what only Confluence can show": (
        (
            '<p>x</p><ac:structured-macro ac:name="toc"><ac:parameter ac:name="maxLevel">3</ac:parameter>'
            "</ac:structured-macro>"
        ),
        "x",
    ),
    "a table": (
        "<table><tbody><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>",
        "| A | B |\n| --- | --- |\n| 1 | 2 |",
    ),
    "nothing": ("", ""),
    "what is not closed": ("<p>x <ac:link><ri:page />", "x"),
    "far too deep": ("<div>" * 3000 + "x", ""),
}


@pytest.mark.parametrize("what", MACROS)
async def test_what_a_page_shows_as_markdown(people: People, what: str) -> None:
    fake = Confluence()
    body, shown = MACROS[what]
    fake.pages[PAGE].body = body
    async with serving(fake) as url:
        await create(people.member, "user", confluence(people, url))
        read = await output(people.member, people, "confluence_get_page", page_id=PAGE)
    assert read["text"] == shown
