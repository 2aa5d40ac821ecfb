"""Uploading and downloading chat attachments over HTTP."""

import base64
import random
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.conversations import byte_ranges
from codemie.conversations.attachments import FileToken, decode_token
from codemie.conversations.tables import Conversation, ConversationMessage, ConversationShare
from codemie.kernel.database import Database
from codemie.knowledge.uploads import SLICE_BYTES
from tests.conftest import MakeUser
from tests.support import Platform, free_port, serving

TEXT = b"planted secret text"


async def upload(client: httpx2.AsyncClient, name: str = "notes.txt", content: bytes = TEXT) -> str:
    answer = await client.post("/v1/files/", files={"file": (name, content, "application/x-ignored")})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["file_url"])


@pytest.fixture
async def owner(make_user: MakeUser) -> Any:
    return await make_user("owner")


async def test_an_uploaded_file_comes_back_to_its_owner(owner: Any) -> None:
    token = await upload(owner)
    user_id = (await owner.get("/v1/user")).json()["user_id"]
    assert decode_token(token) == FileToken("text/plain", user_id, "notes.txt")
    answer = await owner.get(f"/v1/files/{token}")
    assert answer.content == TEXT
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "notes.txt" in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_uploading_a_name_again_replaces_the_file(owner: Any) -> None:
    first = await upload(owner, content=b"old")
    assert await upload(owner, content=b"new") == first
    assert (await owner.get(f"/v1/files/{first}")).content == b"new"


async def test_the_slash_at_the_end_is_optional(owner: Any) -> None:
    answer = await owner.post("/v1/files", files={"file": ("a.txt", b"a")})
    assert answer.status_code == 200


async def test_nobody_else_can_tell_whether_a_file_exists(owner: Any, make_user: MakeUser, client: Any) -> None:
    token = await upload(owner)
    user_id = decode_token(token).owner
    absent = FileToken("text/plain", user_id, "absent.txt").encode()
    stranger = await make_user("stranger")
    for reader in (stranger, client):
        refused, missing = await reader.get(f"/v1/files/{token}"), await reader.get(f"/v1/files/{absent}")
        assert (refused.status_code, missing.status_code) == (404, 404)
        assert refused.json() == missing.json()
        assert TEXT not in refused.content
    assert (await stranger.get(f"/v1/files/{token}", params={"share_token": "made-up"})).status_code == 404


async def test_files_need_a_signed_in_reader(owner: Any, anonymous: Any) -> None:
    token = await upload(owner)
    assert (await anonymous.get(f"/v1/files/{token}")).status_code == 401
    assert (await anonymous.post("/v1/files/", files={"file": ("a", b"a")})).status_code == 401


async def test_a_share_opens_exactly_the_files_of_its_conversation(
    owner: Any, make_user: MakeUser, database: Database
) -> None:
    shared, other = await upload(owner, "shared.txt"), await upload(owner, "other.txt")
    share_token = uuid.uuid4().hex[:12]
    conversation_id = str(uuid.uuid4())
    async with database.session() as session:
        session.add(Conversation(id=conversation_id, user_id=decode_token(shared).owner, name="n"))
        await session.flush()
        session.add(
            ConversationMessage(conversation_id=conversation_id, history_index=0, role="User", file_names=[shared])
        )
        session.add(ConversationShare(conversation_id=conversation_id, token=share_token, shared_by="owner"))
    reader = await make_user("reader")
    opened = await reader.get(f"/v1/files/{shared}", params={"share_token": share_token})
    assert (opened.status_code, opened.content) == (200, TEXT)
    closed = await reader.get(f"/v1/files/{other}", params={"share_token": share_token})
    assert closed.status_code == 404


@pytest.mark.parametrize("name", ["../notes.txt", "..", "a/../../notes.txt", "..\\notes.txt", "/etc/passwd"])
async def test_names_that_lead_elsewhere_are_not_found(owner: Any, name: str) -> None:
    user_id = decode_token(await upload(owner)).owner
    answer = await owner.get(f"/v1/files/{FileToken('text/plain', user_id, name).encode()}")
    assert answer.status_code == 404


@pytest.mark.parametrize("token", ["not-a-token", base64.b64encode(b"5~abc").decode(), "%00", "💥"])
async def test_an_undecodable_token_is_a_bad_request(owner: Any, token: str) -> None:
    answer = await owner.get(f"/v1/files/{token}")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Invalid file"


@pytest.mark.parametrize(
    ("sent", "kept"), [("../../etc/passwd", "passwd"), ("C:\\temp\\a.txt", "a.txt"), ("ü ñ.md", "ü ñ.md")]
)
async def test_uploaded_names_lose_their_folders(owner: Any, sent: str, kept: str) -> None:
    token = await upload(owner, sent)
    assert decode_token(token).name == kept
    assert (await owner.get(f"/v1/files/{token}")).content == TEXT


