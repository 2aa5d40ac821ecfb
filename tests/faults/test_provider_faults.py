"""Faults of a provider that only a real connection shows: silence, waiting asked for, broken and endless streams."""

import time
from collections.abc import AsyncIterator

import httpx2
import pytest

from codemie.kernel.database import Database
from tests.conversations.chatting import ask, make_assistant, new_conversation
from tests.conversations.rows import ledger, messages
from tests.conversations.scripted import scripted_model
from tests.fakes.openai_server import USAGE, Answer
from tests.faults.test_model_faults import Mode, failed
from tests.faults.test_tool_faults import MODES, finished
from tests.support import Platform, free_port, serving

INPUT = USAGE["prompt_tokens"]
HELPERS = pytest.mark.parametrize("helpers", [[], ["GENERAL_PURPOSE_SUBAGENT"]], ids=["plain", "agent loop"])
BUSY = Answer(status=429, headers={"Retry-After": "0"})
FAULTS: dict[str, tuple[Answer, str]] = {
    "silence": (Answer(silent_seconds=20), "agent_timeout"),
    "asks for more patience than anybody has": (
        Answer(status=429, headers={"Retry-After": "3600"}),
        "llm_rate_limited",
    ),
    "a budget that is used up": (
        Answer(status=429, error={"code": "insufficient_quota", "message": "No credit"}),
        "agent_budget_exceeded",
    ),
    "an answer cut by the limit of tokens": (Answer(finish_reason="length"), "agent_token_limit"),
}


@HELPERS
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_told_kept_and_charged_once(
    client: httpx2.AsyncClient,
    platform: Platform,
    database: Database,
    fault: Answer,
    code: str,
    mode: Mode,
    helpers: list[str],
) -> None:
    conversation = new_conversation()
    async with scripted_model(platform, endpoint={"timeout_seconds": 0.5}) as model:
        assistant = await make_assistant(client, llm_model_type=model.name, enabled_builtin_subagents=helpers)
        model.will(fault)
        begun = time.monotonic()
        told = await failed(client, assistant, "Go", conversation, mode)
        assert time.monotonic() - begun < 15
        assert told in (None, code)
        _, reply = await messages(database, conversation)
        assert (reply.status, reply.error_code) == ("failed", code)
        assert reply.message
        assert [row.error_code for row in await ledger(database, conversation)] == [code]
        assert (await ask(client, assistant, "Again", conversation_id=conversation))["generated"] == "Hello!"


@HELPERS
@pytest.mark.parametrize("mode", MODES)
async def test_a_busy_provider_is_asked_again_as_it_wishes_and_charged_once(
    client: httpx2.AsyncClient, platform: Platform, database: Database, mode: Mode, helpers: list[str]
) -> None:
    conversation = new_conversation()
    async with scripted_model(platform, endpoint={"max_retries": 2}) as model:
        assistant = await make_assistant(client, llm_model_type=model.name, enabled_builtin_subagents=helpers)
        model.will(BUSY, BUSY, Answer(tokens=("Well",)))
        assert await finished(client, assistant, conversation, mode) == "Well"
        assert len(model.requests) == 3
    (row,) = await ledger(database, conversation)
    assert (row.input_tokens, row.error_code) == (INPUT, None)


BROKEN: dict[str, tuple[Answer, str]] = {
    "breaks off": (Answer(tokens=["word "] * 50, break_after=20), "word word"),
    "nonsense": (Answer(raw_events=["not json"]), "The model provider is not available"),
    "no choices": (Answer(raw_events=['{"choices":"abc"}']), ""),
}


@HELPERS
@pytest.mark.parametrize(("fault", "kept"), BROKEN.values(), ids=BROKEN)
async def test_what_came_of_a_broken_stream_is_kept(
    client: httpx2.AsyncClient, platform: Platform, database: Database, fault: Answer, kept: str, helpers: list[str]
) -> None:
    conversation = new_conversation()
    async with scripted_model(platform) as model:
        assistant = await make_assistant(client, llm_model_type=model.name, enabled_builtin_subagents=helpers)
        model.will(fault)
        assert await failed(client, assistant, "Go", conversation, "stream")
        _, reply = await messages(database, conversation)
        assert reply.status == "failed"
        assert reply.message.startswith(kept)
        assert "Please try again" in reply.message
        assert len(await ledger(database, conversation)) == 1
        assert (await ask(client, assistant, "Again", conversation_id=conversation))["generated"] == "Hello!"


@pytest.fixture(scope="module")
async def hasty(platform: Platform, admin_token: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The administrator at a platform whose runs may last a second."""
    environment = {
        **platform.environment,
        "CODEMIE_PORT": str(free_port()),
        "CODEMIE_AGENTS_RUN_TIMEOUT_SECONDS": "1",
    }
    async with serving(environment) as running, running.client(admin_token) as person:
        yield person


@HELPERS
@pytest.mark.parametrize("mode", MODES)
async def test_an_endless_answer_ends(
    hasty: httpx2.AsyncClient, database: Database, mode: Mode, helpers: list[str]
) -> None:
    conversation = new_conversation()
    assistant = await make_assistant(hasty, enabled_builtin_subagents=helpers)
    told = await failed(hasty, assistant, "[mock:endless]", conversation, mode)
    # Whole answers end at the model's own limit.
    codes = {"agent_timeout", "agent_token_limit"}
    assert told is None or told in codes
    _, reply = await messages(database, conversation)
    assert reply.status == "failed"
    assert reply.error_code in codes
    assert [row.error_code for row in await ledger(database, conversation)] == [reply.error_code]
