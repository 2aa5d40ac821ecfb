"""One call per public method of the SDK's task and diagram services, and of what stands on a paused reply.

Usage: methods_rest.py URL EMAIL PASSWORD
"""

import time
from typing import Any

from codemie_sdk.models.assistant import AssistantChatRequest, ToolCallResumeRequest
from codemie_sdk.models.skill import SkillCreateRequest, SkillVisibility
from codemie_sdk.services.conversation import ConversationService
from codemie_sdk.services.files import FileOperationService
from codemie_sdk.services.mermaid import MermaidService
from codemie_sdk.services.task import TaskService
from codemie_sdk.services.workspace import WorkspaceService
from methods import Bench, run


def task(bench: Bench) -> Any:
    request = AssistantChatRequest(text='Say "ahoy"', stream=False, background_task=True)
    started = bench.client.assistants.chat(bench.assistant(), request)
    deadline = time.monotonic() + 60
    while (got := bench.client.tasks.get(started.task_id)).status == "STARTED" and time.monotonic() < deadline:
        time.sleep(0.1)
    return {"status": got.status, "output": got.final_output, "name": got.user.name}


def resumed(bench: Bench) -> Any:
    skill = bench.client.skills.create(
        SkillCreateRequest(
            name=f"skill-{bench.mark}", description="Tells who is harbour master", project=bench.project,
            content="The harbour master is called Ada Lindqvist. " * 5, visibility=SkillVisibility.PRIVATE,
        )
    )  # fmt: skip
    assistant = bench.assistant(tool_permissions={"tool_call_policy": "ask_for_approval"})
    bench.client.skills.attach_to_assistant(assistant, skill.id)
    conversation = f"resumed-{bench.mark}"
    request = AssistantChatRequest(
        text="Call the tool skill. Who is harbour master?", conversation_id=conversation, stream=False
    )
    paused = bench.client.assistants.chat(assistant, request)
    allowed = ToolCallResumeRequest(conversation_id=conversation, action="allow", stream=False)
    answer = bench.client.assistants.resume_tool_call(assistant, allowed)
    answer = answer if isinstance(answer, dict) else answer.json()
    return {"waited": [thought["interrupted"] for thought in paused.thoughts], "generated": answer["generated"]}


CALLS = {
    "tasks.get": task,
    "assistants.resume_tool_call": resumed,
    "mermaid.generate_diagram": lambda bench: bench.client.mermaid.generate_diagram("graph TD; A-->B"),
}

if __name__ == "__main__":
    run(
        CALLS,
        tasks=TaskService,
        mermaid=MermaidService,
        conversations=ConversationService,
        files=FileOperationService,
        workspaces=WorkspaceService,
    )
