"""Every public method of the official SDK's assistant, skill, category, LLM and A2A services: one test each."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codemie.identity.accounts import create_account
from tests.sdk.environment import run_script
from tests.support import ADMIN_PASSWORD, Platform

HERE = Path(__file__).parent

pytestmark = pytest.mark.sdk

# Tried where tool approval is built.
ELSEWHERE = {"assistants.resume_tool_call"}

TOOLKITS = {"Git", "VCS", "Cloud", "Project Management", "Azure DevOps Work Item", "Azure DevOps Wiki"}
TOOLS = {"gitlab", "github", "azure_devops_git", "AWS", "generic_jira_tool", "create_pull_request", "create_work_item"}
ASSISTANTS: dict[str, Callable[[Any], bool]] = {
    "assistants.list": lambda got: got == {"names": ["a", "b"], "full": ["Be brief.", "Be brief."]},
    "assistants.get": lambda got: got["name"] == "Got" and got["description"] == "Made by the SDK",
    "assistants.get_by_slug": lambda got: got["system_prompt"] == "Be brief.",
    "assistants.create": lambda got: len(got) == 36,
    "assistants.update": lambda got: got == {"name": "Changed", "temperature": 0.3, "version_count": 2},
    "assistants.get_tools": lambda got: (
        {kit["toolkit"] for kit in got} >= TOOLKITS
        and {tool["name"] for kit in got for tool in kit["tools"]} >= TOOLS
        and all(kit["tools"] for kit in got)
    ),
    "assistants.get_context": lambda got: got == [],
    "assistants.get_builtin_subagents": lambda got: [row["id"] for row in got] == ["GENERAL_PURPOSE_SUBAGENT"],
    "assistants.delete": lambda got: got == {"answer": {"message": "Specified assistant removed"}, "left": 0},
    "assistants.get_prebuilt": lambda got: got > 0,
    "assistants.get_prebuilt_by_slug": lambda got: got["name"] == "Code Reviewer",
    "assistants.list_versions": lambda got: [row["version_number"] for row in got] == [2, 1],
    "assistants.get_version": lambda got: got["system_prompt"] == "Be brief.",
    "assistants.compare_versions": lambda got: "system_prompt" in got["differences"],
    "assistants.rollback_to_version": lambda got: got == {"message": "Rolled back to version 1. Created new version 3"},
    "assistants.chat": lambda got: "ahoy" in got["generated"],
    "assistants.chat_with_version": lambda got: "ahoy" in got["generated"],
    "assistants.chat_by_slug": lambda got: "ahoy" in got["generated"],
    "assistants.ask_virtual": lambda got: "ahoy" in got["generated"],
    "assistants.upload_file_to_chat": lambda got: bool(got["file_url"]),
    "assistants.export": lambda got: got == {"zip": "PK", "type": "application/zip"},
    "assistants.evaluate": lambda got: got["status"] == 503,
    "assistants.publish": lambda got: got["message"].endswith("published to marketplace successfully"),
    "assistants.unpublish": lambda got: got["message"].endswith("unpublished from marketplace successfully"),
    "assistants.marketplace_validate": lambda got: got["requires_confirmation"] is False,
    "assistants.react": lambda got: (got["reaction"], got["like_count"]) == ("like", 1),
    "assistants.remove_reactions": lambda got: got["reaction"] is None,
    # The Teams bot is off unless an administrator switches it on.
    "assistants.list_project_mapping": lambda got: got["status"] == 403,
    "assistants.enable_for_project": lambda got: got["status"] == 403,
    "assistants.disable_for_project": lambda got: got["status"] == 403,
    "assistants.get_user_mapping": lambda got: got["tools_config"] == [],
    "assistants.save_user_mapping": lambda got: (
        [slot["name"] for slot in got["got"]["tools_config"]] == ["Jira"]
        and got["got"]["has_assistant_scope_selection"]
    ),
    "assistants.delete_user_mapping": lambda got: got == [],
}
SKILLS: dict[str, Callable[[Any], bool]] = {
    "skills.list": lambda got: got == {"names": [True], "per_page": 12, "total": 1},
    "skills.get": lambda got: got["content"].startswith("# Steps"),
    "skills.create": lambda got: got["enabled_builtin_subagents"] == ["GENERAL_PURPOSE_SUBAGENT"],
    "skills.update": lambda got: got["description"] == "Another description",
    "skills.delete": lambda got: got == {"answer": {}, "left": 0},
    "skills.list_companion_files": lambda got: (
        [(row["path"], row["size_bytes"]) for row in got] == [("references/guide.md", 5)]
    ),
    "skills.get_companion_file": lambda got: got["content"] == "Guide",
    "skills.import_skill": lambda got: got["name"].startswith("imported-"),
    "skills.export": lambda got: got.startswith("---\nname: skill-"),
    "skills.attach_to_assistant": lambda got: got == {"message": "Skill attached successfully"},
    "skills.detach_from_assistant": lambda got: got == {"message": "Skill detached successfully"},
    "skills.get_assistant_skills": lambda got: got == [True],
    "skills.bulk_attach_to_assistants": lambda got: (got["success_count"], got["failures"]) == (2, []),
    "skills.get_skill_assistants": lambda got: got == [True],
    "skills.publish": lambda got: got["visibility"] == "public",
    "skills.unpublish": lambda got: got["visibility"] == "project",
    "skills.list_categories": lambda got: len(got) == 26,
    "skills.get_users": lambda got: all(person["id"] for person in got) and bool(got),
    "skills.react": lambda got: got["like_count"] == 1,
    "skills.remove_reactions": lambda got: got["like_count"] == 0,
    "skills.record_event": lambda got: got["success"] is True,
    "skills.get_events": lambda got: set(got) == {"add"},
    "skills.get_events_stats": lambda got: got == [True],
    "skills.get_skill_stats": lambda got: got["installs"] > 0 and got["removals"] == 0,
    "skills.get_config": lambda got: got["max_content_length"] == 30_000,
    "skills.generate_instructions": lambda got: len(got["instructions"]) >= 100,
    "categories.get_categories": lambda got: got >= 18,
    "categories.list_categories": lambda got: len(got["items"]) == 3 and got["metadata"]["total_pages"] >= 6,
    "categories.get_category": lambda got: got["name"] == "DevOps",
    "categories.create_category": lambda got: got["id"].startswith("sdk-"),
    "categories.update_category": lambda got: got["name"].endswith(" II"),
    "categories.delete_category": lambda got: got == {"answer": {}, "left": []},
}


async def administrator(platform: Platform) -> str:
    """A user of their own, who may look after categories."""
    email = f"methods-{uuid.uuid4().hex[:8]}@codemie.test"
    async with platform.resources.database.session() as session:
        await create_account(session, email=email, password=ADMIN_PASSWORD, is_admin=True)
    return email


MODELS: dict[str, Callable[[Any], bool]] = {
    "llms.list": lambda got: (
        [row["base_name"] for row in got if row["default"]] == ["mock-chat"]
        and {row["base_name"] for row in got} >= {"mock-chat", "mock-chat-premium"}
    ),
    "llms.list_embeddings": lambda got: len([row for row in got if row["default"]]) == 1,
    "a2a.get_agent_card": lambda got: (
        got["description"] == "Made by the SDK" and len(got["skills"]) == 1 and "/v1/a2a/assistants/" in got["url"]
    ),
}


@pytest.fixture(scope="module")
async def seen(platform: Platform, sdk_python: Path) -> dict[str, Any]:
    """What each call gave."""
    found: dict[str, Any] = {"methods": []}
    for script in ("methods_assistants.py", "methods_skills.py", "methods_models.py"):
        told = await run_script(sdk_python, HERE / script, platform.url, await administrator(platform), ADMIN_PASSWORD)
        found = {**found, **told, "methods": [*found["methods"], *told["methods"]]}
    return found


@pytest.mark.parametrize("method", [*ASSISTANTS, *SKILLS, *MODELS])
async def test_the_method_works(seen: dict[str, Any], method: str) -> None:
    assert (ASSISTANTS | SKILLS | MODELS)[method](seen[method]), seen[method]


async def test_no_public_method_is_forgotten(seen: dict[str, Any]) -> None:
    assert sorted(seen["methods"]) == sorted({*ASSISTANTS, *SKILLS, *MODELS} | ELSEWHERE)
