"""The folder that file tools cannot leave, whatever path, link or race."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemie.kernel.errors import AccessDenied, CodeMieError, InvalidInput, NotFound, TooLarge
from codemie.plugins.agent.jail import Jail, OutsideJail

MUCH = 1_000_000


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("the secret")
    return tmp_path / "outside"


@pytest.fixture
def jail(tmp_path: Path, outside: Path) -> Iterator[Jail]:
    root = tmp_path / "root"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "deep.txt").write_text("deep")
    (root / "top.txt").write_text("top")
    found = Jail(root)
    yield found
    found.close()


def test_files_are_read_and_written_by_relative_and_absolute_paths(jail: Jail) -> None:
    assert jail.read("top.txt", MUCH) == b"top"
    assert jail.read("./a//b/../b/deep.txt", MUCH) == b"deep"
    assert jail.read(f"{jail.root}/a/b/deep.txt", MUCH) == b"deep"
    assert jail.write("new/folder/file.txt", b"new")
    assert not jail.write("new/folder/file.txt", b"newer")
    assert (jail.root / "new/folder/file.txt").read_bytes() == b"newer"
    assert jail.names("new") == ["folder"]


@pytest.mark.parametrize(
    "path", ["..", "../outside/secret", "a/../../outside/secret", "/etc/passwd", "/", "a/b/../../..", "../root/top.txt"]
)
def test_no_path_leads_outside(jail: Jail, outside: Path, path: str) -> None:
    for act in (lambda: jail.read(path, MUCH), lambda: jail.names(path), lambda: jail.write(path, b"x")):
        with pytest.raises(OutsideJail):
            act()


def test_a_sibling_whose_name_begins_alike_is_outside(jail: Jail, tmp_path: Path) -> None:
    (tmp_path / "root-of-another").write_text("other")

    with pytest.raises(OutsideJail):
        jail.read(f"{tmp_path}/root-of-another", MUCH)


def test_links_that_lead_outside_are_not_followed(jail: Jail, outside: Path) -> None:
    (jail.root / "folder").symlink_to(outside)
    (jail.root / "file").symlink_to(outside / "secret")
    (jail.root / "up").symlink_to("../outside")
    (jail.root / "chain").symlink_to("up")

    for path in ("folder/secret", "file", "up/secret", "chain/secret"):
        with pytest.raises(OutsideJail):
            jail.read(path, MUCH)
        with pytest.raises(OutsideJail):
            jail.write(path, b"overwritten")
    assert (outside / "secret").read_text() == "the secret"
    assert jail.below(".", most=100, skip=frozenset())[0] == ["a/b/deep.txt", "file", "top.txt"]


def test_links_inside_are_followed(jail: Jail) -> None:
    (jail.root / "short").symlink_to("a/b")
    (jail.root / "absolute").symlink_to(jail.root / "a" / "b" / "deep.txt")
    (jail.root / "a" / "back").symlink_to("../top.txt")

    assert jail.read("short/deep.txt", MUCH) == b"deep"
    assert jail.read("absolute", MUCH) == b"deep"
    assert jail.read("a/back", MUCH) == b"top"


def test_links_in_a_circle_come_to_an_end(jail: Jail) -> None:
    (jail.root / "x").symlink_to("y")
    (jail.root / "y").symlink_to("x")

    with pytest.raises(OutsideJail, match="links"):
        jail.read("x", MUCH)


def test_writing_leaves_other_names_of_a_file_alone(jail: Jail, outside: Path) -> None:
    os.link(outside / "secret", jail.root / "hard")

    jail.write("hard", b"changed")

    assert (outside / "secret").read_text() == "the secret"


def test_what_is_no_file_is_refused(jail: Jail) -> None:
    os.mkfifo(jail.root / "pipe")

    for path in ("pipe", "a"):
        with pytest.raises(InvalidInput):
            jail.read(path, MUCH)
        with pytest.raises(InvalidInput):
            jail.write(path, b"x")
    with pytest.raises(NotFound):
        jail.read("nothing", MUCH)
    with pytest.raises(TooLarge):
        jail.read("top.txt", 2)


def test_rights_of_a_file_stay_and_no_half_written_one_is_left(jail: Jail) -> None:
    (jail.root / "script").write_text("old")
    (jail.root / "script").chmod(0o750)

    jail.write("script", b"new")

    assert (jail.root / "script").stat().st_mode & 0o777 == 0o750
    assert sorted(path.name for path in jail.root.iterdir()) == ["a", "script", "top.txt"]


@pytest.mark.parametrize(
    "path", [".git/config", "sub/.git/hooks/pre-commit", ".GIT/config", ".g\u200cit/config", ".git"]
)
def test_the_files_of_git_are_not_written(jail: Jail, path: str) -> None:
    with pytest.raises(AccessDenied):
        jail.write(path, b"[core]\n\tfsmonitor = evil\n")


def test_the_files_of_git_are_not_written_through_a_link(jail: Jail) -> None:
    (jail.root / ".git").mkdir()
    (jail.root / "innocent").symlink_to(".git")

    with pytest.raises(AccessDenied):
        jail.write("innocent/config", b"x")
    assert not (jail.root / ".git" / "config").exists()


def test_hidden_files_are_neither_read_nor_written(tmp_path: Path) -> None:
    secret = tmp_path / ".codemie" / "config.json"
    secret.parent.mkdir()
    secret.write_text("{}")
    (tmp_path / "alias").symlink_to(secret)
    jail = Jail(tmp_path, hidden=[secret])

    for path in (".codemie/config.json", "alias"):
        with pytest.raises(OutsideJail):
            jail.read(path, MUCH)
        with pytest.raises(OutsideJail):
            jail.write(path, b"x")
    jail.close()


NAMES = st.sampled_from(
    ["..", ".", "", "a", "b", "link", "loop", "out", "secret", "top.txt", "outside", "~", "\0", "é"]
)


@given(parts=st.lists(NAMES, max_size=12), leading=st.sampled_from(["", "/", "//", "./"]))
@settings(max_examples=400, deadline=None)
def test_no_walk_ever_reads_what_lies_outside(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], leading: str
) -> None:
    top = _playground(tmp_path_factory)
    jail = Jail(top / "root")
    path = leading + "/".join(parts)
    with suppress(CodeMieError):
        assert jail.read(path, MUCH) == b"top"
    with suppress(CodeMieError):
        assert "secret" not in jail.names(path)
    jail.close()


_PLAYGROUND: list[Path] = []


def _playground(factory: pytest.TempPathFactory) -> Path:
    """Made once: only read from."""
    if not _PLAYGROUND:
        top = factory.mktemp("jail")
        (top / "outside").mkdir()
        (top / "outside" / "secret").write_text("the secret")
        (top / "secret").write_text("the secret")
        (top / "root" / "a" / "b").mkdir(parents=True)
        (top / "root" / "top.txt").write_text("top")
        (top / "root" / "a" / "link").symlink_to("..")
        (top / "root" / "a" / "b" / "out").symlink_to("../../../outside")
        (top / "root" / "link").symlink_to("a/b/../link")
        (top / "root" / "loop").symlink_to("loop/a")
        (top / "root" / "out").symlink_to(top / "outside")
        _PLAYGROUND.append(top)
    return _PLAYGROUND[0]


def test_a_folder_that_is_swapped_for_a_link_all_the_time_never_leads_outside(jail: Jail, outside: Path) -> None:
    """The race that checks before use lose: here is no check, only a walk."""
    (jail.root / "swap").mkdir()
    (jail.root / "swap" / "secret").write_text("harmless")
    (jail.root / "link").symlink_to(outside)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (jail.root / "swap").rename(jail.root / "parked")
            (jail.root / "link").rename(jail.root / "swap")
            (jail.root / "swap").rename(jail.root / "link")
            (jail.root / "parked").rename(jail.root / "swap")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(2_000):
            try:
                assert jail.read("swap/secret", MUCH) == b"harmless"
            except CodeMieError:
                continue
    finally:
        stop.set()
        swapper.join()
