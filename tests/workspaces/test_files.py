"""Files of workspaces over HTTP."""

import base64
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.errors import InvalidInput
from codemie.workspaces.paths import matches_glob, normal_path, writable_path
from tests.conftest import MakeUser
from tests.conversations.test_files import conversation_with, upload
from tests.workspaces.places import files_of, new_workspace, refused, write


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def test_a_conversation_has_one_workspace_for_each_person(owner: Any, make_user: MakeUser) -> None:
    conversation = f"test_conv_{uuid.uuid4().hex}"
    body = {"conversation_id": conversation, "name": "Work"}
    first = (await owner.post("/v1/workspaces", json=body)).json()
    assert (first["conversation_id"], first["name"], first["status"]) == (conversation, "Work", "active")
    assert (await owner.post("/v1/workspaces", json=body)).json()["id"] == first["id"]
    assert (await owner.get(f"/v1/workspaces/conversations/{conversation}")).json()["id"] == first["id"]
    assert [row["id"] for row in (await owner.get("/v1/workspaces")).json()] == [first["id"]]
    other = await make_user("other")
    refused(await other.get(f"/v1/workspaces/conversations/{conversation}"), "not found")
    assert (await other.post("/v1/workspaces", json=body)).json()["id"] != first["id"]


async def test_nobody_else_sees_a_workspace(owner: Any, make_user: MakeUser, client: Any) -> None:
    path = f"/v1/workspaces/{await new_workspace(owner)}/files"
    await write(owner, path, "secret.txt", "planted")
    for stranger in (await make_user("stranger"), client):
        refused(await stranger.get(path), "not found")
        refused(await stranger.get(f"{path}/content", params={"file_path": "secret.txt"}), "not found")
        refused(await stranger.put(path, json={"file_path": "secret.txt", "content": "x"}), "not found")
        refused(await stranger.request("DELETE", path, params={"file_path": "secret.txt"}), "not found")


async def test_files_are_written_read_edited_and_deleted(owner: Any) -> None:
    path = f"/v1/workspaces/{await new_workspace(owner)}/files"
    item = await write(owner, path, "src/main.py", "print('one')\n")
    assert (item["path"], item["version"], item["size"]) == ("src/main.py", 1, 13)
    assert (await write(owner, path, "/src/main.py", "print('two')\n"))["version"] == 2
    shown = (await owner.get(f"{path}/content", params={"file_path": "src/main.py"})).json()
    assert (shown["content"], shown["is_binary"], shown["content_encoding"]) == ("print('two')\n", False, None)
    edited = await owner.post(
        f"{path}/edit", json={"file_path": "src/main.py", "old_string": "two", "new_string": "three"}
    )
    assert edited.json()["updated"] is True
    assert (edited.json()["occurrences_replaced"], edited.json()["occurrencesReplaced"]) == (1, 1)
    downloaded = await owner.get(f"{path}/download", params={"file_path": "src/main.py"})
    assert downloaded.text == "print('three')\n"
    assert downloaded.headers["content-disposition"].startswith("attachment")
    removed = (await owner.request("DELETE", path, params={"file_path": "src/main.py"})).json()
    assert removed["deleted"] is True
    assert (await owner.request("DELETE", path, params={"file_path": "src/main.py"})).json()["deleted"] is False
    refused(await owner.get(f"{path}/content", params={"file_path": "src/main.py"}), "not found")
    assert await files_of(owner, path) == []
    assert (await write(owner, path, "src/main.py", "again"))["version"] > 2


async def test_an_edit_that_fits_nowhere_or_twice_changes_nothing(owner: Any) -> None:
    path = f"/v1/workspaces/{await new_workspace(owner)}/files"
    await write(owner, path, "a.txt", "x x y")
    for wanted in ("x", "z", ""):
        body = {"file_path": "a.txt", "old_string": wanted, "new_string": "!"}
        answer = await owner.post(f"{path}/edit", json=body)
        assert (answer.status_code, answer.json()["updated"]) == (200, False)
    body = {"file_path": "a.txt", "old_string": "x", "new_string": "!", "replace_all": True}
    assert (await owner.post(f"{path}/edit", json=body)).json()["occurrences_replaced"] == 2
    assert (await owner.get(f"{path}/content", params={"file_path": "a.txt"})).json()["content"] == "! ! y"


