"""Every tool of work items against a service that keeps what it is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.test_files import upload
from tests.fakes.azure_devops.boards import Boards
from tests.fakes.azure_devops.server import PERSON, READ_ONLY, AzureDevOps
from tests.fakes.azure_devops.work_items import CHILD, PARENT, RELATED, Tracker, WorkItem
from tests.fakes.vendor_server import serving
from tests.integrations.credentials import People
from tests.knowledge.files import archive, word
from tests.toolkits.devops import Worker

ADA = "Ada Example <ada@example.com>"
ALL = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project ORDER BY [System.Id]"


@pytest.fixture
def boards() -> Boards:
    return Boards()


@pytest.fixture
def tracker(boards: Boards) -> Tracker:
    return boards.tracker


@pytest.fixture
async def stranger(people: People, boards: Boards) -> AsyncIterator[Worker]:
    """Somebody without an integration."""
    server = AzureDevOps(boards)
    async with serving(server) as url:
        boards.tracker.address = f"{url}/contoso"
        yield Worker(people, server, url)


@pytest.fixture
async def worker(stranger: Worker) -> Worker:
    await stranger.integrate()
    return stranger


async def test_a_search_returns_fields_in_the_order_of_the_query(worker: Worker, tracker: Tracker) -> None:
    tracker.add("First", State="Closed")
    tracker.add("Second", AssignedTo=PERSON)
    tracker.add("Third", "Bug", Tags="urgent; ui")
    query = (
        "SELECT [System.Id], [System.Title] FROM workitems WHERE [System.TeamProject] = 'app' AND ([System.State] <> "
        "'Closed' OR [System.Tags] CONTAINS 'none') AND [System.Id] NOT IN (7, 8) ORDER BY [System.ChangedDate] DESC"
    )
    third, second = await worker.json("search_work_items", query=query)
    assert third["url"] == f"{worker.organization}/_workitems/edit/3"
    assert (third["id"], third["System.Title"], third["System.AssignedTo"]) == (3, "Third", "N/A")
    assert (second["System.AssignedTo"], second["System.State"]) == (ADA, "New")
    assert set(second) - {"id", "url"} == {
        f"System.{name}" for name in ("Title", "State", "AssignedTo", "CreatedDate", "ChangedDate")
    }
    asked = await worker.json("search_work_items", query=query, fields=["System.Tags", "System.Reason"])
    assert [item["System.Tags"] for item in asked] == ["urgent; ui", "N/A"]
    nothing = "SELECT [System.Id] FROM WorkItems WHERE [System.Id] > 9"
    assert await worker.text("search_work_items", query=nothing) == "No work items found."


async def test_a_search_reads_many_work_items_in_few_requests(worker: Worker, tracker: Tracker) -> None:
    for number in range(450):
        tracker.add(f"Item {number}")
    assert len(await worker.json("search_work_items", query=ALL)) == 5
    assert len(await worker.json("search_work_items", query=ALL, limit="7")) == 7
    worker.server.faults.asked.clear()
    found = await worker.json("search_work_items", query=ALL, limit=-1, fields=["System.Title"])
    assert [item["id"] for item in found] == list(range(1, 451))
    assert len(worker.server.faults.asked) == 1 + 3


async def test_a_search_of_links_returns_both_ends(worker: Worker, tracker: Tracker) -> None:
    for title in ("Parent", "Child", "Other"):
        tracker.add(title)
    await worker.text("link_work_items", source_id=2, target_id=1, link_type=PARENT)
    query = (
        "SELECT [System.Id] FROM WorkItemLinks WHERE [Source].[System.Id] = 1 AND "
        f"[System.Links.LinkType] = '{CHILD}' MODE (MustContain)"
    )
    assert [item["System.Title"] for item in await worker.json("search_work_items", query=query)] == ["Parent", "Child"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT [System.Id] WHERE x", "TF51006"),
        ("SELECT [System.Id] FROM WorkItems WHERE [My.Field] = 1", "TF51005"),
        ("SELECT [System.Id] FROM WorkItems WHERE [System.Id] BETWEEN 1", "TF51006"),
    ],
)
async def test_what_is_wrong_with_a_query_is_told(worker: Worker, query: str, said: str) -> None:
    assert said in await worker.fails("search_work_items", query=query)


async def test_a_work_item_is_created_read_and_changed(worker: Worker) -> None:
    # A line break as models write it into JSON, not as JSON has it.
    made = '{"fields": {"System.Title": "Grüße/1", "System.Description": "one\ntwo\tthree", "System.Tags": "a"}}'
    told = await worker.text("create_work_item", work_item_json=made, wi_type="User Story")
    assert told == f"Work item 1 created successfully. View it at {worker.organization}/_workitems/edit/1."
    read = await worker.json("get_work_item", id="1")
    assert read["System.Description"] == "one\ntwo\tthree"
    assert (read["id"], read["System.WorkItemType"], read["System.CreatedBy"]) == (1, "User Story", ADA)
    assert "relations" not in read

    change = {"fields": {"System.State": "Active", "System.Tags": None, "System.AssignedTo": "ada@example.com"}}
    assert await worker.text("update_work_item", id=1, work_item_json=change) == "Work item (1) was updated."
    read = await worker.json("get_work_item", id=1, fields=["System.State", "System.Tags", "System.AssignedTo"])
    assert {name: read[name] for name in read if name.startswith("System.")} == {
        "System.State": "Active",
        "System.Tags": "N/A",
        "System.AssignedTo": ADA,
    }


async def test_a_work_item_is_read_as_it_was_and_with_what_it_is_linked_to(worker: Worker, tracker: Tracker) -> None:
    then = tracker.add("Then").fields["System.ChangedDate"]
    tracker.add("Parent")
    await worker.text("update_work_item", id=1, work_item_json={"fields": {"System.Title": "Now"}})
    await worker.text("link_work_items", source_id=1, target_id=2, link_type=PARENT)
    assert (await worker.json("get_work_item", id=1, as_of=then))["System.Title"] == "Then"
    assert "TF401232" in await worker.fails("get_work_item", id=1, as_of="2020-01-01T00:00:00Z")
    read = await worker.json("get_work_item", id=1, expand="relations", fields=["System.Title"])
    assert [(item["rel"], item["url"][-1]) for item in read["relations"]] == [(PARENT, "2")]
    assert read["System.Title"] == "Now"
    assert "System.State" not in read
    assert (await worker.json("get_work_item", id=1, include_attachments=True))["attachment_count"] == 0


async def test_links_are_made_both_ways_and_only_of_known_types(worker: Worker, tracker: Tracker) -> None:
    for title in ("One", "Two"):
        tracker.add(title)
    kinds = await worker.json("get_relation_types")
    assert (kinds["Parent"], kinds["Attached File"]) == (PARENT, "AttachedFile")
    told = await worker.text(
        "link_work_items", source_id=1, target_id=2, link_type="related", attributes={"comment": "why"}
    )
    assert told == f"Work item 1 was linked to work item 2 with link type {RELATED}."
    assert tracker.items[1].relations[0]["attributes"]["comment"] == "why"
    assert tracker.items[2].relations[0]["url"] == tracker.url(1)
    told = await worker.fails("link_work_items", source_id=1, target_id=2, link_type="Hyperlink")
    assert f"{PARENT} (Parent)" in told
    assert "Relation already exists" in await worker.fails(
        "link_work_items", source_id=1, target_id=2, link_type=RELATED
    )
    assert "TF401232" in await worker.fails("link_work_items", source_id=1, target_id=9, link_type=RELATED)


async def test_a_second_parent_is_refused_and_moving_gives_another(worker: Worker, tracker: Tracker) -> None:
    for title in ("Old parent", "New parent", "Child"):
        tracker.add(title)
    await worker.text("link_work_items", source_id=3, target_id=1, link_type=PARENT)
    told = await worker.fails("link_work_items", source_id=3, target_id=2, link_type=PARENT)
    assert "TF201036" in told
    assert "move_work_item" in told
    assert await worker.text("move_work_item", child_id=3, parent_id=2) == "Work item 3 was moved to parent 2."
    assert [item["url"] for item in tracker.items[3].relations] == [tracker.url(2)]
    assert not tracker.items[1].relations
    assert "already" in await worker.text("move_work_item", child_id=3, parent_id=2)
    assert await worker.text("move_work_item", child_id=1, parent_id=2) == "Work item 1 was moved to parent 2."
    assert "TF401232" in await worker.fails("move_work_item", child_id=3, parent_id=99)
    assert [item["url"] for item in tracker.items[3].relations] == [tracker.url(2)], "all of a change or nothing"


async def test_a_link_is_removed_and_one_that_is_not_there_is_told(worker: Worker, tracker: Tracker) -> None:
    for title in ("One", "Two", "Three"):
        tracker.add(title)
    for target, kind in ((2, RELATED), (3, RELATED), (2, PARENT)):
        await worker.text("link_work_items", source_id=1, target_id=target, link_type=kind)
    await worker.text("remove_work_item_relation", child_id=1, parent_id=2)
    assert [item["url"][-1] for item in tracker.items[1].relations] == ["2", "3"]
    await worker.text("remove_work_item_relation", child_id=1, parent_id=3, link_type=RELATED)
    assert [item["url"][-1] for item in tracker.items[1].relations] == ["2"]
    told = await worker.fails("remove_work_item_relation", child_id=1, parent_id=2)
    assert "has no link to 2" in told


async def test_a_link_is_removed_though_somebody_changes_the_work_item_meanwhile(
    worker: Worker, tracker: Tracker
) -> None:
    for title in ("One", "Two", "Three"):
        tracker.add(title)
    for target in (2, 3):
        await worker.text("link_work_items", source_id=1, target_id=target, link_type=RELATED)
    stale = {"op": "test", "path": "/rev", "value": tracker.items[1].rev}
    first = tracker.patch

    def meanwhile(item: Any, steps: Any) -> None:
        tracker.patch = first
        first(item, [{"op": "remove", "path": "/relations/0"}])
        assert steps[0] == stale
        first(item, steps)

    tracker.patch = meanwhile
    await worker.text("remove_work_item_relation", child_id=1, parent_id=3, link_type=RELATED)
    assert not tracker.items[1].relations


async def test_comments_are_read_over_all_pages(worker: Worker, tracker: Tracker) -> None:
    item = tracker.add("Talked about")
    assert await worker.text("create_comment", work_item_id=1, text="First") == (
        "Comment 1 added to work item 1 successfully."
    )
    for number in range(2, 251):
        tracker.say(item, f"Comment {number}")
    item.comments[-1]["isDeleted"] = True
    found = await worker.json("get_comments", work_item_id=1, limit_total=230)
    assert (len(found), found[0]["text"], found[-1]["text"]) == (230, "Comment 249", "Comment 20")
    assert found[-1]["created_by"]["unique_name"] == "ada@example.com"
    assert {"created_date", "version", "work_item_id", "url"} <= found[-1].keys()
    oldest = await worker.json("get_comments", work_item_id=1, order="asc", limit_total=3)
    assert [comment["id"] for comment in oldest] == [1, 2, 3]
    (last,) = await worker.json("get_comments", work_item_id=1, limit_total=1, include_deleted=True)
    assert (last["id"], last["is_deleted"]) == (250, True)


async def test_files_of_the_chat_are_attached_once_unless_their_content_is_new(
    worker: Worker, tracker: Tracker
) -> None:
    tools = [{"name": name} for name in ("update_work_item", "create_work_item")]
    assistant = await make_assistant(
        worker.client,
        project=worker.people.project,
        toolkits=[{"toolkit": "Azure DevOps Work Item", "tools": tools}],
    )
    conversation = new_conversation()

    async def say(tool: str, content: bytes, **arguments: Any) -> str:
        token = await upload(worker.client, "Notes.txt", content)
        prompt = f"Call {tool} with {json.dumps(arguments)}"
        answer = await ask(worker.client, assistant, prompt, conversation_id=conversation, file_names=[token])
        return str(answer["generated"])

    fields = {"fields": {"System.Title": "With a file"}}
    told = await say("create_work_item", b"first", work_item_json=fields)
    assert "Attached files: Notes.txt" in told
    await say("update_work_item", b"first", id=1, work_item_json=fields)
    assert len(tracker.items[1].relations) == 1
    await say("update_work_item", b"again", id=1, work_item_json=fields)
    assert [tracker.attachment(item["url"]) for item in tracker.items[1].relations] == [
        ("Notes.txt", b"first"),
        ("Notes.txt", b"again"),
    ]

    read = await worker.json("get_work_item", id=1, include_attachments=True)
    assert [(item["name"], item["size"]) for item in read["attachments"]] == [("Notes.txt", 5), ("Notes.txt", 5)]
    newest = await worker.json("get_work_item_attachment_content", work_item_id=1, attachment_name="notes.TXT")
    assert (newest["filename"], newest["content"], newest["mime_type"], newest["size_bytes"]) == (
        *("Notes.txt", "again", "text/plain", 5),
    )
    oldest = read["attachments"][0]["url"]
    shown = await worker.json("get_work_item_attachment_content", work_item_id=1, attachment_url=oldest)
    assert shown["content"] == "first"


async def test_a_file_that_is_too_long_to_be_compared_is_attached_once(worker: Worker, tracker: Tracker) -> None:
    content = bytes(11 * 2**20)
    attach(tracker, tracker.add("With a recording"), "long.wav", content)
    assistant = await make_assistant(
        worker.client,
        project=worker.people.project,
        toolkits=[{"toolkit": "Azure DevOps Work Item", "tools": [{"name": "update_work_item"}]}],
    )
    files = [await upload(worker.client, name, sent) for name, sent in (("long.wav", content), ("other.wav", content))]
    prompt = f"Call update_work_item with {json.dumps({'id': 1, 'work_item_json': {'fields': {'System.Tags': 'a'}}})}"
    answer = await ask(worker.client, assistant, prompt, conversation_id=new_conversation(), file_names=files)
    assert "Attached files: other.wav." in answer["generated"]
    assert len(tracker.items[1].relations) == 2


def attach(tracker: Tracker, item: WorkItem, name: str, content: bytes) -> None:
    tracker.attachments[name] = (name, content)
    value = {"rel": "AttachedFile", "url": f"{tracker.address}/_apis/wit/attachments/{name}"}
    tracker.patch(item, [{"op": "add", "path": "/relations/-", "value": value | {"attributes": {"name": name}}}])


async def test_an_attached_document_is_read_by_what_it_says(worker: Worker, tracker: Tracker) -> None:
    item, tool = tracker.add("With documents"), "get_work_item_attachment_content"
    plan = word({"Plan": "Ship it"})
    attach(tracker, item, "plan.docx", plan)
    attach(tracker, item, "all.zip", archive({"plan.docx": plan, "notes.txt": b"Later", "a.png": b"\x89PNG\r\n"}))
    attach(tracker, item, "broken.docx", plan[:100])
    shown = await worker.json(tool, work_item_id=1, attachment_name="plan.docx")
    assert "Ship it" in shown["content"]
    assert shown["size_bytes"] == len(plan)
    shown = await worker.json(tool, work_item_id=1, attachment_name="all.zip")
    assert "Ship it" in shown["content"]
    assert "# all.zip/notes.txt\n\nLater" in shown["content"]
    shown = await worker.json(tool, work_item_id=1, attachment_name="broken.docx")
    assert shown["content"] is None
    assert "is damaged" in shown["note"]


async def test_an_attachment_that_is_no_text_is_described_and_no_other_address_is_asked(
    worker: Worker, tracker: Tracker
) -> None:
    item = tracker.add("With a picture")
    attach(tracker, item, "a.png", bytes(range(256)))
    shown = await worker.json("get_work_item_attachment_content", work_item_id=1, attachment_name="a.png")
    assert (shown["content"], shown["content_type"], shown["mime_type"]) == (None, "binary", "image/png")

    tool = "get_work_item_attachment_content"
    assert "There are: a.png" in await worker.fails(tool, work_item_id=1, attachment_name="b.png")
    foreign = "https://elsewhere.example/_apis/wit/attachments/p2"
    assert "There is no attachment" in await worker.fails(tool, work_item_id=1, attachment_url=foreign)
    assert "attachment_url or attachment_name" in await worker.fails(tool, work_item_id=1)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("update_work_item", {"id": 99, "work_item_json": {"fields": {"System.Title": "t"}}}),
        ("get_work_item", {"id": 99}),
        ("link_work_items", {"source_id": 99, "target_id": 1, "link_type": RELATED}),
        ("remove_work_item_relation", {"child_id": 99, "parent_id": 1}),
        ("move_work_item", {"child_id": 99, "parent_id": 1}),
        ("get_comments", {"work_item_id": 99}),
        ("create_comment", {"work_item_id": 99, "text": "t"}),
        ("get_work_item_attachment_content", {"work_item_id": 99, "attachment_name": "a"}),
    ],
)
async def test_a_work_item_that_is_not_there_is_told(worker: Worker, tool: str, arguments: dict[str, Any]) -> None:
    assert "TF401232: Work item 99 does not exist" in await worker.fails(tool, **arguments)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"work_item_json": {"fields": {"Custom.Unknown": 1}}}, "TF51535: Cannot find field Custom.Unknown."),
        ({"work_item_json": {"fields": {"System.Description": "d"}}}, "TF401320"),
        ({"work_item_json": {"fields": {"System.Title": "t", "System.State": "Odd"}}}, "list of supported values"),
        ({"work_item_json": {"fields": {"System.Title": "t"}}, "wi_type": "No/Such"}, "VS402323"),
        ({"work_item_json": {"System.Title": "t"}}, 'must be {"fields"'),
        ({"work_item_json": "{fields"}, "is no JSON"),
    ],
)
async def test_why_a_work_item_cannot_be_created_is_told(
    worker: Worker, tracker: Tracker, sent: dict[str, Any], said: str
) -> None:
    assert said in await worker.fails("create_work_item", **sent)
    assert not tracker.items


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"token": "wrong"}, "401"),
        ({"project": "gone"}, "TF200016"),
        ({"organization": "", "url": "http://127.0.0.1:9"}, "cannot be reached"),
    ],
)
async def test_an_integration_that_does_not_fit_is_told(stranger: Worker, values: dict[str, Any], said: str) -> None:
    await stranger.integrate(**values)
    assert said in await stranger.fails("search_work_items", query=ALL)


async def test_a_token_that_may_only_read_reads(stranger: Worker, tracker: Tracker) -> None:
    tracker.add("Seen")
    await stranger.integrate(token=READ_ONLY)
    assert len(await stranger.json("search_work_items", query=ALL)) == 1
    told = await stranger.fails("create_work_item", work_item_json={"fields": {"System.Title": "t"}})
    assert "needs more rights" in told


async def test_a_limited_service_is_asked_again(worker: Worker, tracker: Tracker) -> None:
    tracker.add("Seen")
    worker.server.faults.limited()
    assert len(await worker.json("search_work_items", query=ALL)) == 1
    worker.server.faults.limited(seconds=600)
    assert "try again in 600 seconds" in await worker.fails("get_relation_types")
