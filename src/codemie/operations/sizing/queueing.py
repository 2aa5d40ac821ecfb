"""How long chat turns wait for their turn: at an API process, for a connection, and at the database."""

import math
import random
from collections.abc import Generator
from dataclasses import dataclass, field

from codemie.operations.sizing.demand import Demand, search_ms
from codemie.operations.sizing.figure import Figures
from codemie.operations.sizing.simulation import Events, Process, Resource

SEED = 7
TURNS = 2_000
_WARM_UP = 0.1
_SAMPLED_REPLICAS = 8
_MOST_SLICES = 30

Timed = Generator[float | Resource, None, float]
"""A process that says at its end how many seconds it waited."""


@dataclass(frozen=True)
class Load:
    """What a benchmark sees: requests a second, and their milliseconds."""

    requests_per_second: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Queueing:
    """What a turn waits in the busiest minute, of all its time.

    Args:
        simulated_replicas: the rest behaves as these do, on average.
    """

    p50_ms: float
    p95_ms: float
    api_utilisation: float
    database_utilisation: float
    simulated_replicas: int
    simulated_turns: int
    seed: int


def closed(figures: Figures, clients: int, requests: int = TURNS, seed: int = SEED) -> Load:
    """What `make bench` does in `chat.plain.N`: clients that ask again as soon as they are answered, one API process.

    Args:
        figures: what each piece of work costs.
        clients: how many ask at the same time.
        requests: how many in all.
        seed: the same one gives the same answer.
    """
    events, chance, api = Events(), _chance(seed), Resource(1)
    took: list[float] = []
    pool = Resource(int(figures["pool_size"]))
    left = iter(range(requests))

    def client() -> Process:
        for _ in left:
            began = events.now
            yield from events.use(api, _random(chance, figures["chat_turn_ms"] / 1000))
            yield from events.use(pool, _random(chance, figures["chat_away_ms"] / 1000))
            took.append(events.now - began)

    for _ in range(clients):
        events.start(client())
    events.run()
    return Load(len(took) / events.now, percentile(took, 0.5) * 1000, percentile(took, 0.95) * 1000)


def opened(demand: Demand, figures: Figures, replicas: int, cores: int, seed: int = SEED) -> Queueing:
    """People who ask whenever they like, on a platform of this size.

    Args:
        demand: of the busiest minute.
        figures: what each piece of work costs.
        replicas: API processes; a request goes to any of them.
        cores: of the database.
        seed: the same one gives the same answer.
    """
    sampled = min(replicas, _SAMPLED_REPLICAS)
    share = sampled / replicas
    place = _Place(figures, Resource(max(1, math.ceil(cores * share))), sampled, _chance(seed))
    place.events.start(place.arrivals(demand.turns_per_s * share))
    place.events.run()
    counted = place.waited[int(TURNS * _WARM_UP) :]
    until = place.last_arrival
    return Queueing(
        p50_ms=round(percentile(counted, 0.5) * 1000, 3),
        p95_ms=round(percentile(counted, 0.95) * 1000, 3),
        api_utilisation=round(min(1.0, sum(each.busy_seconds for each in place.apis) / until / sampled), 4),
        database_utilisation=round(min(1.0, place.database.busy_seconds / until / place.database.places), 4),
        simulated_replicas=sampled,
        simulated_turns=len(place.waited),
        seed=seed,
    )


@dataclass
class _Place:
    """Some replicas with their pools, and their share of the database."""

    figures: Figures
    database: Resource
    replicas: int
    chance: random.Random
    events: Events = field(default_factory=Events)
    waited: list[float] = field(default_factory=list[float])
    last_arrival: float = 0.0

    def __post_init__(self) -> None:
        self.apis = [Resource(1) for _ in range(self.replicas)]
        self.pools = [Resource(int(self.figures["pool_size"])) for _ in range(self.replicas)]

    def arrivals(self, per_second: float) -> Process:
        for _ in range(TURNS):
            yield self.chance.expovariate(per_second)
            self.events.start(self.turn(self.chance.randrange(self.replicas)))
        self.last_arrival = self.events.now

    def turn(self, at: int) -> Process:
        known, api, waited = self.figures, self.apis[at], 0.0
        calls = (known["searches"] + known["tool_calls"]) * known["tool_call_ms"]
        calls += known["plugin_calls"] * known["plugin_call_ms"]
        waited += yield from self._wait(api, (known["chat_turn_ms"] + calls) / 1000)
        asked = known["turn_database_ms"] + known["searches"] * search_ms(known)
        waited += yield from self._asking(at, asked / 1000)
        yield known["model_first_s"]
        written = known["output_tokens"] / known["model_tokens_per_s"]
        slices = min(_MOST_SLICES, max(1, math.ceil(written)))
        for _ in range(slices):
            yield written / slices
            waited += yield from self._wait(api, known["output_tokens"] * known["token_us"] / 1e6 / slices)
        self.waited.append(waited)

    def _wait(self, resource: Resource, seconds: float) -> Timed:
        began, needed = self.events.now, _random(self.chance, seconds)
        yield from self.events.use(resource, needed)
        return max(0.0, self.events.now - began - needed)

    def _asking(self, at: int, seconds: float) -> Timed:
        began = self.events.now
        yield self.pools[at]
        pooled = self.events.now - began
        waited = yield from self._wait(self.database, seconds)
        self.events.release(self.pools[at])
        return pooled + waited


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _random(chance: random.Random, mean: float) -> float:
    return chance.expovariate(1 / mean) if mean > 0 else 0.0


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a simulation that must repeat itself
