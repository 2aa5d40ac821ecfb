"""What tools remember in a conversation is a convenience: a call that had its effect is told so in any case."""

from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from codemie.identity.caller import Caller
from codemie.kernel.errors import CodeMieError, Unavailable
from codemie.kernel.telemetry import get_logger
from codemie.toolkits import calling
from codemie.toolkits.calling import as_tool
from codemie.toolkits.connection import Connection, ToolRun
from codemie.toolkits.toolkit import Toolkit

PERSON = Caller(id="p", username="p", name="P", email="p@example.com", projects=frozenset(), admin_projects=frozenset())
kit = Toolkit("Marking", "for a test", lambda connection: connection)


@kit.tool("writes", about="Marks.")
async def mark(connection: Connection) -> str:
    """Mark."""
    connection.run.memory["mark"] = "set"
    return "Marked."


class Kept:
    """Notes that are there, or cannot be written."""

    def __init__(self, error: CodeMieError | None = None) -> None:
        self.error = error
        self.notes: Mapping[str, str] = {}

    async def read(self) -> dict[str, str]:
        return dict(self.notes)

    async def write(self, notes: Mapping[str, str]) -> None:
        if self.error:
            raise self.error
        self.notes = dict(notes)


@pytest.mark.parametrize("error", [None, Unavailable("The database is not reachable")])
async def test_a_call_is_told_as_it_went_although_its_notes_cannot_be_kept(
    error: CodeMieError | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(error)
    (offer,) = kit.offers.values()
    absent: Any = None
    tool = as_tool(offer, ToolRun(PERSON, "project", notes=kept), absent, absent)
    with capture_logs() as logs:
        # A logger that has logged before keeps its processors, and the capture would not see it.
        monkeypatch.setattr(calling, "log", get_logger("test"))
        result = await tool.call({})
    assert (result.text, result.is_error) == ("Marked.", False)
    assert kept.notes == ({} if error else {"mark": "set"})
    assert [line["event"] for line in logs] == (["tool_notes_not_kept"] if error else [])
