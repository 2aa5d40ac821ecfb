"""Companion files, import from Markdown, export, and archives, over HTTP."""

import base64
import io
import zipfile
from typing import Any

import pytest

from tests.assistants.conftest import Team
from tests.skills.writing import CONTENT, create, definition, shown


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def skill_file(**fields: str) -> str:
    front = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\n{front}---\n\n{CONTENT}"


def archive(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name.replace("__", "/"), content)
    return target.getvalue()


async def test_companion_files_are_listed_read_and_replaced(team: Team) -> None:
    files = [
        {"path": "scripts/run.py", "content": "print('ä')"},
        {"path": "logo.png", "content": encoded("png"), "encoding": "base64", "mime_type": "image/png"},
    ]
    made = await create(team.owner, team.project, companion_files=files)
    expected = [
        {"path": "logo.png", "mime_type": "image/png", "encoding": "base64", "size_bytes": 3},
        {"path": "scripts/run.py", "mime_type": "text/x-python", "encoding": "text", "size_bytes": 11},
    ]
    path = f"/v1/skills/{made['id']}"
    assert made["companion_files"] == expected
    assert (await team.member.get(f"{path}/companion-files")).json() == expected
    content = await team.member.get(f"{path}/companion-files/content", params={"path": "scripts/run.py"})
    assert content.json() == {**expected[1], "content": "print('ä')"}
    absent = await team.member.get(f"{path}/companion-files/content", params={"path": "nothing"})
    assert absent.status_code == 404
    kept = await team.owner.put(path, json={"description": "The files stay as they are"})
    assert kept.json()["companion_files"] == expected
    replaced = await team.owner.put(path, json={"companion_files": [{"path": "a.md", "content": "A"}]})
    assert [file["path"] for file in replaced.json()["companion_files"]] == ["a.md"]
    assert (await team.owner.put(path, json={"companion_files": []})).json()["companion_files"] == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../up", "a//b", "a/./b", "a\\b", "", "C:x", "a\nb", "x" * 944])
async def test_unsafe_paths_are_refused(team: Team, path: str) -> None:
    body = definition(team.project, companion_files=[{"path": path, "content": "x"}])
    answer = await team.owner.post("/v1/skills", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Invalid companion file path")
    if len(path) > 943:
        assert "path is too long (max 943 characters)" in answer.json()["error"]["details"]


async def test_companion_files_have_limits(team: Team) -> None:
    twice = [{"path": "a", "content": "1"}, {"path": "a", "content": "2"}]
    many = [{"path": f"f{number}", "content": ""} for number in range(101)]
    garbage = [{"path": "a", "content": "%%%", "encoding": "base64"}]
    large = [{"path": "a", "content": "x" * (10 * 2**20 + 1)}]
    for files in (twice, many, garbage, large):
        answer = await team.owner.post("/v1/skills", json=definition(team.project, companion_files=files))
        assert answer.status_code == 400, files[0]["path"]


async def test_a_skill_goes_out_as_markdown_and_comes_back(team: Team) -> None:
    made = await create(team.owner, team.project, description="Reviews: carefully # and well", categories=["testing"])
    exported = await team.member.get(f"/v1/skills/{made['id']}/export")
    assert exported.headers["content-type"].startswith("text/markdown")
    assert exported.headers["content-disposition"] == f'attachment; filename="{made["name"]}.md"'
    body = {
        "file_content": encoded(exported.text),
        "filename": f"{made['name']}.md",
        "project": team.stranger.email,
        "visibility": "private",
    }
    back = await team.stranger.post("/v1/skills/import", json=body)
    assert back.status_code == 201, back.text
    for field in ("name", "description", "categories"):
        assert back.json()[field] == made[field]
    assert back.json()["content"] == CONTENT.strip()
    assert back.json()["visibility"] == "private"


async def test_a_file_without_a_name_is_called_by_its_file_name(team: Team) -> None:
    text = skill_file(description="Made by a test to be imported")
    body = {"file_content": encoded(text), "filename": "Release Notes 7.md", "project": team.owner.email}
    assert (await team.owner.post("/v1/skills/import", json=body)).json()["name"] == "release-notes-7"


@pytest.mark.parametrize(
    ("file_content", "filename", "status"),
    [
        (encoded("no front matter"), "a.md", 400),
        (encoded("---\nname: abc\n---\n" + CONTENT), "a.md", 400),
        (encoded("---\n: [\n---\n" + CONTENT), "a.md", 400),
        ("%%%", "a.md", 400),
        (base64.b64encode(b"\xff\xfe").decode(), "a.md", 400),
        (encoded(skill_file(name="abc", description="Long enough")), "a.exe", 400),
        (encoded("---\nname: abc\ndescription: Long enough\n---\nshort"), "a.md", 422),
    ],
)
async def test_what_is_no_skill_is_refused(team: Team, file_content: str, filename: str, status: int) -> None:
    body = {"file_content": file_content, "filename": filename, "project": team.owner.email}
    answer = await team.owner.post("/v1/skills/import", json=body)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"]["message"] == "Invalid skill file"


async def preview(team: Team, content: bytes) -> Any:
    return await team.owner.post("/v1/skills/import-bundle-preview", files={"file": ("skill.zip", content)})


async def test_an_archive_is_shown_before_it_is_saved(team: Team) -> None:
    manifest = skill_file(name="bundled", description="Made by a test to be unpacked").encode()
    content = archive(
        **{"pack__SKILL.md": manifest, "pack__ref__a.txt": b"A", "pack__b.bin": b"\xff\x00", "__MACOSX__x": b"x"}
    )
    answer = await preview(team, content)
    assert answer.status_code == 200, answer.text
    shown_bundle = answer.json()
    assert (shown_bundle["name"], shown_bundle["content"]) == ("bundled", CONTENT.strip())
    files = {file["path"]: file for file in shown_bundle["companion_files"]}
    assert files["ref/a.txt"]["content"] == "A"
    assert (files["b.bin"]["encoding"], files["b.bin"]["size_bytes"]) == ("base64", 2)
    body = definition(team.project, companion_files=shown_bundle["companion_files"])
    made = await team.owner.post("/v1/skills", json=body)
    assert made.status_code == 201, made.text
    assert len((await shown(team.owner, made.json()["id"]))["companion_files"]) == 2


async def test_hostile_archives_are_refused(team: Team) -> None:
    manifest = skill_file(name="bundled", description="Made by a test to be unpacked").encode()
    bomb = archive(**{"SKILL.md": manifest, "zeros": b"\0" * (11 * 2**20)})
    escape = archive(**{"SKILL.md": manifest, "..__..__etc__passwd": b"x"})
    assert len(bomb) < 100_000
    for content in (b"no zip at all", archive(**{"README.md": b"x"}), bomb, escape, bomb[:-40]):
        answer = await preview(team, content)
        assert answer.status_code == 400
