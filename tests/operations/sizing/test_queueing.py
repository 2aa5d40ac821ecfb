"""The simulation beside what was measured, and beside what theory says."""

import re
from pathlib import Path

import pytest

from codemie.operations.sizing.demand import demand
from codemie.operations.sizing.queueing import Load, closed, opened
from codemie.operations.sizing.simulation import Events, Process, Resource
from codemie.operations.sizing.tables import figures

BENCHMARKS = Path(__file__).parents[3] / "benchmarks" / "README.md"
THROUGHPUT, MEDIAN, TAIL = 1.2, 1.3, 1.6
"""By which factor the simulation may be off; `docs/scaling.md` states them."""


def measured(row: str) -> dict[str, float]:
    """The figures of one row of the last published table."""
    line = re.search(rf"^{re.escape(row)} +(.*)$", BENCHMARKS.read_text(), re.MULTILINE)
    assert line, row
    return {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", line[1])}


@pytest.mark.parametrize("clients", [16, 32])
def test_the_simulation_predicts_what_the_benchmark_measured(clients: int) -> None:
    seen = measured(f"chat.plain.{clients}")

    told = closed(figures("light"), clients)

    assert within(told.requests_per_second, seen["requests_per_second"], THROUGHPUT)
    assert within(told.p50_ms, seen["p50_ms"], MEDIAN)
    assert within(told.p95_ms, seen["p95_ms"], TAIL)


def within(told: float, seen: float, factor: float) -> bool:
    return seen / factor <= told <= seen * factor


@pytest.mark.parametrize(
    ("name", "row", "figure"),
    [
        ("token_us", "chat.stream.500.steady", "processor_us_per_token"),
        ("api_mb", "memory.loaded", "mb"),
        ("chunk_worker_ms", "index.text", "worker_processor_ms_per_chunk"),
        ("chunk_database_ms", "index.text", "database_processor_ms_per_chunk"),
        ("worker_mb", "index.text", "worker_peak_mb"),
        ("search_ms", "search.hybrid.100k", "processor_ms"),
        ("search_growth", "search.hybrid.1m", "growth"),
        ("tool_call_ms", "tools.call", "added_ms"),
    ],
)
def test_the_table_stays_near_what_is_published(name: str, row: str, figure: str) -> None:
    assert within(figures("light")[name], measured(row)[figure], 1.5)


def test_the_same_seed_gives_the_same_answer() -> None:
    known = figures("light")

    assert closed(known, 16, seed=3) == closed(known, 16, seed=3)
    assert closed(known, 16, seed=3) != closed(known, 16, seed=4)


def test_one_client_alone_never_waits() -> None:
    known = figures("light")
    told = closed(known, 1, requests=20_000)

    expected = 1000 / (known["chat_turn_ms"] + known["chat_away_ms"])
    assert told.requests_per_second == pytest.approx(expected, rel=0.05)
    assert isinstance(told, Load)


def test_people_wait_longer_where_replicas_are_few() -> None:
    known = figures("engineer")
    asked = demand(known, 100_000)

    crowded, roomy = (opened(asked, known, replicas, cores=64) for replicas in (8, 40))

    assert crowded.p95_ms > 2 * roomy.p95_ms
    assert crowded.api_utilisation > roomy.api_utilisation


def test_people_wait_where_the_database_is_small_though_replicas_are_many() -> None:
    known = figures("engineer")
    asked = demand(known, 100_000)

    small, large = (opened(asked, known, 20, cores) for cores in (8, 64))

    assert small.p95_ms > large.p95_ms
    assert small.database_utilisation > large.database_utilisation


def test_places_are_given_in_the_order_of_asking() -> None:
    events, only = Events(), Resource(1)
    ended: list[tuple[str, float]] = []

    def visit(name: str) -> Process:
        yield from events.use(only, 2.0)
        ended.append((name, events.now))

    for delay, name in enumerate("abc"):
        events.start(visit(name), after=delay / 10)
    events.run()

    assert ended == [("a", 2.0), ("b", 4.0), ("c", 6.0)]
    assert only.busy_seconds == 6.0
    assert only.taken == 0
