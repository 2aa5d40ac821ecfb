"""What a model provider does wrong becomes a clear error in the reply, in every mode; the conversation stays intact."""

from typing import Any, Literal

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.rows import ledger, messages
from tests.support import until

Mode = Literal["whole", "stream", "background"]
FAULTS = {
    "[mock:429]": "llm_rate_limited",
    "[mock:500]": "llm_unavailable",
    "[mock:503]": "llm_unavailable",
    "[mock:401]": "agent_configuration_error",
    "[mock:context]": "llm_context_length",
    "[mock:policy]": "llm_content_policy",
    "[mock:truncated]": "llm_unavailable",
}


async def failed(client: httpx2.AsyncClient, assistant: str, text: str, conversation: str, mode: Mode) -> str | None:
    """Ask, and give the code of the error the client is told."""
    if mode == "stream":
        last = (await stream(client, assistant, text, conversation_id=conversation))[-1]
        return str(last["execution_error"])
    answer = await ask(client, assistant, text, conversation_id=conversation, background_task=mode == "background")
    if mode == "whole":
        return str(answer["agentError"]["error_code"])

    async def ended() -> Any:
        task = (await client.get(f"/v1/tasks/{answer['taskId']}")).json()
        return task if task["status"] != "STARTED" else None

    task = await until(ended, what="the end of the task")
    assert task["status"] == "FAILED"
    assert task["final_output"]
    return None


@pytest.mark.parametrize("with_agents", [False, True], ids=["plain", "agent loop"])
@pytest.mark.parametrize("mode", ["whole", "stream", "background"])
@pytest.mark.parametrize(("text", "code"), FAULTS.items())
async def test_a_fault_is_told_kept_and_charged_once(
    client: httpx2.AsyncClient, database: Database, text: str, code: str, mode: Mode, *, with_agents: bool
) -> None:
    helpers = ["GENERAL_PURPOSE_SUBAGENT"] if with_agents else []
    assistant = await make_assistant(client, enabled_builtin_subagents=helpers)
    conversation = new_conversation()
    told = await failed(client, assistant, text, conversation, mode)
    _, reply = await messages(database, conversation)
    assert (reply.status, reply.error_code) == ("failed", code)
    assert reply.message
    assert told in (None, code)
    assert [row.error_code for row in await ledger(database, conversation)] == [code]
    again = await ask(client, assistant, 'Say "whole"', conversation_id=conversation)
    assert again["generated"] == "whole"
