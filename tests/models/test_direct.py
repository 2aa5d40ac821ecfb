"""The short way to a model, and what each fault of an endpoint becomes."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from codemie.models import direct, errors
from codemie.models.catalogue import Catalogue
from codemie.models.checks import verify
from codemie.models.direct import Delta
from codemie.models.entries import ModelEntry
from codemie.models.usage import Usage
from tests.fakes.openai_server import Answer, FakeEndpoint
from tests.models.conftest import MakeEntry
from tests.support import until

HELLO = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}]
GOOD = (["Hel", "lo", "!"], Usage(11, 3, 4))


async def heard(row: ModelEntry, **asked: Any) -> tuple[list[str], Usage | None]:
    texts, usage = list[str](), None
    async for piece in direct.stream_completion(row, HELLO, **asked):
        if isinstance(piece, Delta):
            texts.append(piece.text)
        else:
            usage = piece
    return texts, usage


async def collect(into: list[Delta | Usage], row: ModelEntry, text: str = "Hello") -> None:
    async for piece in direct.stream_completion(row, [{"role": "user", "content": text}]):
        into.append(piece)  # noqa: PERF401 - what came before an error counts


async def test_tokens_come_one_by_one_then_the_usage(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    assert await heard(entry(), temperature=0.5, top_p=0.9, max_tokens=50) == GOOD

    sent = endpoint.received[0]
    assert (sent.path, sent.headers["Authorization"]) == ("/v1/chat/completions", "Bearer k")
    assert sent.body == {
        "model": "vendor-m",
        "messages": HELLO,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 50,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_a_whole_answer_comes_at_once(entry: MakeEntry) -> None:
    assert await direct.complete(entry(), HELLO) == ("Hello!", Usage(11, 3, 4))


async def test_what_a_model_does_not_take_is_not_sent(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    off = {"temperature": False, "top_p": False, "max_tokens": False, "system_prompt": False, "streaming": False}

    assert await heard(entry(features=off, max_output_tokens=9), temperature=0.5, top_p=0.9) == (
        ["Hello!"],
        Usage(11, 3, 4),
    )

    assert endpoint.received[0].body == {
        "model": "vendor-m",
        "messages": [{"role": "user", "content": "Be kind."}, {"role": "user", "content": "Hello"}],
    }


async def test_azure_has_its_own_address_key_and_version(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    where = {"base_url": endpoint.url.removesuffix("/v1"), "api_version": "2024-10-21"}
    row = entry(
        where, provider="azure_openai", max_output_tokens=7, configuration={"client_headers": {"X-Team": ["a", "b"]}}
    )

    assert await heard(row) == GOOD

    sent = endpoint.received[0]
    assert (sent.path, sent.query) == ("/openai/deployments/vendor-m/chat/completions", "api-version=2024-10-21")
    assert (sent.headers["api-key"], sent.headers["X-Team"]) == ("k", "a, b")
    assert "model" not in sent.body
    assert sent.body["max_completion_tokens"] == 7


async def test_a_busy_or_failing_endpoint_is_asked_again(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(status=429, headers={"Retry-After": "0"}), Answer(status=503, headers={"Retry-After": "0"}))

    assert await heard(entry()) == GOOD
    assert len(endpoint.received) == 3


async def test_retry_after_is_heeded(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(status=429, headers={"retry-after-ms": "300"}))
    started = time.monotonic()

    await heard(entry())

    assert time.monotonic() - started >= 0.3


async def test_too_long_a_wait_is_told_instead_of_taken(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(status=429, headers={"Retry-After": "120"}))

    with pytest.raises(errors.ModelRateLimitError) as caught:
        await heard(entry())

    assert (caught.value.retry_after_seconds, len(endpoint.received)) == (120, 1)


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        (401, {"message": "bad key"}, errors.ModelAuthenticationError, "llm_authentication"),
        (403, "forbidden", errors.ModelAuthenticationError, "llm_authentication"),
        (404, {"message": "no such model"}, errors.ModelNotFoundError, "llm_invalid_request"),
        (400, {"message": "wrong", "code": "x"}, errors.ModelRequestRejectedError, "llm_invalid_request"),
        (
            400,
            {"message": "too long", "code": "context_length_exceeded"},
            errors.ModelContextWindowExceededError,
            "llm_context_length",
        ),
        (
            400,
            {"message": "triggering Azure's content management policy"},
            errors.ContentFilterError,
            "llm_content_policy",
        ),
        (429, {"message": "pay", "code": "insufficient_quota"}, errors.ModelQuotaExceededError, "llm_budget_exceeded"),
    ],
)
async def test_a_refusal_is_told_by_its_code_and_not_repeated(
    endpoint: FakeEndpoint, entry: MakeEntry, status: int, error: Any, kind: type[errors.ModelError], code: str
) -> None:
    endpoint.will(Answer(status=status, error=error))

    with pytest.raises(kind) as caught:
        await heard(entry())

    assert (caught.value.code, caught.value.status_code, len(endpoint.received)) == (code, status, 1)
    assert caught.value.message in str(error)


async def test_failures_end_after_the_allowed_repeats(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(*[Answer(status=500, headers={"Retry-After": "0"})] * 5)

    with pytest.raises(errors.ModelUnavailableError):
        await heard(entry())

    assert len(endpoint.received) == 3


async def test_silence_is_a_timeout(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(silent_seconds=30))

    with pytest.raises(errors.ModelTimeoutError, match=r"within 0\.2 seconds"):
        await heard(entry({"timeout_seconds": 0.2}))


async def test_nobody_there_is_a_connection_error(entry: MakeEntry) -> None:
    with pytest.raises(errors.ModelConnectionError, match="cannot be reached"):
        await heard(entry({"base_url": "http://127.0.0.1:9/v1", "max_retries": 0}))


@pytest.mark.parametrize(
    "broken", [Answer(break_after=3), Answer(raw_events=['{"choices":[{"delta":{"content":"a"}}]}'])]
)
async def test_a_stream_that_breaks_off_is_told_after_what_had_come(
    endpoint: FakeEndpoint, entry: MakeEntry, broken: Answer
) -> None:
    endpoint.will(broken)
    pieces = list[Delta | Usage]()

    with pytest.raises(errors.ModelUnavailableError):
        await collect(pieces, entry())

    assert pieces
    assert len(endpoint.received) == 1, "what a person has begun to read is not asked for again"


@pytest.mark.parametrize(
    ("reason", "kind"), [("length", errors.OutputTokenLimitExceeded), ("content_filter", errors.ContentFilterError)]
)
async def test_a_cut_answer_is_charged_then_told(
    endpoint: FakeEndpoint, entry: MakeEntry, reason: str, kind: type[errors.ModelError]
) -> None:
    endpoint.will(Answer(finish_reason=reason))
    pieces = list[Delta | Usage]()

    with pytest.raises(kind):
        await collect(pieces, entry())

    assert pieces[-1] == Usage(11, 3, 4)


async def test_an_endless_answer_is_stopped_and_its_connection_closed(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(endless=True))
    pieces = list[Delta | Usage]()

    with pytest.raises(errors.OutputTokenLimitExceeded):
        await collect(pieces, entry(max_output_tokens=500))

    assert 500 <= len(pieces) < 20_000


async def test_leaving_in_the_middle_closes_the_connection(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(endless=True))
    stream = direct.stream_completion(entry(), HELLO)

    await anext(stream)
    await stream.aclose()

    async def aborted() -> int:
        return endpoint.aborted

    await until(aborted, seconds=5, what="the closed connection")


async def test_a_connection_serves_again_after_a_stream(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    from codemie.models.transport import transport

    for _ in range(3):
        await heard(entry())

    connections = transport().session.connector._conns.values()  # type: ignore[union-attr]
    assert sum(len(kept) for kept in connections) == 1


@pytest.mark.parametrize(
    "events",
    [
        ["not json"],
        ["[1]"],
        ['{"choices":[1]}'],
        ['{"choices":[{"delta":"x"}]}'],
        ['{"error":{"message":"boom","code":500}}'],
        ['{"choices":"abc"}'],
    ],
)
async def test_nonsense_in_a_stream_is_a_model_error(
    endpoint: FakeEndpoint, entry: MakeEntry, events: list[str]
) -> None:
    endpoint.will(Answer(raw_events=events))

    with pytest.raises(errors.ModelError):
        await heard(entry())


async def test_usage_is_estimated_when_the_endpoint_reports_none(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(usage=None))

    _, usage = await heard(entry({"stream_usage": False}))

    assert usage is not None
    assert usage.output_tokens == 2
    assert usage.input_tokens > 5
    assert "stream_options" not in endpoint.received[0].body


async def test_switching_from_mock_to_a_real_endpoint_is_a_file_edit(endpoint: FakeEndpoint, tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    row = "llm_models:\n  - {base_name: chat, provider: mock, default_for_categories: [global]}\n"
    embedder = "embeddings_models:\n  - {base_name: e, provider: mock, default_for_categories: [global]}\n"
    path.write_text(row + embedder)
    catalogue = Catalogue(path)
    mock = "".join((await heard(catalogue.get("chat")))[0])

    where = json.dumps({"openai": {"base_url": endpoint.url}})
    path.write_text(row.replace("mock", "openai") + embedder + f"endpoints: {where}\n")
    real = "".join((await heard(catalogue.get("chat")))[0])

    assert "mock model" in mock
    assert real == "Hello!"


async def test_the_mock_streams_like_an_endpoint_and_fails_like_one() -> None:
    row = ModelEntry(base_name="mock-chat", provider="mock")
    texts, usage = await heard(row)
    assert len(texts) > 20
    assert usage is not None
    assert usage.output_tokens == len(texts)

    for marker, kind in {
        "[mock:401]": errors.ModelAuthenticationError,
        "[mock:context]": errors.ModelContextWindowExceededError,
        "[mock:policy]": errors.ContentFilterError,
        "[mock:truncated]": errors.ModelUnavailableError,
    }.items():
        with pytest.raises(kind):
            await collect([], row, marker)


async def test_a_check_tells_reachable_key_and_speed(endpoint: FakeEndpoint, entry: MakeEntry) -> None:
    endpoint.will(Answer(), Answer(status=401))

    good, refused = await verify(entry()), await verify(entry())
    away = await verify(entry({"base_url": "http://127.0.0.1:9/v1", "max_retries": 0}))

    assert (good.ok, good.reachable, good.authenticated) == (True, True, True)
    assert good.latency_ms is not None
    assert (refused.ok, refused.reachable, refused.authenticated, refused.error_code) == (
        False,
        True,
        False,
        "llm_authentication",
    )
    assert (away.ok, away.reachable, away.error_code) == (False, False, "llm_unavailable")


async def test_streams_of_a_busy_process_take_tokens_together_and_lose_none(
    endpoint: FakeEndpoint, entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [f"word{number} " for number in range(40)]
    endpoint.will(Answer(tokens=words, token_seconds=0.01), Answer(tokens=words))
    monkeypatch.setattr(direct.pace, "_open", 1000)
    pieces = list[Delta | Usage]()
    await collect(pieces, entry())
    texts = [piece for piece in pieces if isinstance(piece, Delta)]
    assert "".join(piece.text for piece in texts) == "".join(words)
    assert sum(piece.more for piece in texts) > 20, "most came together with another"
    # The connection is left as it was found.
    assert "".join((await heard(entry()))[0]) == "".join(words)
    assert direct.pace._open == 1000
