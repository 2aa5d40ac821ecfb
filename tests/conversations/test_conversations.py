"""Conversations over HTTP: envelope, list, changes, history, folders, search, export."""

import asyncio
import uuid
from typing import Any

import httpx2
import pytest

from tests.conftest import MakeUser
from tests.conversations.chatting import make_assistant, new_conversation
from tests.statements import counted
from tests.support import Platform

DETAIL_KEYS = {
    "llm_model",
    "folder",
    "final_user_mark",
    "final_operator_mark",
    "project",
    "conversation_details",
    "assistant_details",
    "user_abilities",
    "category",
    "finished_at",
}
NEVER_NULL = (
    "id",
    "date",
    "update_date",
    "conversation_id",
    "conversation_name",
    "pinned",
    "history",
    "user_id",
    "user_name",
    "assistant_ids",
    "assistant_data",
    "initial_assistant_id",
    "is_folder_migrated",
)


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def start(client: Any, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/conversations", json={"mcp_server_single_usage": False, **fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def item(role: str, index: int, message: str, **fields: Any) -> dict[str, Any]:
    moment = "2026-01-01T10:00:00Z"
    return {"role": role, "message": message, "historyIndex": index, "date": moment, "fileNames": [], **fields}


async def imported(client: Any, turns: int = 1, **fields: Any) -> str:
    """A conversation with some turns of question and answer."""
    conversation_id = f"test_conv_{uuid.uuid4()}"
    history = [item(role, index, f"{role} {index}") for index in range(turns) for role in ("User", "Assistant")]
    answer = await client.put(f"/v1/conversations/{conversation_id}/history", json={"history": history, **fields})
    assert answer.status_code == 201, answer.text
    return conversation_id


async def texts(client: Any, conversation_id: str) -> list[str]:
    answer = await client.get(f"/v1/conversations/{conversation_id}")
    return [entry["message"] for entry in answer.json()["history"]]


async def test_the_envelope_holds_what_clients_insist_on(owner: Any) -> None:
    created = await start(owner)
    read = (await owner.get(f"/v1/conversations/{created['id']}")).json()
    for envelope in (created, read):
        assert set(envelope) >= DETAIL_KEYS
        assert [key for key in NEVER_NULL if envelope[key] is None] == []
    assert read["history"] == []
    assert "very_first_msg_at" in read


async def test_a_conversation_shows_its_assistant(owner: Any) -> None:
    body = {"name": "Helper", "project": owner.email, "system_prompt": "", "llm_model_type": "mock"}
    assistant_id = (await owner.post("/v1/assistants", json=body)).json()["assistantId"]
    created = await start(owner, initial_assistant_id=assistant_id)
    assert created["assistant_ids"] == [assistant_id]
    data = created["assistant_data"][0]
    assert (data["assistant_id"], data["assistant_name"]) == (assistant_id, "Helper")
    assert data["tools"] == data["context"] == data["conversation_starters"] == []
    row = (await owner.get("/v1/conversations")).json()[0]
    assert row["assistant_names"] == ["Helper"]
    preview = await owner.get("/v1/conversations/new", params={"initial_assistant_id": assistant_id})
    assert (preview.json()["id"], preview.json()["initial_assistant_id"]) == ("new", assistant_id)
    unknown = await owner.get("/v1/conversations/new", params={"initial_assistant_id": "unknown"})
    assert unknown.status_code == 404


async def test_a_history_keeps_its_moments_with_and_without_a_zone(owner: Any) -> None:
    conversation_id = f"test_conv_{uuid.uuid4()}"
    history = [
        item("User", 0, "q", date="2026-01-31T10:20:30.123456"),
        item("Assistant", 0, "a", date="2026-01-31T11:20:31+01:00"),
    ]
    await owner.put(f"/v1/conversations/{conversation_id}/history", json={"history": history})
    read = (await owner.get(f"/v1/conversations/{conversation_id}")).json()
    assert [entry["date"] for entry in read["history"]] == ["2026-01-31T10:20:30.123456Z", "2026-01-31T10:20:31Z"]
    assert read["very_first_msg_at"] == "2026-01-31T10:20:30.123456Z"


async def test_the_list_is_newest_first_and_paged(owner: Any) -> None:
    ids = [await imported(owner) for _ in range(3)]
    rows = (await owner.get("/v1/conversations")).json()
    assert [row["id"] for row in rows] == ids[::-1]
    for key in ("id", "name", "folder", "pinned", "date", "assistant_ids", "initial_assistant_id", "finished_at"):
        assert key in rows[0]
    assert isinstance(rows[0]["date"], str)
    page = (await owner.get("/v1/conversations", params={"page": 1, "per_page": 2})).json()
    assert [row["id"] for row in page] == [ids[0]]
    for bad in ({"per_page": 201}, {"per_page": 0}, {"page": -1}, {"page": "x"}, {"isFinished": "maybe"}):
        assert (await owner.get("/v1/conversations", params=bad)).status_code == 422


async def test_changing_a_conversation_keeps_its_place_in_the_list(owner: Any) -> None:
    first, second = await imported(owner), await imported(owner)
    change = {"name": "Renamed", "pinned": True, "folder": "Work", "llm_model": "mock"}
    answer = await owner.put(f"/v1/conversations/{first}", json=change)
    changed = answer.json()
    assert (changed["conversation_name"], changed["pinned"]) == ("Renamed", True)
    assert (changed["folder"], changed["llm_model"]) == ("Work", "mock")
    assert [row["id"] for row in (await owner.get("/v1/conversations")).json()] == [second, first]
    kept = (await owner.put(f"/v1/conversations/{first}", json={"name": None, "pinned": None})).json()
    assert (kept["conversation_name"], kept["pinned"]) == ("Renamed", True)
    assert "Work" in {folder["folder_name"] for folder in (await owner.get("/v1/conversations/folders/list")).json()}


async def test_the_active_assistant_moves_to_the_front(owner: Any) -> None:
    conversation_id, other = await imported(owner, assistant_id="a"), await make_assistant(owner)
    for active in (other, "a"):
        answer = await owner.put(f"/v1/conversations/{conversation_id}", json={"activeAssistantId": active})
    assert answer.json()["assistant_ids"] == ["a", other]


async def test_unknown_conversations_are_told_in_the_clients_words(owner: Any) -> None:
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("GET", "/files"),
        ("GET", "/export"),
        ("POST", "/finish"),
        ("DELETE", "/history"),
        ("DELETE", "/history/0"),
        ("PUT", "/history/0"),
    ):
        answer = await owner.request(method, f"/v1/conversations/unknown-id{path}", json={})
        assert answer.status_code == 404, (method, path)
        assert answer.json()["error"] == {
            "message": "Conversation not found",
            "details": "The conversation with ID [unknown-id] could not be found in the system.",
            "help": "Please verify the conversation ID and try again. If you believe this is an error, "
            "contact support.",
        }


