"""What so many people need: more people never need less, and every figure says where it comes from."""

import json
import math
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemie.kernel.errors import ConfigurationError
from codemie.operations.sizing.demand import demand, search_ms
from codemie.operations.sizing.figure import Origin
from codemie.operations.sizing.limits import ladder
from codemie.operations.sizing.plan import needs, plan
from codemie.operations.sizing.tables import MEASURED, PROFILES, figures

PEOPLE = st.integers(1, 100_000_000)
KINDS = st.sampled_from(PROFILES)


@settings(max_examples=100, deadline=None)
@given(KINDS, PEOPLE, PEOPLE)
def test_more_people_never_need_less(profile: str, some: int, others: int) -> None:
    known = figures(profile)
    few, many = (asdict(needs(demand(known, users), known)) for users in sorted((some, others)))
    for each in (few, many):
        each["database_servers"] += each.pop("read_replicas")

    assert all(few[name] <= many[name] for name in few)


@settings(max_examples=50, deadline=None)
@given(KINDS, st.integers(0, 10**12), st.integers(0, 10**12))
def test_more_chunks_never_need_less(profile: str, some: int, others: int) -> None:
    known = figures(profile)
    few, many = (needs(demand(known, 1000, chunks), known) for chunks in sorted((some, others)))

    assert few.database_gb <= many.database_gb
    assert few.workers <= many.workers


@settings(max_examples=15, deadline=None)
@given(KINDS, PEOPLE)
def test_every_number_of_an_answer_is_finite_and_not_negative(profile: str, users: int) -> None:
    answer = asdict(plan(figures(profile), users, profile))

    numbers = [*answer["demand"].values(), *answer["needs"].values(), *answer["usd_per_month"].values()]

    assert all(math.isfinite(number) and number >= 0 for number in numbers)
    assert json.loads(json.dumps(answer, allow_nan=False))["users"] == users


@pytest.mark.parametrize("users", [1, 100_000_000])
def test_extremes_are_answered(users: int) -> None:
    answer = plan(figures("heavy"), users, "heavy")

    assert answer.needs.api_replicas >= 2
    assert answer.needs.nats_nodes % 2 == 1


def test_rates_and_tokens_have_the_units_they_say() -> None:
    known = figures("light").overruled(
        {
            "active_share": 1,
            "turns": 60,
            "peak_hour_share": 1,
            "burst": 1,
            "input_tokens": 900,
            "output_tokens": 100,
            "model_first_s": 1,
            "model_tokens_per_s": 100,
        },
        "test",
    )

    asked = demand(known, users=60)

    assert asked.turns_per_s == pytest.approx(1)  # 60 people x 60 turns in 3600 s
    assert asked.tokens_per_min == pytest.approx(60_000)
    assert asked.open_streams == pytest.approx(2)  # each reply takes 2 s


def test_storage_is_counted_in_gigabytes_of_a_million_kilobytes() -> None:
    known = figures("light").overruled({"turns": 0, "chunk_kb": 6}, "test")

    assert demand(known, users=1, chunks=1_000_000).storage_gb == pytest.approx(6)


def test_a_worker_holds_connections_for_durable_work_beside_its_own() -> None:
    known = figures("light").overruled({"pool_size": 10, "durable_pool_size": 5}, "test")

    assert needs(demand(known, 1), known).database_connections == 2 * 10 + 1 * (10 + 5)


def test_a_search_of_ten_times_the_chunks_costs_what_was_measured() -> None:
    ten_times = figures("light").overruled({"chunks_per_source": 1_000_000}, "test")

    assert search_ms(ten_times) == pytest.approx(21.2 * 1.39)


def test_people_who_do_nothing_reach_no_limit() -> None:
    idle = figures("light").overruled({"turns": 0, "chunks": 0}, "test")

    steps = ladder(demand(idle, 1000), idle, 1000)

    assert all(step.users is None and not step.passed for step in steps)


@settings(max_examples=30, deadline=None)
@given(KINDS, st.integers(1, 10_000_000))
def test_a_limit_is_passed_exactly_from_its_number_of_people_on(profile: str, users: int) -> None:
    known = figures(profile)

    steps = ladder(demand(known, users), known, users)

    reached = [step.users for step in steps if step.users is not None]
    assert reached == sorted(reached)
    assert all(step.passed == (users > step.users) for step in steps if step.users and step.users not in {1, users})


def test_every_figure_says_its_unit_origin_and_source() -> None:
    listed = figures("engineer").all()

    assert len({figure.name for figure in listed}) == len(listed)
    assert all(figure.unit and figure.source for figure in listed)
    assert {figure.name for figure in listed if figure.origin is Origin.MEASURED} == {f.name for f in MEASURED}


def test_a_figure_that_was_given_is_told_apart() -> None:
    changed = figures("engineer").overruled({"turns": 12}, "our survey")

    found = next(figure for figure in changed.all() if figure.name == "turns")
    assert (found.value, found.origin, found.source) == (12, Origin.GIVEN, "our survey")
    assert figures("engineer")["turns"] == 30


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("turn", 3, "Did you mean turns?"),
        ("turns", "many", "must be a number"),
        ("turns", True, "must be a number"),
        ("turns", float("nan"), "must be a number"),
        ("turns", -1, "between 0 and"),
        ("active_share", 1.5, "between 0 and 1"),
        ("chat_turn_ms", 0, "between 1e-06 and"),
    ],
)
def test_a_figure_that_makes_no_sense_is_refused(name: str, value: object, said: str) -> None:
    with pytest.raises(ConfigurationError, match="our survey") as refused:
        figures("engineer").overruled({name: value}, "our survey")

    assert said in str(refused.value)
