"""One call per public method of the SDK's assistant service, run by the SDK's own Python.

Usage: methods_assistants.py URL EMAIL PASSWORD
"""

import tempfile
from pathlib import Path
from typing import Any

from codemie_sdk.models.assistant import (
    AssistantChatRequest,
    AssistantEvaluationRequest,
    AssistantUpdateRequest,
    ExportAssistantPayload,
    ReactionRequest,
    VirtualAssistantChatRequest,
)
from codemie_sdk.services.assistant import AssistantService
from methods import Bench, run


def changed(bench: Bench, **fields: Any) -> str:
    """An assistant with two versions."""
    made = bench.assistant(temperature=0.3, **fields)
    request = AssistantUpdateRequest(
        name="Changed", description="New", system_prompt="Second.", project=bench.project, llm_model_type="mock-chat"
    )
    bench.client.assistants.update(made, request)
    return made


def update(bench: Bench) -> Any:
    got = bench.client.assistants.get(changed(bench))
    return {"name": got.name, "temperature": got.temperature, "version_count": got.version_count}


def delete(bench: Bench) -> Any:
    made = bench.assistant(name=f"Doomed {bench.mark}")
    answer = bench.client.assistants.delete(made)
    left = bench.client.assistants.list(filters={"search": f"Doomed {bench.mark}"})
    return {"answer": answer, "left": len(left)}


def listed(bench: Bench) -> Any:
    for name in ("b", "a"):
        bench.assistant(name=f"Listed {bench.mark} {name}")
    rows = bench.client.assistants.list(filters={"search": f"Listed {bench.mark}"}, sort_by="name", sort_order="asc")
    full = bench.client.assistants.list(minimal_response=False, filters={"search": f"Listed {bench.mark}"})
    return {"names": [row.name[-1] for row in rows], "full": [row.system_prompt for row in full]}


def upload(bench: Bench) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "note.txt"
        path.write_text("hello")
        return bench.client.assistants.upload_file_to_chat(path)


def exported(bench: Bench) -> Any:
    answer = bench.client.assistants.export(bench.assistant(), ExportAssistantPayload())
    return {"zip": answer.content[:2].decode(), "type": answer.headers["Content-Type"]}


def published(bench: Bench) -> str:
    made = bench.assistant()
    bench.client.assistants.publish(made, categories=["devops"], ignore_recommendations=True)
    return made


def mapped(bench: Bench) -> Any:
    made = bench.assistant()
    slots = [{"name": "Jira", "auto_lookup": True}]
    saved = bench.client.assistants.save_user_mapping(made, slots, workflow_id="w", apply_to_assistant_scope=True)
    return {"saved": saved, "got": bench.client.assistants.get_user_mapping(made, workflow_id="w")}


def unmapped(bench: Bench) -> Any:
    made = bench.assistant()
    bench.client.assistants.save_user_mapping(made, [{"name": "Jira", "auto_lookup": True}])
    bench.client.assistants.delete_user_mapping(made)
    return bench.client.assistants.get_user_mapping(made)["tools_config"]


def by_slug(bench: Bench) -> str:
    return bench.client.assistants.get(bench.assistant()).slug


SAY = 'Say "ahoy"'
CALLS = {
    "assistants.list": listed,
    "assistants.get": lambda bench: bench.client.assistants.get(bench.assistant(name="Got")),
    "assistants.get_by_slug": lambda bench: bench.client.assistants.get_by_slug(by_slug(bench)),
    "assistants.create": lambda bench: bench.assistant(),
    "assistants.update": update,
    "assistants.get_tools": lambda bench: bench.client.assistants.get_tools(),
    "assistants.get_context": lambda bench: bench.client.assistants.get_context(bench.project),
    "assistants.get_builtin_subagents": lambda bench: bench.client.assistants.get_builtin_subagents(),
    "assistants.delete": delete,
    "assistants.get_prebuilt": lambda bench: len(bench.client.assistants.get_prebuilt()),
    "assistants.get_prebuilt_by_slug": lambda bench: bench.client.assistants.get_prebuilt_by_slug("code-reviewer"),
    "assistants.list_versions": lambda bench: bench.client.assistants.list_versions(changed(bench), per_page=5),
    "assistants.get_version": lambda bench: bench.client.assistants.get_version(changed(bench), 1),
    "assistants.compare_versions": lambda bench: bench.client.assistants.compare_versions(changed(bench), 1, 2),
    "assistants.rollback_to_version": lambda bench: bench.client.assistants.rollback_to_version(
        changed(bench), 1, change_notes="Back"
    ),
    "assistants.chat": lambda bench: bench.client.assistants.chat(bench.assistant(), AssistantChatRequest(text=SAY)),
    "assistants.chat_with_version": lambda bench: bench.client.assistants.chat_with_version(
        changed(bench), 1, AssistantChatRequest(text=SAY)
    ),
    "assistants.chat_by_slug": lambda bench: bench.client.assistants.chat_by_slug(
        by_slug(bench), AssistantChatRequest(text=SAY)
    ),
    "assistants.ask_virtual": lambda bench: bench.client.assistants.ask_virtual(
        VirtualAssistantChatRequest(text=SAY, system_prompt="Be brief.", llm_model_type="mock-chat")
    ),
    "assistants.upload_file_to_chat": upload,
    "assistants.export": exported,
    "assistants.evaluate": lambda bench: bench.client.assistants.evaluate(
        bench.assistant(), AssistantEvaluationRequest(dataset_id="d", experiment_name="e")
    ),
    "assistants.publish": lambda bench: bench.client.assistants.publish(bench.assistant(), categories=["devops"]),
    "assistants.unpublish": lambda bench: bench.client.assistants.unpublish(published(bench)),
    "assistants.marketplace_validate": lambda bench: bench.client.assistants.marketplace_validate(bench.assistant()),
    "assistants.react": lambda bench: bench.client.assistants.react(
        bench.assistant(), ReactionRequest(reaction="like")
    ),
    "assistants.remove_reactions": lambda bench: bench.client.assistants.remove_reactions(bench.assistant()),
    "assistants.list_project_mapping": lambda bench: bench.client.assistants.list_project_mapping(bench.project),
    "assistants.enable_for_project": lambda bench: bench.client.assistants.enable_for_project(
        bench.assistant(), bench.project
    ),
    "assistants.disable_for_project": lambda bench: bench.client.assistants.disable_for_project(
        bench.assistant(), bench.project
    ),
    "assistants.get_user_mapping": lambda bench: bench.client.assistants.get_user_mapping(bench.assistant()),
    "assistants.save_user_mapping": mapped,
    "assistants.delete_user_mapping": unmapped,
}

if __name__ == "__main__":
    run(CALLS, assistants=AssistantService)
