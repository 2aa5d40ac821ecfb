"""Every tool of wikis against a service that keeps what it is told."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest

from codemie.toolkits.azure_devops.wiki import search_url
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.test_files import upload
from tests.fakes.azure_devops.git import Git
from tests.fakes.azure_devops.server import READ_ONLY, AzureDevOps
from tests.fakes.azure_devops.wiki import Wikis
from tests.fakes.azure_devops.wiki_state import Wiki
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People
from tests.toolkits.devops import Worker

NAME = "app.wiki"
VERSION = {"version_identifier": "wikiMaster"}


@pytest.fixture
def wikis() -> Wikis:
    return Wikis(NAME, "handbook")


@pytest.fixture
def wiki(wikis: Wikis) -> Wiki:
    wikis.wiki.add("/Home", "Welcome")
    wikis.wiki.add("/Guides", "All guides")
    wikis.wiki.add("/Guides/Set-up now", "Install it")
    return wikis.wiki


@pytest.fixture
async def stranger(people: People, wikis: Wikis, wiki: Wiki) -> AsyncIterator[Worker]:
    """Somebody without an integration."""
    server = AzureDevOps(Git(), wikis)
    async with serving(server) as url:
        yield Worker(people, server, url)


@pytest.fixture
async def worker(stranger: Worker) -> Worker:
    await stranger.integrate()
    return stranger


async def test_wikis_are_listed_and_shown(worker: Worker, wiki: Wiki) -> None:
    assert [item["name"] for item in await worker.json("list_wikis")] == [NAME, "handbook"]
    shown = await worker.json("get_wiki", wiki_identified=NAME)
    assert shown == await worker.json("get_wiki", wiki_identified=wiki.id)
    assert shown["repository_id"] == wiki.repository
    assert (shown["type"], shown["mapped_path"], shown["versions"]) == ("projectWiki", "/", [{"version": "wikiMaster"}])


async def test_pages_are_listed_as_a_tree_is_read_in_portions(worker: Worker, wiki: Wiki) -> None:
    wiki.add("/Guides/Other", "")
    told = await worker.json("list_pages", wiki_identified=NAME, page_size=3)
    assert [page["path"] for page in told["pages"]] == ["/Home", "/Guides", "/Guides/Set-up now"]
    assert told["pagination"] == {
        "page_size": 3,
        "skip": 0,
        "returned_count": 3,
        "total_count": 4,
        "has_more": True,
    }
    told = await worker.json("list_pages", wiki_identified=NAME, path="Guides", skip=1)
    assert [page["path"] for page in told["pages"]] == ["/Guides/Set-up now", "/Guides/Other"]
    assert not told["pagination"]["has_more"]


@pytest.mark.parametrize("name", ["/Guides/Set-up now", "Guides/Set-up now", "/4/Set-up-now", "4"])
async def test_a_page_is_read_by_its_path_or_as_its_address_names_it(worker: Worker, name: str) -> None:
    assert await worker.text("get_wiki_page_by_path", wiki_identified=NAME, page_name=name) == "Install it"
    assert await worker.text("get_wiki_page_by_id", wiki_identified=NAME, page_id="4") == "Install it"


async def test_a_path_that_begins_with_a_number_is_no_id_where_it_is_a_path(worker: Worker, wiki: Wiki) -> None:
    wiki.add("/4", "")
    wiki.add("/4/Plans", "of the fourth year")
    assert await worker.text("get_wiki_page_by_path", wiki_identified=NAME, page_name="/4/Plans") == (
        "of the fourth year"
    )
    assert "could not be found" in await worker.fails("delete_page_by_path", wiki_identified=NAME, page_name="/2/Plans")
    assert "/Home" in wiki.pages, "no page with another title is taken for it"


async def test_a_page_is_created_below_another(worker: Worker, wiki: Wiki) -> None:
    arguments = {"wiki_identified": NAME, "parent_page_path": "/Guides", "page_content": "# Grüße"}
    told = await worker.json("create_wiki_page", new_page_name="Ünder way", **arguments, **VERSION)
    page = told["response"]["page"]
    assert (page["path"], page["id"], told["response"]["etag"]) == (
        "/Guides/Ünder way",
        5,
        wiki.pages[page["path"]].etag,
    )
    assert {"url", "remote_url", "order"} <= page.keys()
    assert wiki.pages["/Guides/Ünder way"].content == "# Grüße"
    told = await worker.fails("create_wiki_page", new_page_name="Ünder way", **arguments, **VERSION)
    assert "already exists" in told
    assert "choose another name" in told
    arguments["parent_page_path"] = "/Gone"
    assert "ancestor page" in await worker.fails("create_wiki_page", new_page_name="x", **arguments, **VERSION)


async def test_the_wiki_of_a_project_without_one_is_created_with_its_first_page(worker: Worker, wikis: Wikis) -> None:
    wikis.wikis.clear()
    arguments = {"wiki_identified": NAME, "parent_page_path": "/", "new_page_name": "Home", "page_content": "Hi"}
    assert (await worker.json("create_wiki_page", **arguments, **VERSION))["response"]["page"]["path"] == "/Home"
    assert wikis.wiki.pages["/Home"].content == "Hi"
    arguments["wiki_identified"] = "second"
    told = await worker.fails("create_wiki_page", **arguments, **VERSION)
    assert "There is no wiki 'second'" in told
    assert f"There are: {NAME}." in told
    assert len(wikis.wikis) == 1


async def test_a_version_the_wiki_does_not_have_is_left_out(worker: Worker, wiki: Wiki) -> None:
    odd = {"version_identifier": "main", "version_type": "branch"}
    arguments = {"wiki_identified": NAME, "parent_page_path": "/", "new_page_name": "New", "page_content": "n"}
    assert "was created" in (await worker.json("create_wiki_page", **arguments, **odd))["message"]
    change = {"wiki_identified": NAME, "page_name": "/New", "page_content": "changed"}
    assert "was changed" in (await worker.json("modify_wiki_page", **change, **odd))["message"]
    move = {"wiki_identified": NAME, "source_page_path": "/New", "destination_page_path": "/Guides/New"}
    assert "was moved" in (await worker.json("move_wiki_page", **move, **odd))["message"]
    assert wiki.pages["/Guides/New"].content == "changed"


async def test_a_page_is_changed_unless_somebody_changed_it_meanwhile(
    worker: Worker, wiki: Wiki, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = {"wiki_identified": NAME, "page_name": "/Home", "page_content": "Changed"}
    told = await worker.json("modify_wiki_page", **change, **VERSION)
    assert told["response"]["etag"] == wiki.pages["/Home"].etag
    assert wiki.pages["/Home"].content == "Changed"
    assert "could not be found" in await worker.fails("modify_wiki_page", **{**change, "page_name": "/Gone"})

    at = wiki.at

    def meanwhile(path: str) -> Any:
        page = at(path)
        etag = page.etag
        page.change("Theirs")
        return type("Read", (), {**vars(page), "etag": etag, "git_path": page.git_path})()

    monkeypatch.setattr(wiki, "at", meanwhile)
    assert "changed meanwhile" in await worker.fails("modify_wiki_page", **change)
    assert wiki.pages["/Home"].content == "Theirs"


async def test_pages_are_renamed_and_moved_with_those_below_them(worker: Worker, wiki: Wiki) -> None:
    told = await worker.json("rename_wiki_page", wiki_identified=NAME, old_page_name="/Guides", new_page_name="Manuals")
    assert told["status"] == "Success"
    assert told["response"]["page_move"]["new_path"] == "/Manuals"
    assert set(wiki.pages) == {"/", "/Home", "/Manuals", "/Manuals/Set-up now"}
    move = {"wiki_identified": NAME, "source_page_path": "/Manuals", "destination_page_path": "/Home/Manuals"}
    told = await worker.json("move_wiki_page", **move)
    assert told["response"]["page_move"]["page"]["path"] == "/Home/Manuals"
    assert set(wiki.pages) == {"/", "/Home", "/Home/Manuals", "/Home/Manuals/Set-up now"}
    below = {"wiki_identified": NAME, "old_page_name": "/Home/Manuals/Set-up now", "new_page_name": "Start"}
    assert "/Home/Manuals/Start" in (await worker.json("rename_wiki_page", **below))["message"]
    assert "could not be found" in await worker.fails("move_wiki_page", **move)
    wiki.add("/Home/Taken", "")
    taken = {"wiki_identified": NAME, "old_page_name": "/Home/Manuals", "new_page_name": "Taken"}
    assert "already exists" in await worker.fails("rename_wiki_page", **taken)


async def test_pages_are_deleted_with_those_below_them(worker: Worker, wiki: Wiki) -> None:
    told = await worker.text("delete_page_by_path", wiki_identified=NAME, page_name="/Guides")
    assert told == f"Page /Guides was deleted from wiki {NAME}."
    assert set(wiki.pages) == {"/", "/Home"}
    assert "/Home (2)" in await worker.text("delete_page_by_id", wiki_identified=NAME, page_id=2)
    assert set(wiki.pages) == {"/"}
    assert "could not be found" in await worker.fails("delete_page_by_id", wiki_identified=NAME, page_id=2)


async def test_text_is_found_in_the_pages_of_one_wiki(worker: Worker, wikis: Wikis, wiki: Wiki) -> None:
    wikis.wikis[1].add("/Else", "Install it elsewhere")
    told = await worker.json("search_wiki_pages", wiki_identified=wiki.id, search_text="install")
    (found,) = told["results"]
    assert found["path"] == "/Guides/Set%2Dup-now.md"
    assert found["full_url"] == (f"{worker.organization}/app/_wiki/wikis/{NAME}?pagePath=%2FGuides%2FSet-up%20now")
    assert found["hits"][0]["highlights"] == ["<highlighthit>Install</highlighthit> it"]
    for number in range(150):
        wiki.add(f"/Page {number}", "install")
    told = await worker.json(
        "search_wiki_pages", wiki_identified=NAME, search_text="install", include_context=False, max_results=120
    )
    assert (told["count"], len({item["path"] for item in told["results"]})) == (151, 120)
    assert "hits" not in told["results"][0]


@pytest.mark.parametrize(
    ("organization", "search"),
    [
        ("https://dev.azure.com/contoso", "https://almsearch.dev.azure.com/contoso"),
        ("http://dev.azure.com/contoso/", "https://almsearch.dev.azure.com/contoso"),
        ("https://Contoso.visualstudio.com", "https://almsearch.dev.azure.com/contoso"),
        ("https://tfs.example.com/tfs/Main", "https://tfs.example.com/tfs/Main"),
        ("https://dev.azure.com.evil.example/contoso", "https://dev.azure.com.evil.example/contoso"),
        ("https://evil.example/dev.azure.com", "https://evil.example/dev.azure.com"),
    ],
)
def test_only_the_services_themselves_have_a_host_for_searches(organization: str, search: str) -> None:
    assert search_url(organization) == search


async def test_comments_are_read_newest_first_over_all_pages(worker: Worker, wiki: Wiki) -> None:
    page = wiki.pages["/Home"]
    for number in range(1, 131):
        page.say(f"Comment {number}")
    page.comments[129]["isDeleted"] = True
    asked = {"wiki_identified": NAME, "limit_total": 110}
    told = await worker.json("get_wiki_page_comments_by_path", page_name="/Home", **asked)
    assert (told["count"], told["total_count"], told["has_more"]) == (110, 129, True)
    assert [comment["id"] for comment in told["comments"]] == list(range(129, 19, -1))
    assert told["comments"][0]["createdBy"]["displayName"] == "Ada Example"
    told = await worker.json("get_wiki_page_comments_by_id", page_id=2, wiki_identified=NAME, order="asc")
    assert (told["count"], told["has_more"], told["comments"][0]["id"]) == (129, False, 1)
    told = await worker.json("get_wiki_page_comments_by_id", page_id=2, include_deleted=True, **asked)
    assert told["total_count"] == 130
    for tool, named in (("by_id", {"page_id": 9}), ("by_path", {"page_name": "/Gone"})):
        told = await worker.fails(f"get_wiki_page_comments_{tool}", wiki_identified=NAME, **named)
        assert "could not be found" in told


async def test_a_page_and_a_comment_are_commented(worker: Worker, wiki: Wiki) -> None:
    first = await worker.json("add_wiki_comment_by_path", wiki_identified=NAME, page_name="/Home", comment_text="Why?")
    assert (first["comment_id"], first["author"], first["parent_comment_id"]) == (1, "Ada Example", None)
    answer = {"wiki_identified": NAME, "page_id": 2, "comment_text": "So", "parent_comment_id": 1}
    told = await worker.json("add_wiki_comment_by_id", **answer)
    assert (told["comment_text"], told["parent_comment_id"], told["page_id"]) == ("So", 1, 2)
    assert (told["attachments"], told["attachment_count"]) == ([], 0)
    assert [comment["text"] for comment in wiki.pages["/Home"].comments] == ["Why?", "So"]
    assert "does not exist" in await worker.fails("add_wiki_comment_by_id", **{**answer, "parent_comment_id": 7})
    told = await worker.fails("add_wiki_comment_by_path", wiki_identified=NAME, page_name="/Gone", comment_text="x")
    assert "could not be found" in told


async def test_it_is_told_how_often_a_page_is_read(worker: Worker, wiki: Wiki) -> None:
    wiki.pages["/Home"].views = [{"day": f"2026-01-0{day}T00:00:00Z", "count": day % 3} for day in range(1, 6)]
    told = await worker.json("get_wiki_page_stats_by_path", wiki_identified=NAME, page_name="/Home")
    assert (told["page_id"], told["path"], told["page_views_for_days"]) == (2, "/Home", 30)
    assert (told["total_views"], told["days_with_views"], told["is_visited"]) == (6, 4, True)
    told = await worker.json("get_wiki_page_stats_by_id", wiki_identified=NAME, page_id=2, page_views_for_days=2)
    assert [item["count"] for item in told["view_stats"]] == [1, 2]
    told = await worker.json("get_wiki_page_stats_by_id", wiki_identified=NAME, page_id=3)
    assert (told["view_stats"], told["is_visited"]) == ([], False)
    assert "page_views_for_days" in await worker.fails(
        "get_wiki_page_stats_by_id", wiki_identified=NAME, page_id=2, page_views_for_days=31
    )
    for tool, named in (("by_id", {"page_id": 9}), ("by_path", {"page_name": "/Gone"})):
        told = await worker.fails(f"get_wiki_page_stats_{tool}", wiki_identified=NAME, **named)
        assert "could not be found" in told


async def test_files_of_the_chat_are_attached_to_a_page_and_to_comments(worker: Worker, wiki: Wiki) -> None:
    tools = [{"name": name} for name in ("add_wiki_comment_by_id", "add_attachment_to_wiki_page")]
    assistant = await make_assistant(
        worker.client,
        project=worker.people.project,
        toolkits=[{"toolkit": "Azure DevOps Wiki", "tools": tools}],
    )
    conversation = new_conversation()
    token = await upload(worker.client, "My [notes].txt", b"noted")

    async def say(tool: str, **arguments: Any) -> str:
        prompt = f"Call {tool} with {json.dumps({'wiki_identified': NAME, **arguments})}"
        answer = await ask(worker.client, assistant, prompt, conversation_id=conversation, file_names=[token])
        return str(answer["generated"])

    assert "My [notes].txt" in await say("add_attachment_to_wiki_page", page_name="/Home")
    assert "nothing new" in await say("add_attachment_to_wiki_page", page_name="/Home")
    await say("add_wiki_comment_by_id", page_id=2, comment_text="See")
    ((path, content),) = wiki.files.items()
    assert content == b"noted"
    link = f"[My (notes).txt]({quote(path)})"
    assert wiki.pages["/Home"].content == f"Welcome\n\n## Attachments\n\n- {link}\n"
    assert wiki.pages["/Home"].comments[0]["text"] == f"See\n\n{link}"

    asked = {"wiki_identified": NAME, "include_attachments": True}
    read = await worker.json("get_wiki_page_by_id", page_id=2, **asked)
    assert (read["attachments"], read["attachment_count"]) == ([{"name": "My (notes).txt", "url": path}], 1)
    tool, named = "get_wiki_attachment_content", {"wiki_identified": NAME, "attachment_name": "my (notes).txt"}
    url = f"{worker.organization}/app/_apis/git/repositories/x/items?path={path}&download=true"
    for arguments in ({**named, "page_id": 2}, {**named, "page_name": "/Home"}, {"attachment_url": path}):
        assert (await worker.json(tool, **{"wiki_identified": NAME, **arguments}))["content"] == "noted"
    assert (await worker.json(tool, wiki_identified=NAME, attachment_url=url))["mime_type"] == "text/plain"


async def test_what_cannot_be_attached_or_read_is_told(worker: Worker, wiki: Wiki) -> None:
    told = await worker.fails("add_attachment_to_wiki_page", wiki_identified=NAME, page_name="/Home")
    assert "The conversation has no files" in told
    tool = "get_wiki_attachment_content"
    for arguments, said in (
        ({}, "Give attachment_url"),
        ({"attachment_url": "/.attachments/gone.txt"}, "TF401174"),
        ({"attachment_url": "https://elsewhere.example/secret"}, "no attachment of a wiki"),
        ({"attachment_url": "/.attachments/../secret.md"}, "no attachment of a wiki"),
        ({"page_name": "/Home", "attachment_name": "a"}, "There are none."),
    ):
        assert said in await worker.fails(tool, wiki_identified=NAME, **arguments)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_wiki", {}),
        ("list_pages", {}),
        ("get_wiki_page_by_path", {"page_name": "/Home"}),
        ("get_wiki_page_by_id", {"page_id": 2}),
        ("delete_page_by_path", {"page_name": "/Home"}),
        ("search_wiki_pages", {"search_text": "x"}),
    ],
)
async def test_a_wiki_that_is_not_there_is_told(worker: Worker, tool: str, arguments: dict[str, Any]) -> None:
    assert "Wiki not found" in await worker.fails(tool, wiki_identified="no/such", **arguments)
    assert "must not be" in await worker.fails(tool, wiki_identified="..", **arguments)


@pytest.mark.parametrize(("values", "said"), [({"token": "wrong"}, "401"), ({"project": "gone"}, "TF200016")])
async def test_an_integration_that_does_not_fit_is_told(stranger: Worker, values: dict[str, Any], said: str) -> None:
    await stranger.integrate(**values)
    assert said in await stranger.fails("list_wikis")


async def test_a_token_that_may_only_read_is_told_what_it_lacks(stranger: Worker, wiki: Wiki) -> None:
    await stranger.integrate(token=READ_ONLY)
    assert await stranger.text("get_wiki_page_by_path", wiki_identified=NAME, page_name="/Home") == "Welcome"
    told = await stranger.fails("delete_page_by_path", wiki_identified=NAME, page_name="/Home")
    assert "needs more rights" in told
    assert "/Home" in wiki.pages


async def test_a_limited_service_is_asked_again(worker: Worker) -> None:
    worker.server.faults.limited()
    assert len(await worker.json("list_wikis")) == 2
    worker.server.faults.limited(seconds=600)
    assert "try again in 600 seconds" in await worker.fails("list_wikis")