async def test_pages_and_drawings_cannot_act_in_our_name(owner: Any) -> None:
    script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for name in ("evil.svg", "evil.html"):
        answer = await owner.get(f"/v1/files/{await upload(owner, name, script)}")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_several_files_at_once(owner: Any) -> None:
    files = [("files", (f"f{number}.txt", str(number).encode())) for number in range(3)]
    answer = await owner.post("/v1/files/bulk", files=files)
    assert answer.status_code == 200
    assert answer.json()["failed_files"] is None
    tokens = [item["file_url"] for item in answer.json()["files"]]
    assert [(await owner.get(f"/v1/files/{token}")).content for token in tokens] == [b"0", b"1", b"2"]


async def test_more_than_twenty_files_are_refused(owner: Any) -> None:
    files = [("files", (f"f{number}.txt", b"x")) for number in range(21)]
    answer = await owner.post("/v1/files/bulk", files=files)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "Too many files. Maximum count is 20"


async def test_requests_without_files_are_refused(owner: Any) -> None:
    for path in ("/v1/files/", "/v1/files/bulk"):
        assert (await owner.post(path, files={"other": (None, b"a field")})).status_code == 400
        assert (await owner.post(path, json={})).status_code == 400
        broken = {"Content-Type": "multipart/form-data; boundary=x"}
        assert (await owner.post(path, content=b"--x\r\nbroken", headers=broken)).status_code == 400


@pytest.fixture(scope="module")
async def limited(platform: Platform, platform_environment: dict[str, str], admin_token: str) -> AsyncIterator[Any]:
    """The administrator at an installation that takes files of at most 1000 bytes."""
    small = {
        **platform_environment,
        "CODEMIE_CONVERSATIONS_MAX_UPLOAD_BYTES": "1000",
        "CODEMIE_CONVERSATIONS_MAX_FILES_BYTES": "2500",
        "CODEMIE_PORT": str(free_port()),
    }
    async with serving(small) as running, running.client(admin_token) as client:
        yield client


async def test_a_file_beyond_the_limit_is_refused(limited: Any) -> None:
    answer = await limited.post("/v1/files/", files={"file": ("big.bin", b"x" * 1001)})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "Invalid file"
    assert "big.bin" in answer.json()["error"]["details"]


async def test_of_several_files_only_the_large_ones_are_refused(limited: Any) -> None:
    mixed = [("files", ("big.bin", b"x" * 1001)), ("files", ("small.bin", b"x" * 1000))]
    answer = await limited.post("/v1/files/bulk", files=mixed)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["files"]) == 1
    assert list(answer.json()["failed_files"]) == ["big.bin"]


async def test_nothing_is_kept_of_an_upload_that_goes_on_and_on(limited: Any, platform: Platform) -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        for _ in range(32):
            yield bytes(2**20)

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await limited.post("/v1/files/", content=stream(), headers=headers)
    assert answer.status_code == 400
    assert not list((platform.home / "uploads").iterdir())


async def test_files_of_one_person_take_at_most_the_quota_together(limited: Any) -> None:
    small = await limited.post("/v1/files/", files={"file": ("first.bin", b"x" * 900)})
    assert small.status_code == 200
    fitting = [("files", (f"{number}.bin", b"x" * 1000)) for number in range(3)]
    answer = (await limited.post("/v1/files/bulk", files=fitting)).json()
    assert answer["failed_files"]
    assert all("quota" in reason for reason in answer["failed_files"].values())
    refused = await limited.post("/v1/files/", files={"file": ("last.bin", b"x" * 1000)})
    assert refused.status_code == 413
    assert refused.json()["error"]["message"] == "Your file storage is full"
    # A file that replaces one of its name counts once.
    assert (await limited.post("/v1/files/", files={"file": ("first.bin", b"y" * 900)})).status_code == 200
    # What is deleted makes room.
    for token in [small.json()["file_url"], *(item["file_url"] for item in answer["files"])]:
        assert (await limited.delete(f"/v1/files/{token}")).status_code == 200
    assert (await limited.post("/v1/files/", files={"file": ("last.bin", b"x" * 1000)})).status_code == 200


