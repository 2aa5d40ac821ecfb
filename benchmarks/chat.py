"""Chat, from the request to the stored reply, beside the bare model endpoint and the floor of a Python service."""

import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks import harness
from benchmarks.harness import BenchPlatform, Row
from benchmarks.load import Load, Measured, send

ROUNDS = 3
REQUESTS = {1: 300, 16: 1800, 32: 1800}
STREAMS = 450
CROWD, TOKEN_MS, TOKENS = 500, 50, 64
IDLE_MB, LOADED_MB = 250, 400


def measure() -> list[Row]:
    """The chat rows of the quality page."""
    with harness.stub() as model_url, harness.serving(model_url) as platform:
        time.sleep(1)
        idle = platform.memory()
        assistant = make_assistant(platform)
        with harness.process(
            "-m", "benchmarks.floor", platform.environment["CODEMIE_DATABASE_URL"], model_url
        ) as floor:
            assert floor.stdout is not None
            floor_url = floor.stdout.readline().decode().strip()
            harness.wait_until_ready(f"{floor_url}/docs", floor)
            rows = [plain(platform, assistant, model_url, floor_url, concurrency) for concurrency in REQUESTS]
            floor_memory = psutil.Process(floor.pid).memory_info().rss / 2**20
        rows.append(streamed(platform, assistant, model_url))
        rows += crowd(platform, assistant)
        return [*rows, *memory(idle, platform.memory(), floor_memory)]


def make_assistant(platform: BenchPlatform) -> str:
    """An assistant without tools."""
    user = platform.get("/v1/user")
    body = {
        "name": f"Bench {uuid.uuid4().hex[:8]}",
        "description": "measured",
        "system_prompt": "You are a helpful assistant.",
        "project": user["applications"][0],
        "llm_model_type": "stub",
        "shared": False,
        "toolkits": [],
    }
    return str(platform.post("/v1/assistants", body)["assistantId"])


def plain(platform: BenchPlatform, assistant: str, model_url: str, floor_url: str, concurrency: int) -> Row:
    """Whole replies; every request starts a conversation of its own."""
    chat = Load(
        f"{platform.url}/v1/assistants/{assistant}/model",
        {"text": "Tell me something about the number 42."},
        platform.headers,
        vary="conversation_id",
    )
    direct = Load(f"{model_url}/chat/completions", model_call(stream=False))
    bare = Load(f"{floor_url}/chat", {"text": "Hi"}, {"Authorization": f"Bearer {floor_token(floor_url)}"})
    ours, model, floor = interleaved([chat, direct, bare], concurrency, REQUESTS[concurrency])
    added = ours["p50_ms"] - model["p50_ms"]
    target, met = {
        1: ("p50 at most 6 ms above the model's", added <= 6),
        16: ("at least 250 requests/s, aiming at 1,000", ours["requests_per_second"] >= 250),
        32: ("p95 at most 3 x 32 / throughput", ours["p95_ms"] <= 3 * 32_000 / ours["requests_per_second"]),
    }[concurrency]
    return Row(
        f"chat.plain.{concurrency}",
        ratio=ours["requests_per_second"] / floor["requests_per_second"],
        figures={**ours, "added_p50_ms": added},
        baseline={**prefixed("stub", model), **prefixed("floor", floor)},
        target=target,
        met=met,
    )


def streamed(platform: BenchPlatform, assistant: str, model_url: str) -> Row:
    """Replies of 64 tokens as they grow, eight at a time."""
    chat = Load(
        f"{platform.url}/v1/assistants/{assistant}/model",
        {"text": "Tell me something about the number 42.", "stream": True},
        platform.headers,
        vary="conversation_id",
    )
    direct = Load(f"{model_url}/chat/completions", model_call(stream=True))
    ours, model = interleaved([chat, direct], 8, STREAMS)
    alone, model_alone = interleaved([chat, direct], 1, 200)
    late = alone["first_byte_p50_ms"] - model_alone["first_byte_p50_ms"]
    return Row(
        "chat.stream.8",
        ratio=ours["requests_per_second"] / model["requests_per_second"],
        figures={**ours, "first_byte_after_stub_ms": late},
        baseline={**prefixed("stub", model), "stub_first_byte_alone_ms": model_alone["first_byte_p50_ms"]},
        target="at least 80 streams/s, first byte at most 8 ms after the model's",
        met=ours["requests_per_second"] >= 80 and late <= 8,
    )


