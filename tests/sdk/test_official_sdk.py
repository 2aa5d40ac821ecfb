"""The official Python SDK, unmodified from PyPI, in an environment of its own."""

from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.sdk.environment import run_script
from tests.support import ADMIN_EMAIL, ADMIN_PASSWORD, Platform

HERE = Path(__file__).parent

pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module")
def handbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real PDF of three pages; the answer is on the second."""
    path = tmp_path_factory.mktemp("sdk") / "handbook.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    pages = (
        ("Welcome", "This handbook tells how we work together."),
        ("Leave", "New engineers get twenty-six days of leave a year, from their first day on."),
        ("Expenses", "Receipts are handed in by the tenth of the following month."),
    )
    for title, body in pages:
        canvas.drawString(72, 780, title)
        canvas.drawString(72, 750, body)
        canvas.showPage()
    canvas.save()
    return path


@pytest.fixture(scope="module")
async def journey(platform: Platform, sdk_python: Path, handbook: Path) -> dict[str, Any]:
    """What the SDK saw on its way."""
    return await run_script(sdk_python, HERE / "journey.py", platform.url, ADMIN_EMAIL, ADMIN_PASSWORD, handbook)


@pytest.fixture(scope="module")
async def administration(platform: Platform, sdk_python: Path) -> dict[str, Any]:
    """What the SDK saw of users, projects and the audit log."""
    return await run_script(sdk_python, HERE / "administration.py", platform.url, ADMIN_EMAIL, ADMIN_PASSWORD)


async def test_keeps_a_catalogue_of_mcp_servers(platform: Platform, sdk_python: Path) -> None:
    seen = await run_script(sdk_python, HERE / "catalogue.py", platform.url, ADMIN_EMAIL, ADMIN_PASSWORD)

    assert seen["got"][1:] == ["streamable-http", "a", True]
    assert (seen["listed"], seen["copied"], seen["changed"], seen["left"]) == (True, [True, 0, True], "changed", 0)


async def test_changes_what_the_platform_says(platform: Platform, sdk_python: Path) -> None:
    seen = await run_script(sdk_python, HERE / "configuration.py", platform.url, ADMIN_EMAIL, ADMIN_PASSWORD)

    assert (seen["types"], seen["again"]) == (["int", "float", "bool", "string"], "8")
    assert seen["saved"] == {"component_id": "mcpCustomServersDisabled", "settings": {"enabled": True}}
    assert (seen["restricted"], seen["overridden"]) == ([True, False], True)
    key = "CUSTOMER_CONFIG__MCP_CUSTOM_SERVERS_DISABLED"
    assert seen["told"] == [["customer_config.setting.reset", key], ["customer_config.setting.updated", key]]


async def test_signs_in_as_the_first_administrator(journey: dict[str, Any]) -> None:
    assert journey["user"] == {"username": "admin", "name": "System Administrator"}


async def test_indexes_a_pdf(journey: dict[str, Any]) -> None:
    assert journey["source"] == {"status": "completed", "type": "knowledge_base_file"}


async def test_creates_lists_and_updates_an_assistant(journey: dict[str, Any]) -> None:
    assert journey["listed"] == ["Handbook reader"]
    assert journey["description"] == "Answers from the handbook, with sources"


async def test_answers_from_the_document_through_the_search_tool(journey: dict[str, Any]) -> None:
    assert "twenty-six days" in journey["sync"]["generated"]
    assert any("search kb" in name.lower() for name in journey["sync"]["tools"])


async def test_streams_the_answer(journey: dict[str, Any]) -> None:
    stream = journey["stream"]
    assert stream["content_type"] == "application/x-ndjson"
    assert stream["chunks"] > 5
    assert stream["thoughts"] > 3
    assert "twenty-six days" in stream["generated"]


async def test_parses_a_structured_answer(journey: dict[str, Any]) -> None:
    assert set(journey["structured"]) == {"answer", "confidence"}


async def test_reads_the_conversation_back(journey: dict[str, Any]) -> None:
    assert journey["history"] == ["User", "Assistant", "User", "Assistant"]
    assert "sdk-journey" in journey["conversations"]


async def test_leaves_nothing_behind(journey: dict[str, Any]) -> None:
    assert journey["left"] == {"conversations": [], "assistants": [], "sources": []}


async def test_administers_users(administration: dict[str, Any]) -> None:
    assert administration["found"] == [administration["name"]]
    assert administration["listed"]
    assert administration["applications"]
    assert administration["default"]
    assert (administration["deactivated"], administration["reactivated"]) == (True, True)


async def test_administers_projects_and_members(administration: dict[str, Any]) -> None:
    # An exact match comes first; the personal project of the user of that name follows.
    assert administration["display_name"] == ["Made by SDK", None]
    assert administration["members"] == 2
    assert administration["bulk"] == ["updated", "removed"]
    assert administration["deleted"]


async def test_reads_the_audit_log(administration: dict[str, Any]) -> None:
    assert administration["events"] == [
        "user.created",
        "user.updated",
        "user.project.assigned",
        "user.project.role_updated",
        "user.project.default_set",
        "user.project.default_cleared",
        "user.project.removed",
        "user.project.assigned",
        "user.project.role_updated",
        "user.project.role_updated",
        "user.project.removed",
    ]
    assert {"user_management", "project_management"} <= set(administration["domains"])
