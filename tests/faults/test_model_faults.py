"""What a model provider does wrong becomes a clear error in the reply, in every mode; the conversation stays intact."""

from typing import Any, Literal

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation, stream
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import scripted_model
from tests.faults.test_tool_faults import MODES, finished
from tests.support import Platform, until

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


@pytest.mark.parametrize("with_agents", [False, True], ids=["plain", "agent loop"])
@pytest.mark.parametrize("mode", MODES)
async def test_the_mock_is_waited_for_as_long_as_its_row_allows(
    client: httpx2.AsyncClient, platform: Platform, database: Database, mode: Mode, *, with_agents: bool
) -> None:
    helpers = ["GENERAL_PURPOSE_SUBAGENT"] if with_agents else []
    conversation = new_conversation()
    async with scripted_model(platform, provider="mock", endpoint={"timeout_seconds": 0.2}) as model:
        assistant = await make_assistant(client, llm_model_type=model.name, enabled_builtin_subagents=helpers)
        told = await failed(client, assistant, "[mock:silent]", conversation, mode)
        assert told in (None, "agent_timeout")
        _, reply = await messages(database, conversation)
        assert (reply.status, reply.error_code) == ("failed", "agent_timeout")
        assert [row.error_code for row in await ledger(database, conversation)] == ["agent_timeout"]
        assert (await ask(client, assistant, 'Say "well"', conversation_id=conversation))["generated"] == "well"


@pytest.mark.parametrize("mode", MODES)
async def test_a_call_that_is_not_json_is_repaired_and_charged_with_the_rest(
    client: httpx2.AsyncClient, database: Database, mode: Mode
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(client, enabled_builtin_subagents=["GENERAL_PURPOSE_SUBAGENT"])
    assert await finished(client, assistant, conversation, mode, text="[mock:malformed]")
    _, reply = await messages(database, conversation)
    assert (reply.status, reply.error_code) == ("complete", None)
    assert [thought["error"] for thought in reply.thoughts] == [True]
    assert [row.error_code for row in await ledger(database, conversation)] == [None]
