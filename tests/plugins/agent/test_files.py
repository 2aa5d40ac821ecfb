"""The file tools, by the names and arguments of the official agent."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemie.kernel.errors import CodeMieError, InvalidInput, NotFound
from codemie.plugins.agent.editing import changed
from codemie.plugins.agent.files import file_tools
from codemie.plugins.agent.jail import Jail
from codemie.plugins.agent.tools import AgentTool


@pytest.fixture
def jail(tmp_path: Path) -> Iterator[Jail]:
    found = Jail(tmp_path)
    yield found
    found.close()


def tools(jail: Jail, *, read_only: bool = False, diff: bool = False) -> dict[str, AgentTool]:
    return {one.name: one for one in file_tools(jail, read_only=read_only, diff=diff)}


async def run(found: dict[str, AgentTool], name: str, **arguments: str) -> str:
    return (await found[name].tool.call(arguments)).text


async def test_a_file_is_written_listed_and_read(jail: Jail) -> None:
    found = tools(jail)

    assert (
        await run(found, "_write_file_to_file_system", file_path="src/a.txt", text="hé\n") == "File created: src/a.txt"
    )
    assert await run(found, "_read_file_from_file_system", file_path="src/a.txt") == "hé\n"
    assert await run(found, "_list_files_in_directory", dir_path=".") == "src"
    assert await run(found, "_get_recursive_file_list", dir_path="src") == "src/a.txt"
    assert await run(found, "_get_recursive_file_list") == "src/a.txt"


async def test_big_folders_of_tools_are_named_but_not_entered(jail: Jail) -> None:
    (jail.root / "node_modules" / "left-pad").mkdir(parents=True)
    (jail.root / "node_modules" / "left-pad" / "index.js").touch()

    assert await run(tools(jail), "_get_recursive_file_list") == "node_modules/"


async def test_what_cannot_be_read_is_said(jail: Jail) -> None:
    (jail.root / "picture.png").write_bytes(b"\x89PNG\0\0")
    found = tools(jail)

    with pytest.raises(InvalidInput, match="not a text file"):
        await run(found, "_read_file_from_file_system", file_path="picture.png")
    with pytest.raises(NotFound, match=r"nothing\.txt"):
        await run(found, "_read_file_from_file_system", file_path="nothing.txt")
    with pytest.raises(InvalidInput, match="file_path"):
        await run(found, "_read_file_from_file_system")


def test_who_may_only_read_is_offered_nothing_that_writes(jail: Jail) -> None:
    assert all(one.tool.effect == "reads" for one in tools(jail, read_only=True).values())
    assert len(tools(jail, read_only=True)) == 3


async def test_changes_are_made_by_blocks(jail: Jail) -> None:
    (jail.root / "a.py").write_text("one\ntwo\nthree")
    found = tools(jail, diff=True)
    changes = (
        "<<<<<<< SEARCH\ntwo\n=======\nzwei\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nthree\n=======\ndrei\n>>>>>>> REPLACE\n"
    )

    await run(found, "_diff_update_file_tool", file_path="a.py", changes=changes)

    assert (jail.root / "a.py").read_text() == "one\nzwei\ndrei\n"
    assert "_write_file_to_file_system" not in found


async def test_a_new_file_by_blocks_has_to_be_wanted(jail: Jail) -> None:
    found = tools(jail, diff=True)
    changes = "<<<<<<< SEARCH\n=======\nnew\n>>>>>>> REPLACE"

    with pytest.raises(NotFound):
        await run(found, "_diff_update_file_tool", file_path="new.txt", changes=changes)
    await run(found, "_diff_update_file_tool", file_path="new.txt", changes=changes, should_create="True")

    assert (jail.root / "new.txt").read_text() == "new\n"


@pytest.mark.parametrize(("content", "why"), [("x\n", "0 times"), ("two\ntwo\n", "2 times")])
def test_a_block_that_does_not_fit_once_changes_nothing(content: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        changed(content, "<<<<<<< SEARCH\ntwo\n=======\nzwei\n>>>>>>> REPLACE")


@given(before=st.text(), changes=st.text())
def test_no_text_of_changes_breaks_the_editor(before: str, changes: str) -> None:
    with suppress(CodeMieError):
        assert isinstance(changed(before, f"<<<<<<< SEARCH\n{changes}\n=======\nx\n>>>>>>> REPLACE"), str)
