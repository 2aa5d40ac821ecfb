"""A model whose provider fails is stood in for by the one its catalogue row names, in every mode."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import make_assistant, new_conversation, stream, text_of
from tests.conversations.rows import ledger, messages
from tests.faults.test_model_faults import Mode, failed
from tests.support import Platform, free_port, serving, until

ROW = (
    "label: {name}, provider: mock, enabled: true, cost: {{input: 0.001, output: 0.001}}, endpoint: {{max_retries: 1}}"
)
CATALOGUE = f"""
llm_models:
  - {{base_name: first, fallback: second, default_for_categories: [global], {ROW.format(name="First")}}}
  - {{base_name: second, fallback: third, {ROW.format(name="Second")}}}
  - {{base_name: third, {ROW.format(name="Third")}}}
embeddings_models:
  - {{base_name: embedded-static, deployment_name: static, provider: embedded, default_for_categories: [global],
     cost: {{input: 0, output: 0}}}}
"""
RULES = """
rules:
  - {name: away, when: {model: first, contains: "[away]"}, then: {error: {status: 503, message: Away.}}}
  - {name: all away, when: {contains: "[all away]"}, then: {error: {status: 503, message: Away.}}}
  - {name: limited, when: {model: first, contains: "[limited]"}, then: {error: {status: 429, message: Slowly.}}}
  - {name: no key, when: {model: first, contains: "[no key]"}, then: {error: {status: 401, message: Who?}}}
  - name: refused
    when: {model: first, contains: "[refused]"}
    then: {error: {status: 400, code: content_policy_violation, message: No.}}
  - name: breaks
    when: {model: first, contains: "[breaks]"}
    then: {reply: "one two three four five six", truncate_after_tokens: 3}
  - {name: stands in, when: {model: second}, then: {reply: "The second answers."}}
  - {name: third, when: {model: third}, then: {reply: "The third answers."}}
"""


@pytest.fixture(scope="module")
async def client(
    platform: Platform, admin_token: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx2.AsyncClient]:
    """The administrator at a platform with models of its own."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "models.yaml").write_text(CATALOGUE)
    (folder / "rules.yaml").write_text(RULES)
    environment = {
        **platform.environment,
        "CODEMIE_PORT": str(free_port()),
        "CODEMIE_MODELS_FILE": str(folder / "models.yaml"),
        "CODEMIE_MODELS_MOCK_RULES": str(folder / "rules.yaml"),
    }
    async with serving(environment) as own, own.client(admin_token) as signed_in:
        yield signed_in


async def first_model(client: httpx2.AsyncClient, **fields: Any) -> str:
    return await make_assistant(client, llm_model_type="first", **fields)


@pytest.mark.parametrize("helpers", [[], ["GENERAL_PURPOSE_SUBAGENT"]], ids=["plain", "agent loop"])
@pytest.mark.parametrize("mode", ["whole", "stream", "background"])
async def test_the_fallback_answers_once_and_the_thoughts_say_so(
    client: httpx2.AsyncClient, database: Database, mode: Mode, helpers: list[str]
) -> None:
    assistant, conversation = await first_model(client, enabled_builtin_subagents=helpers), new_conversation()
    url = f"/v1/assistants/{assistant}/model"
    body = {"text": "[away] Hello", "conversation_id": conversation}
    if mode == "stream":
        *before, last = await stream(client, assistant, "[away] Hello", conversation_id=conversation)
        assert last["execution_error"] is None
        assert "Second answers instead." in text_of(before)
        generated = last["generated"]
    else:
        answer = (await client.post(url, json={**body, "background_task": mode == "background"})).json()
        generated = answer["generated"]
        if mode == "background":
            generated = (await _finished(client, answer["taskId"]))["final_output"]
    assert generated == "The second answers."
    _, reply = await messages(database, conversation)
    assert (reply.message, reply.status, reply.llm_model) == ("The second answers.", "complete", "second")
    assert "First does not answer (llm_unavailable). Second answers instead." in [t["message"] for t in reply.thoughts]
    charges = [(row.model, row.output_tokens > 0) for row in await ledger(database, conversation)]
    assert charges == [("first", False), ("second", True)]


async def _finished(client: httpx2.AsyncClient, task: str) -> Any:
    async def done() -> Any:
        found = (await client.get(f"/v1/tasks/{task}")).json()
        return found if found["status"] != "STARTED" else None

    return await until(done, what="the end of the task")


@pytest.mark.parametrize(
    ("fault", "status"), [("[limited]", "complete"), ("[no key]", "complete"), ("[refused]", "failed")]
)
async def test_only_failures_of_the_provider_are_stood_in_for(
    client: httpx2.AsyncClient, database: Database, fault: str, status: str
) -> None:
    conversation = new_conversation()
    await stream(client, await first_model(client), fault, conversation_id=conversation)
    assert (await messages(database, conversation))[-1].status == status


async def test_nobody_stands_in_once_a_token_was_shown(client: httpx2.AsyncClient, database: Database) -> None:
    conversation = new_conversation()
    chunks = await stream(client, await first_model(client), "[breaks]", conversation_id=conversation)
    assert chunks[-1]["execution_error"] == "llm_unavailable"
    assert "instead" not in text_of(chunks)
    assert [row.model for row in await ledger(database, conversation)] == ["first"]


@pytest.mark.parametrize("mode", ["whole", "stream", "background"])
async def test_when_the_fallback_fails_too_its_error_is_told(
    client: httpx2.AsyncClient, database: Database, mode: Mode
) -> None:
    conversation = new_conversation()
    told = await failed(client, await first_model(client), "[all away]", conversation, mode)
    assert told in (None, "llm_unavailable")
    _, reply = await messages(database, conversation)
    assert (reply.status, reply.error_code) == ("failed", "llm_unavailable")
    assert any("Second answers instead." in thought["message"] for thought in reply.thoughts)
    assert sum(row.cost for row in await ledger(database, conversation)) == 0