async def test_only_the_owner_touches_a_conversation(owner: Any, make_user: MakeUser, client: Any) -> None:
    conversation_id = await imported(owner)
    for other in (await make_user("stranger"), client):
        for method, path, status in (
            ("GET", "", 401),
            ("PUT", "", 401),
            ("DELETE", "", 401),
            ("GET", "/files", 401),
            ("GET", "/export", 401),
            ("POST", "/finish", 403),
            ("DELETE", "/history", 401),
            ("DELETE", "/history/0", 401),
            ("PUT", "/history/0", 401),
        ):
            answer = await other.request(method, f"/v1/conversations/{conversation_id}{path}", json={})
            assert answer.status_code == status, (method, path)
        history = {"history": [item("User", 0, "mine now")]}
        assert (await other.put(f"/v1/conversations/{conversation_id}/history", json=history)).status_code == 401
        assert conversation_id not in (await other.get("/v1/conversations")).text
    assert await texts(owner, conversation_id) == ["User 0", "Assistant 0"]


async def test_an_imported_history_counts_what_was_sent(owner: Any) -> None:
    path = f"/v1/conversations/{uuid.uuid4()}/history"
    first = [item("User", 0, "q" * 60), item("Assistant", 0, "a")]
    answers = [
        await owner.put(path, json={"history": first, "assistant_id": "claude-code-import"}),
        await owner.put(path, json={"history": first}),
        await owner.put(path, json={"history": [item("User", 1, "q"), item("Assistant", 1, "b")]}),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    counted = [
        (answer.json()["new_messages"], answer.json()["total_messages"], answer.json()["created"]) for answer in answers
    ]
    assert counted == [(2, 2, True), (2, 2, False), (2, 4, False)]
    read = (await owner.get(path.removesuffix("/history"))).json()
    assert read["conversation_name"] == "q" * 50 + "..."
    assert read["initial_assistant_id"] == "claude-code-import"
    assert [entry["historyIndex"] for entry in read["history"]] == [0, 0, 1, 1]
    empty = await owner.put(path, json={"history": []})
    assert (empty.status_code, empty.json()["error"]["message"]) == (400, "History cannot be empty")


@pytest.mark.parametrize(
    "history",
    [
        None,
        "text",
        [{"message": "no role"}],
        [{"role": "System", "message": "x"}],
        [{"role": "User", "historyIndex": -1}],
        [{"role": "User", "historyIndex": 2**40}],
        [{"role": "User", "inputTokens": 2**40}],
        [{"role": "User", "thoughts": "none"}],
    ],
)
async def test_a_malformed_history_is_refused(owner: Any, history: Any) -> None:
    answer = await owner.put(f"/v1/conversations/{uuid.uuid4()}/history", json={"history": history})
    assert answer.status_code == 422


async def test_editing_an_answer_appends_a_variant(owner: Any) -> None:
    conversation_id = await imported(owner)
    edit = {"messageIndex": 0, "message": "better"}
    answer = await owner.put(f"/v1/conversations/{conversation_id}/history/0", json=edit)
    history = answer.json()["history"]
    assert [entry["message"] for entry in history] == ["User 0", "Assistant 0", "User 0", "better"]
    assert [entry["variant"] for entry in history] == [0, 0, 1, 1]
    assert {entry["historyIndex"] for entry in history} == {0}
    for index, variant in ((1, 0), (0, 2), (2**31 - 1, 0)):
        missing = await owner.put(
            f"/v1/conversations/{conversation_id}/history/{index}", json={"messageIndex": variant, "message": "x"}
        )
        assert missing.status_code == 404
    assert (await owner.put(f"/v1/conversations/{conversation_id}/history/x", json=edit)).status_code == 422


async def test_a_removed_turn_takes_its_variants_along_and_later_turns_move_up(owner: Any) -> None:
    conversation_id = await imported(owner, turns=3)
    await owner.put(f"/v1/conversations/{conversation_id}/history/1", json={"messageIndex": 0, "message": "v"})
    answer = await owner.delete(f"/v1/conversations/{conversation_id}/history/1")
    history = answer.json()["history"]
    assert [(entry["message"], entry["historyIndex"]) for entry in history] == [
        ("User 0", 0),
        ("Assistant 0", 0),
        ("User 2", 1),
        ("Assistant 2", 1),
    ]
    assert (await owner.delete(f"/v1/conversations/{conversation_id}/history/7")).status_code == 404


async def test_a_cleared_history_is_empty(owner: Any) -> None:
    conversation_id = await imported(owner)
    answer = await owner.delete(f"/v1/conversations/{conversation_id}/history")
    assert (answer.status_code, answer.json()["history"]) == (200, [])


async def test_long_histories_are_read_in_pages(owner: Any) -> None:
    conversation_id = await imported(owner, turns=5)
    answer = await owner.get(f"/v1/conversations/{conversation_id}", params={"page": 1, "per_page": 4})
    assert [entry["historyIndex"] for entry in answer.json()["history"]] == [2, 2, 3, 3]
    assert answer.json()["pagination"] == {
        "page": 1,
        "per_page": 4,
        "total": 10,
        "pages": 3,
        "has_next": True,
        "has_previous": True,
    }
    newest = await owner.get(f"/v1/conversations/{conversation_id}", params={"per_page": 1, "sort_order": "desc"})
    assert newest.json()["history"][0]["message"] == "Assistant 4"
    for bad in ({"per_page": 501}, {"sort_order": "up"}, {"page": -1}):
        assert (await owner.get(f"/v1/conversations/{conversation_id}", params=bad)).status_code == 422


async def test_a_finished_conversation_stays_as_it_is(owner: Any) -> None:
    conversation_id, other = await imported(owner), await imported(owner)
    answer = await owner.post(f"/v1/conversations/{conversation_id}/finish")
    assert answer.json()["conversationId"] == conversation_id
    assert answer.json()["finishedAt"]
    for method, path in (("POST", "/finish"), ("DELETE", "/history"), ("DELETE", "/history/0")):
        again = await owner.request(method, f"/v1/conversations/{conversation_id}{path}")
        assert again.status_code == 409
    finished = (await owner.get("/v1/conversations", params={"isFinished": "True"})).json()
    unfinished = (await owner.get("/v1/conversations", params={"isFinished": "false"})).json()
    assert ([row["id"] for row in finished], [row["id"] for row in unfinished]) == ([conversation_id], [other])
    assert finished[0]["finished_at"]


async def test_deleting_one_and_all(owner: Any) -> None:
    conversation_id, _ = await imported(owner, folder="Work"), await imported(owner)
    answer = await owner.delete(f"/v1/conversations/{conversation_id}")
    assert answer.json() == {"message": "Specified conversation removed"}
    assert (await owner.get(f"/v1/conversations/{conversation_id}")).status_code == 404
    cleared = await owner.delete("/v1/conversations")
    assert cleared.json() == {"message": "Conversation history cleared"}
    assert (await owner.get("/v1/conversations")).json() == []
    assert (await owner.get("/v1/conversations/folders/list")).json() == []


async def test_folders_take_their_conversations_along(owner: Any) -> None:
    conversation_id = await imported(owner, folder="Old")
    created = await owner.post("/v1/conversations/folder", json={"folder": "Spare"})
    assert created.json() == {"message": "Folder created"}
    for name in ("Spare", "Default"):
        assert (await owner.post("/v1/conversations/folder", json={"folder": name})).status_code == 400
    taken = await owner.put("/v1/conversations/folder/Old", json={"folder": "Spare"})
    assert (taken.status_code, taken.json()["error"]["message"]) == (400, "Folder name already exists")
    renamed = await owner.put("/v1/conversations/folder/Old", json={"folder": "New/Name"})
    assert renamed.json() == {"message": "Folder name updated"}
    assert (await owner.get(f"/v1/conversations/{conversation_id}")).json()["folder"] == "New/Name"
    folders = (await owner.get("/v1/conversations/folders/list")).json()
    assert [folder["folder_name"] for folder in folders] == ["New/Name", "Spare"]
    assert all(folder[key] is not None for folder in folders for key in folder)
    removed = await owner.delete("/v1/conversations/folder/New/Name")
    assert removed.json() == {"message": "Folder removed"}
    assert (await owner.get(f"/v1/conversations/{conversation_id}")).json()["folder"] == ""
    assert (await owner.delete("/v1/conversations/folder/New/Name")).status_code == 404


async def test_a_folder_may_go_with_its_conversations(owner: Any) -> None:
    conversation_id = await imported(owner, folder="Work")
    await owner.delete("/v1/conversations/folder/Work", params={"remove_conversations": "True"})
    assert (await owner.get(f"/v1/conversations/{conversation_id}")).status_code == 404


async def test_search_finds_names_of_conversations_and_folders(owner: Any) -> None:
    conversation_id = await imported(owner, folder="Quarter")
    await owner.put(f"/v1/conversations/{conversation_id}", json={"name": "The 100%_quarter report"})
    found = (await owner.get("/v1/conversations/search", params={"query": "QUARTER"})).json()["items"]
    assert {(entry["type"], entry["name"]) for entry in found} == {
        ("folder", "Quarter"),
        ("chat", "The 100%_quarter report"),
    }
    literal = (await owner.get("/v1/conversations/search", params={"query": "0%_"})).json()["items"]
    assert [entry["id"] for entry in literal] == [conversation_id]
    assert (await owner.get("/v1/conversations/search", params={"query": "%%%"})).json()["items"] == []
    for bad in ("ab", "x" * 101):
        assert (await owner.get("/v1/conversations/search", params={"query": bad})).status_code == 422


async def test_a_conversation_can_be_taken_along_as_json(owner: Any) -> None:
    conversation_id = await imported(owner)
    answer = await owner.get(f"/v1/conversations/{conversation_id}/export")
    assert conversation_id in answer.headers["content-disposition"]
    exported = answer.json()
    assert [entry["message"] for entry in exported["history"]] == ["User 0", "Assistant 0"]
    assert "responseTime" not in exported["history"][0]
    assert (await owner.get(f"/v1/conversations/{conversation_id}/export?export_format=exe")).status_code == 422


async def test_files_of_a_conversation_are_listed_once(owner: Any) -> None:
    path = f"/v1/conversations/{uuid.uuid4()}"
    history = [item("User", 0, "a", fileNames=["t1", "t2"]), item("User", 1, "b", fileNames=["t2"])]
    await owner.put(f"{path}/history", json={"history": history})
    assert (await owner.get(f"{path}/files")).json() == ["t1", "t2"]


async def test_lists_and_details_take_the_same_number_of_statements_whatever_their_length(
    owner: Any, platform: Platform
) -> None:
    counts = []
    for extra in (1, 12):
        conversation_id = await imported(owner, turns=extra)
        for _ in range(extra):
            await imported(owner, assistant_id=str(uuid.uuid4()))
        for path in ("", f"/{conversation_id}"):
            with counted(platform) as statements:
                assert (await owner.get(f"/v1/conversations{path}")).status_code == 200
            counts.append(len(statements))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 3


async def test_a_history_brought_in_twice_at_once_becomes_one_conversation(owner: Any) -> None:
    for _ in range(3):
        url = f"/v1/conversations/test_conv_{uuid.uuid4()}"
        body = {"history": [item("User", 0, "question"), item("Assistant", 0, "answer")], "folder": "brought in"}
        answers = await asyncio.gather(*(owner.put(f"{url}/history", json=body) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
        assert [entry["message"] for entry in (await owner.get(url)).json()["history"]] == ["question", "answer"]


async def test_a_history_that_is_brought_in_has_a_largest_length(owner: Any) -> None:
    body = {"history": [{"role": "User", "message": "x"}] * 2001}
    answer = await owner.put(f"/v1/conversations/test_conv_{uuid.uuid4()}/history", json=body)
    assert answer.status_code == 422


async def test_a_long_history_takes_as_many_statements_as_a_short_one(owner: Any, platform: Platform) -> None:
    statements: list[int] = []
    for turns in (1, 500):
        conversation = str(uuid.uuid4())
        history = [
            {"role": role, "message": f"{role} {turn}"} for turn in range(turns) for role in ("User", "Assistant")
        ]
        for message in ("as it was", "as it is now"):
            history[-1]["message"] = message
            with counted(platform) as executed:
                answer = await owner.put(f"/v1/conversations/{conversation}/history", json={"history": history})
            assert answer.status_code in {200, 201}, answer.text
            history = [{**item, "historyIndex": place // 2} for place, item in enumerate(history)]
            statements.append(len(executed))
        shown = (await owner.get(f"/v1/conversations/{conversation}")).json()["history"]
        assert [item["message"] for item in shown] == [item["message"] for item in history]
        assert [item["historyIndex"] for item in shown] == [item["historyIndex"] for item in history]
    assert max(statements) <= min(statements) + 2


async def test_a_history_is_not_brought_into_somebody_elses_conversation(owner: Any, make_user: MakeUser) -> None:
    conversation_id = await imported(owner)
    stranger = await make_user("stranger")
    body = {"history": [item("User", 0, "mine now")]}
    answer = await stranger.put(f"/v1/conversations/{conversation_id}/history", json=body)
    assert answer.status_code == 401
    assert await texts(owner, conversation_id) == ["User 0", "Assistant 0"]


async def test_a_change_names_what_is_there(make_user: MakeUser) -> None:
    client = await make_user()
    conversation = (await client.post("/v1/conversations", json={})).json()["id"]
    url = f"/v1/conversations/{conversation}"
    for name in ("", "  "):
        unnamed = await client.put(url, json={"name": name})
        assert unnamed.status_code == 422
        assert "must not be empty" in unnamed.json()["error"]["message"]
    unknown = await client.put(url, json={"active_assistant_id": "nobody"})
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (404, "Assistant not found")
    hidden = await make_assistant(await make_user())
    assert (await client.put(url, json={"active_assistant_id": hidden})).status_code == 401
    mine = await make_assistant(client)
    assert (await client.put(url, json={"active_assistant_id": mine})).json()["assistant_ids"] == [mine]


async def test_a_history_that_was_brought_in_keeps_its_assistant_and_model(client: httpx2.AsyncClient) -> None:
    conversation = new_conversation()
    items = {"history": [{"role": "User", "message": "Hi"}], "assistant_id": "claude-code-import"}
    await client.put(f"/v1/conversations/{conversation}/history", json=items)
    body = {"active_assistant_id": "claude-code-import", "llm_model": "a-model-of-elsewhere"}
    changed = await client.put(f"/v1/conversations/{conversation}", json=body)
    assert changed.status_code == 200, changed.text
    assert changed.json()["llm_model"] == "a-model-of-elsewhere"
