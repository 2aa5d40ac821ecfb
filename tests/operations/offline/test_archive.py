"""A bundle is believed only as a whole: nothing is missing, added, changed, or leads out of it."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemie.kernel.errors import Unprocessable
from codemie.operations.offline import archive
from codemie.operations.offline.manifest import Manifest, is_inside

FILES = {"README.md": b"read me\n", "wheels/a b.whl": b"\0" * 700, "install.sh": b"#!/bin/sh\n"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("content")
    for name, content in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
    return made


@pytest.fixture
def bundle(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path))


def test_what_was_written_is_whole_and_unpacks_to_the_same(bundle: Path, tmp_path: Path) -> None:
    manifest = archive.verify(bundle)
    subprocess.run(["tar", "-C", tmp_path, "-xf", bundle], check=True)

    assert set(manifest.parts) == set(FILES)
    assert {name: (tmp_path / "codemie-0.1.0" / name).read_bytes() for name in FILES} == FILES
    assert (tmp_path / "codemie-0.1.0" / "install.sh").stat().st_mode & 0o111


def test_the_same_content_makes_the_same_file(bundle: Path, folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.tar"
    archive.write(again, archive.verify(bundle), folder)

    assert again.read_bytes() == bundle.read_bytes()


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "bundle.tar"
    archive.write(out, Manifest(version="0.1.0", created="now", parts=archive.parts_in(folder)), folder)
    return out


@given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
@settings(max_examples=150, deadline=None)
def test_a_changed_bit_is_found_or_changes_nothing_that_is_read(whole: Path, place: int, bit: int) -> None:
    content = bytearray(whole.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path = whole.with_name("flipped.tar")
    path.write_bytes(content)

    try:
        archive.verify(path)
    except Unprocessable:
        return
    with archive.opened(path) as read:
        assert {name: read.content(name).read() for name in read.manifest.parts} == FILES


def test_a_bundle_that_is_cut_off_is_refused(bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:-11_000])

    with pytest.raises(Unprocessable):
        archive.verify(bundle)


def _manifest(parts: dict[str, bytes]) -> bytes:
    listed = {name: {"bytes": len(each), "sha256": hashlib.sha256(each).hexdigest()} for name, each in parts.items()}
    return json.dumps({"version": "0.1.0", "created": "now", "parts": listed}).encode()


def _hostile(path: Path, entries: list[tuple[tarfile.TarInfo, bytes]], listed: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as packed:
        for info, content in [(_file("manifest.json"), _manifest(listed)), *entries]:
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))


def _file(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(f"codemie-0.1.0/{name}")


def _link(name: str, target: str) -> tarfile.TarInfo:
    entry = _file(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    return entry


def _bare(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)


A = {"a": b"a"}
HOSTILE: dict[str, tuple[Callable[[], list[tuple[tarfile.TarInfo, bytes]]], dict[str, bytes]]] = {
    "a file that is not listed": (lambda: [(_file("a"), b"a"), (_file("b"), b"b")], A),
    "a file that is missing": (list, A),
    "a file twice": (lambda: [(_file("a"), b"a"), (_file("a"), b"a")], A),
    "a second manifest": (lambda: [(_file("a"), b"a"), (_file("manifest.json"), b"{}")], A),
    "another content": (lambda: [(_file("a"), b"b")], A),
    "a link": (lambda: [(_link("a", "/etc/passwd"), b"")], A),
    "a path upwards": (lambda: [(_file("../a"), b"a")], {"../a": b"a"}),
    "a path from the root": (lambda: [(_bare("/tmp/a"), b"a")], {"/tmp/a": b"a"}),
    "another folder": (lambda: [(_bare("elsewhere/a"), b"a")], A),
    "a blob with another name": (
        lambda: [(_file("images/blobs/sha256/" + "0" * 64), b"a")],
        {"images/blobs/sha256/" + "0" * 64: b"a"},
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_nobody_of_us_wrote_is_refused(what: str, tmp_path: Path) -> None:
    entries, listed = HOSTILE[what]
    _hostile(tmp_path / "hostile.tar", entries(), listed)

    with pytest.raises(Unprocessable):
        archive.verify(tmp_path / "hostile.tar")


@pytest.mark.parametrize("content", [b"", b"no archive", b"\0" * 10240], ids=["nothing", "a text", "an empty archive"])
def test_what_is_no_bundle_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(Unprocessable, match="no bundle"):
        archive.verify(tmp_path / "file")


@given(st.text(alphabet="ab./\\ \0~-", max_size=12))
def test_a_path_inside_leads_nowhere_but_down(path: str) -> None:
    folder = Path("/safe/folder")
    if is_inside(path):
        assert (folder / path).resolve().is_relative_to(folder)
        assert (folder / path).resolve() != folder
        assert "\\" not in path