async def test_files_are_listed_by_prefix_depth_and_pattern(owner: Any) -> None:
    path = f"/v1/workspaces/{await new_workspace(owner)}/files"
    for name in ("a.py", "lib/b.py", "lib/deep/c.py", "lib/notes.md"):
        await write(owner, path, name, "x")
    assert await files_of(owner, path, prefix="lib/") == ["lib/b.py", "lib/deep/c.py", "lib/notes.md"]
    assert await files_of(owner, path, prefix="lib/", recursive=False) == ["lib/b.py", "lib/notes.md"]
    assert await files_of(owner, path, recursive=False) == ["a.py"]
    assert await files_of(owner, path, glob="*.py") == ["a.py", "lib/b.py", "lib/deep/c.py"]
    assert await files_of(owner, path, glob="lib/*.py") == ["lib/b.py"]
    assert await files_of(owner, path, glob="lib/**/*.py") == ["lib/b.py", "lib/deep/c.py"]


async def test_lines_are_found_whatever_their_case(owner: Any) -> None:
    path = f"/v1/workspaces/{await new_workspace(owner)}/files"
    await write(owner, path, "a.txt", "first\nThe NEEDLE here\n")
    await write(owner, path, "lib/b.txt", "needle")
    found = (await owner.get(f"{path}/grep", params={"query": "needle"})).json()["matches"]
    assert found == [
        {"file_path": "a.txt", "line_number": 2, "line": "The NEEDLE here"},
        {"file_path": "lib/b.txt", "line_number": 1, "line": "needle"},
    ]
    below = (await owner.get(f"{path}/grep", params={"query": "needle", "prefix": "lib"})).json()["matches"]
    assert [match["file_path"] for match in below] == ["lib/b.txt"]


@pytest.mark.parametrize(
    "path",
    [
        ".codemie_bridge/x", ".Codemie_Bridge/x", "codemie_runtime_sdk.py", "CODEMIE_RUNTIME_SDK.PY",
        "/codemie_runtime_sdk.py", "./.codemie_bridge/a", "ｃodemie_runtime_sdk.py", "c\u043edemie_runtime_sdk.py",
        ".codemie_bridge", "codemie\uff3fruntime_sdk.py", "codemie_runt\u0131me_sdk.py",
    ],
)  # fmt: skip
async def test_the_platforms_own_paths_cannot_be_taken(owner: Any, path: str) -> None:
    files = f"/v1/workspaces/{await new_workspace(owner)}/files"
    refused(await owner.put(files, json={"file_path": path, "content": "x"}), "file_path is reserved")
    refused(await owner.request("DELETE", files, params={"file_path": path}), "file_path is reserved")
    refused(await owner.get(f"{files}/content", params={"file_path": path}), "not found")
    deeper = await write(owner, files, f"sub/{path.lstrip('./')}", "x")
    assert deeper["version"] == 1


@pytest.mark.parametrize("path", ["../x", "a/../../x", "", "/", "a//b", "a\x00b", "a\nb", "x" * 1025, "y" * 256])
async def test_paths_that_lead_elsewhere_are_refused(owner: Any, path: str) -> None:
    files = f"/v1/workspaces/{await new_workspace(owner)}/files"
    answer = await owner.put(files, json={"file_path": path, "content": "x"})
    refused(answer, "file_path")


@given(st.text(max_size=60))
def test_a_normal_path_stays_inside_and_is_its_own_normal_form(path: str) -> None:
    try:
        normal = normal_path(path)
    except InvalidInput:
        return
    assert normal_path(normal) == normal
    assert not normal.startswith("/")
    assert not {"", ".", ".."} & set(normal.split("/"))


@given(st.sampled_from(["codemie_runtime_sdk.py", ".codemie_bridge/f"]), st.data())
def test_no_spelling_of_a_reserved_path_is_writable(path: str, data: Any) -> None:
    spelled = "".join(letter.upper() if data.draw(st.booleans()) else letter for letter in path)
    hidden = data.draw(st.sampled_from(["", "\u200b", "\u0301", "\u00ad"]))
    with pytest.raises(InvalidInput):
        writable_path(f"{spelled[:3]}{hidden}{spelled[3:]}")


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_pattern_breaks_the_list(path: str, pattern: str) -> None:
    assert matches_glob(path, pattern) in {True, False}