def crowd(platform: BenchPlatform, assistant: str) -> list[Row]:
    """Many people reading slow replies at the same time: nobody's may lag.

    Once all of them asking in the same instant; once as on a busy day, people coming and going all the time.
    """
    planned = TOKENS * TOKEN_MS
    with harness.stub(token_delay_ms=TOKEN_MS) as slow_url:
        catalogue = Path(platform.environment["CODEMIE_HOME"]) / "models.yaml"
        catalogue.write_text(
            catalogue.read_text().replace("embeddings_models:", harness.SLOW_MODEL.format(url=slow_url))
        )
        chat = Load(
            f"{platform.url}/v1/assistants/{assistant}/model",
            {"text": "Tell me something long.", "stream": True, "llm_model": "slow"},
            platform.headers,
            vary="conversation_id",
        )
        direct = Load(f"{slow_url}/chat/completions", model_call(stream=True))
        return [
            crowded(f"chat.stream.{CROWD}", chat, direct, platform, requests=CROWD, spread=0),
            crowded(f"chat.stream.{CROWD}.steady", chat, direct, platform, requests=3 * CROWD, spread=planned / 1000),
        ]


def crowded(name: str, chat: Load, direct: Load, platform: BenchPlatform, *, requests: int, spread: float) -> Row:
    """One way in which the crowd may come, and what a token of it costs."""
    for load in (chat, direct):
        load.concurrency, load.requests, load.warm_up, load.spread_seconds = CROWD, requests, 10, spread
    model = send(direct)
    before = platform.processor_seconds()
    ours = send(chat)
    spent = platform.processor_seconds() - before
    planned = TOKENS * TOKEN_MS
    return Row(
        name,
        ratio=ours.percentile(0.99) / model.percentile(0.99),
        figures={
            "p50_ms": ours.percentile(0.5),
            "p99_ms": ours.percentile(0.99),
            "first_byte_p99_ms": ours.first(0.99),
            "processor_us_per_token": spent * 1e6 / (requests * TOKENS),
            "planned_ms": planned,
        },
        baseline={"stub_p50_ms": model.percentile(0.5), "stub_p99_ms": model.percentile(0.99)},
        target="no reply more than 10 % late at p99",
        met=ours.percentile(0.99) <= 1.1 * planned,
    )


def memory(idle: float, loaded: float, floor: float) -> list[Row]:
    """Resident megabytes of the API process."""
    return [
        Row("memory.idle", idle / floor, {"floor_mb": floor}, {"mb": idle}, f"at most {IDLE_MB} MB", idle <= IDLE_MB),
        Row(
            "memory.loaded",
            loaded / floor,
            {"floor_mb": floor},
            {"mb": loaded},
            f"at most {LOADED_MB} MB after the load above",
            loaded <= LOADED_MB,
        ),
    ]


def interleaved(loads: list[Load], concurrency: int, requests: int) -> list[dict[str, Any]]:
    """Each load in turn, several rounds, so that a slow moment of the machine hits all; medians of the rounds."""
    rounds: list[list[Measured]] = [[] for _ in loads]
    for _ in range(ROUNDS):
        for place, load in enumerate(loads):
            load.concurrency, load.requests = concurrency, requests // ROUNDS
            rounds[place].append(send(load))
    return [figures(measured) for measured in rounds]


def figures(measured: list[Measured]) -> dict[str, Any]:
    """Medians over the rounds."""
    return {
        "requests_per_second": median(one.rate for one in measured),
        "p50_ms": median(one.percentile(0.5) for one in measured),
        "p95_ms": median(one.percentile(0.95) for one in measured),
        "first_byte_p50_ms": median(one.first(0.5) for one in measured),
    }


def prefixed(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Baseline figures under their own names."""
    return {f"{name}_{key}": values[key] for key in ("requests_per_second", "p50_ms", "p95_ms")}


def model_call(*, stream: bool) -> dict[str, Any]:
    """What the platform asks the model, asked directly."""
    return {"model": "stub", "messages": [{"role": "user", "content": "Hi"}], "stream": stream}


def floor_token(url: str) -> str:
    """A token the floor accepts."""
    import json
    import urllib.request

    with urllib.request.urlopen(f"{url}/token", timeout=10) as answer:
        return str(json.load(answer))