async def test_a_large_file_comes_back_whole_in_part_and_not_again(owner: Any) -> None:
    content = random.Random(7).randbytes(2 * SLICE_BYTES + 12345)
    path = f"/v1/files/{await upload(owner, 'large.bin', content)}"
    whole = await owner.get(path)
    assert whole.content == content
    assert whole.headers["content-length"] == str(len(content))
    across = await owner.get(path, headers={"Range": f"bytes={SLICE_BYTES - 10}-{2 * SLICE_BYTES + 9}"})
    assert across.status_code == 206
    assert across.content == content[SLICE_BYTES - 10 : 2 * SLICE_BYTES + 10]
    assert across.headers["content-range"] == f"bytes {SLICE_BYTES - 10}-{2 * SLICE_BYTES + 9}/{len(content)}"
    assert (await owner.get(path, headers={"Range": "bytes=-5"})).content == content[-5:]
    assert (await owner.get(path, headers={"Range": f"bytes={len(content)}-"})).status_code == 416
    unchanged = await owner.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await upload(owner, "large.bin", b"other")
    assert (await owner.get(path, headers={"If-None-Match": whole.headers["etag"]})).content == b"other"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-0", 206, (0, 1)),
        ("bytes=2-", 206, (2, 10)),
        ("bytes=2-99", 206, (2, 10)),
        ("bytes=-4", 206, (6, 10)),
        ("bytes=-99", 206, (0, 10)),
        ("bytes=10-", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("bytes=5-2", 200, (0, 10)),
        ("bytes=-", 200, (0, 10)),
        ("bytes=0-1,3-4", 200, (0, 10)),
        ("lines=0-1", 200, (0, 10)),
    ],
)
def test_ranges_are_read_as_the_standard_says(asked: str, status: int, part: tuple[int, int]) -> None:
    wanted = byte_ranges.wanted({"range": asked}, '"e"', 10)
    assert (wanted.status, wanted.start, wanted.end) == (status, *part)


async def test_an_empty_file_can_be_kept(owner: Any) -> None:
    answer = await owner.get(f"/v1/files/{await upload(owner, 'empty.txt', b'')}")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_only_the_owner_deletes_a_file(owner: Any, make_user: MakeUser) -> None:
    token = await upload(owner)
    stranger = await make_user("stranger")
    assert (await stranger.delete(f"/v1/files/{token}")).status_code == 404
    assert (await owner.delete(f"/v1/files/{token}")).json() == {"message": "Specified file removed"}
    assert (await owner.get(f"/v1/files/{token}")).status_code == 404
    assert (await owner.delete(f"/v1/files/{token}")).status_code == 404


async def conversation_with(
    client: httpx2.AsyncClient, *tokens: str, folder: str | None = None, known: str | None = None
) -> str:
    conversation = known or str(uuid.uuid4())
    turns = [
        {"role": role, "historyIndex": index, "message": "m", "fileNames": [token] if role == "User" else []}
        for index, token in enumerate(tokens)
        for role in ("User", "Assistant")
    ]
    answer = await client.put(f"/v1/conversations/{conversation}/history", json={"history": turns, "folder": folder})
    assert answer.status_code == 201, answer.text
    return conversation


@pytest.mark.parametrize("way", ["conversation", "history", "turn", "folder", "everything"])
async def test_files_go_with_the_last_message_that_refers_to_them(owner: Any, way: str) -> None:
    shared, lone, unsent = [await upload(owner, name) for name in ("shared.txt", "lone.txt", "unsent.txt")]
    kept = await conversation_with(owner, shared)
    conversation = await conversation_with(owner, lone, shared, folder="project x")
    removal = {
        "conversation": f"/v1/conversations/{conversation}",
        "history": f"/v1/conversations/{conversation}/history",
        "turn": f"/v1/conversations/{conversation}/history/0",
        "folder": "/v1/conversations/folder/project x?remove_conversations=true",
        "everything": "/v1/conversations",
    }[way]
    assert (await owner.delete(removal)).status_code == 200
    assert (await owner.get(f"/v1/files/{lone}")).status_code == 404
    assert (await owner.get(f"/v1/files/{shared}")).status_code == (404 if way == "everything" else 200)
    assert (await owner.get(f"/v1/files/{unsent}")).status_code == 200
    assert (await owner.get(f"/v1/conversations/{kept}")).status_code == (404 if way == "everything" else 200)


async def test_a_message_that_names_anothers_file_opens_it_to_nobody(
    owner: Any, make_user: MakeUser, database: Database
) -> None:
    token = await upload(owner)
    thief = await make_user("thief")
    conversation = await conversation_with(thief, token)
    share_token = uuid.uuid4().hex[:12]
    async with database.session() as session:
        session.add(ConversationShare(conversation_id=conversation, token=share_token, shared_by="thief"))
    answer = await thief.get(f"/v1/files/{token}", params={"share_token": share_token})
    assert answer.status_code == 404
    assert (await thief.delete(f"/v1/conversations/{conversation}")).status_code == 200
    assert (await owner.get(f"/v1/files/{token}")).content == TEXT