async def test_files_of_the_chat_are_lent_and_can_be_hidden_or_replaced(owner: Any) -> None:
    picture = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    tokens = [await upload(owner, "data.csv", b"a,b\n1,2\n"), await upload(owner, "dot.png", picture)]
    conversation = await conversation_with(owner, *tokens)
    path = f"/v1/workspaces/{await new_workspace(owner, conversation)}/files"
    assert await files_of(owner, path) == ["data.csv", "dot.png"]
    shown = (await owner.get(f"{path}/content", params={"file_path": "data.csv"})).json()
    assert (shown["content"], shown["version"]) == ("a,b\n1,2\n", 1)
    image = (await owner.get(f"{path}/content", params={"file_path": "dot.png"})).json()
    assert (image["is_binary"], image["content_encoding"]) == (True, "base64")
    assert base64.b64decode(image["content"]) == picture
    await write(owner, path, "data.csv", "mine")
    assert (await owner.get(f"{path}/content", params={"file_path": "data.csv"})).json()["content"] == "mine"
    assert (await owner.request("DELETE", path, params={"file_path": "data.csv"})).json()["deleted"] is True
    assert await files_of(owner, path) == ["dot.png"]
    assert (await owner.get(f"/v1/files/{tokens[0]}")).content == b"a,b\n1,2\n", "the chat keeps it"


async def test_a_file_of_the_chat_with_a_long_name_is_lent_under_a_shorter_one(owner: Any) -> None:
    conversation = await conversation_with(owner, await upload(owner, f"{'я' * 200}.txt", b"long"))
    path = f"/v1/workspaces/{await new_workspace(owner, conversation)}/files"
    (name,) = await files_of(owner, path)
    assert (name.endswith("я.txt"), len(name.encode()) <= 255) == (True, True)
    assert (await owner.get(f"{path}/content", params={"file_path": name})).json()["content"] == "long"
    found = (await owner.get(f"{path}/grep", params={"query": "long"})).json()["matches"]
    assert [match["file_path"] for match in found] == [name]


async def test_a_file_of_the_chat_never_stands_where_a_folder_is(owner: Any) -> None:
    conversation = str(uuid.uuid4())
    path = f"/v1/workspaces/{await new_workspace(owner, conversation)}/files"
    await write(owner, path, "data/x", "mine")
    await write(owner, path, "chat-1-data/x", "mine too")
    await conversation_with(
        owner, *[await upload(owner, name, b"lent") for name in ("data", "box")], known=conversation
    )
    assert await files_of(owner, path) == ["box", "chat-1-data/x", "chat-2-data", "data/x"]
    assert (await owner.get(f"{path}/content", params={"file_path": "chat-2-data"})).json()["content"] == "lent"
    refused(await owner.put(path, json={"file_path": "box/x", "content": "x"}), "clashes with box")
    assert (await owner.request("DELETE", path, params={"file_path": "box"})).json()["deleted"] is True
    await write(owner, path, "box/x", "mine")
    assert await files_of(owner, path, prefix="box") == ["box/x"], "what was deleted does not come back"


async def test_a_workspace_in_anothers_conversation_is_lent_nothing(owner: Any, make_user: MakeUser) -> None:
    conversation = await conversation_with(owner, await upload(owner, "secret.txt"))
    stranger = await make_user("stranger")
    path = f"/v1/workspaces/{await new_workspace(stranger, conversation)}/files"
    assert await files_of(stranger, path) == []


@pytest.mark.parametrize("way", ["one", "all"])
async def test_workspaces_go_with_their_conversations(owner: Any, way: str) -> None:
    conversation = (await owner.post("/v1/conversations", json={})).json()["id"]
    workspace = await new_workspace(owner, conversation)
    path = f"/v1/conversations/{conversation}" if way == "one" else "/v1/conversations"
    assert (await owner.delete(path)).status_code == 200
    refused(await owner.get(f"/v1/workspaces/{workspace}/files"), "not found")


async def test_a_workspace_holds_so_much_and_no_more(owner: Any, limited: Any) -> None:
    path = f"/v1/workspaces/{await new_workspace(limited)}/files"
    refused(await limited.put(path, json={"file_path": "big", "content": "x" * 1001}), "larger than 1000 bytes")
    for name in ("a", "b"):
        await write(limited, path, name, "x" * 900)
    refused(await limited.put(path, json={"file_path": "c", "content": "x" * 900}), "full")
    await write(limited, path, "a", "x" * 1000)
    await write(limited, path, "c", "")
    refused(await limited.put(path, json={"file_path": "d", "content": ""}), "3 files")
    refused(await limited.put(path, json={"file_path": "a/b", "content": ""}), "clashes")
