"""The ladder: which limit people reach first, and which existing engine carries on from there."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from codemie.operations.sizing.demand import Demand
from codemie.operations.sizing.figure import Figures


class Standing(StrEnum):
    """Whether the platform can take the step today."""

    SETTING = "a setting"
    OUTSIDE = "outside of the platform, not tried with it"
    NOT_BUILT = "not built"


@dataclass(frozen=True)
class Step:
    """A limit, and what takes over there.

    Args:
        users: how many people reach it; None where they never do.
        passed: whether the people asked about do.
    """

    limit: str
    users: int | None
    passed: bool
    engine: str
    standing: Standing


@dataclass(frozen=True)
class _Limit:
    name: str
    use_and_capacity: Callable[[Demand, Figures], tuple[float, float]]
    engine: str
    standing: Standing


_LIMITS = (
    _Limit(
        "one API process",
        lambda d, f: (replicas_used(d, f), 1),
        "more API replicas: Kubernetes autoscaling (HPA)",
        Standing.SETTING,
    ),
    _Limit(
        "the API replicas the chart allows",
        lambda d, f: (replicas_used(d, f), f["chart_api_replicas"]),
        "api.autoscaling.maxReplicas of the chart, and a cluster autoscaler for nodes",
        Standing.SETTING,
    ),
    _Limit(
        "tokens a minute of one model deployment",
        lambda d, f: (d.tokens_per_min, f["deployment_tokens_per_min"]),
        "more deployments and regions behind a gateway that spreads over them; more quota",
        Standing.OUTSIDE,
    ),
    _Limit(
        "connections of one PostgreSQL server",
        lambda d, f: (
            connections(replicas_used(d, f), d.worker_cores / f["utilisation"], f),
            f["database_connections"],
        ),
        "a smaller kernel.database_pool_size first, then PgBouncer",
        Standing.OUTSIDE,
    ),
    _Limit(
        "processor of one PostgreSQL server",
        lambda d, f: (d.database_cores, f["database_cores"] * f["utilisation"]),
        "read replicas for searches",
        Standing.NOT_BUILT,
    ),
    _Limit(
        "writing processor of one PostgreSQL server, searches aside",
        lambda d, f: (d.database_cores - d.read_cores, f["database_cores"] * f["utilisation"]),
        "distribution by project_id (Citus, or one database a group of projects)",
        Standing.NOT_BUILT,
    ),
    _Limit(
        "IOPS of one PostgreSQL server",
        lambda d, f: (d.iops, f["database_iops"]),
        "distribution by project_id (Citus, or one database a group of projects)",
        Standing.NOT_BUILT,
    ),
    _Limit(
        "storage of one PostgreSQL server",
        lambda d, f: (d.storage_gb / 1000, f["database_tb"]),
        "chunks are partitions of their own already; partitions of conversations by month, then distribution",
        Standing.NOT_BUILT,
    ),
    _Limit(
        "partitions of one database",
        lambda d, f: (d.data_sources, f["database_sources"]),
        "distribution by project_id: each database holds the partitions of its projects",
        Standing.NOT_BUILT,
    ),
    _Limit(
        "connections of one NATS node",
        lambda d, f: (d.agents, f["nats_connections"]),
        "a NATS cluster of three and more nodes",
        Standing.SETTING,
    ),
    _Limit(
        "one NATS cluster",
        lambda d, f: (d.agents, f["nats_connections"] * f["nats_cluster_nodes"]),
        "leaf nodes at the sites where agents run, or clusters joined by gateways",
        Standing.OUTSIDE,
    ),
)


def replicas_used(demand: Demand, figures: Figures) -> float:
    """API processes that are full, unrounded: by processor or by open streams, whichever is more."""
    return max(demand.api_cores / figures["utilisation"], demand.open_streams / figures["streams_per_replica"])


def connections(replicas: float, workers: float, figures: Figures) -> float:
    """How many connections to the database so many processes may hold open together."""
    return replicas * figures["pool_size"] + workers * (figures["pool_size"] + figures["durable_pool_size"])


def ladder(demand: Demand, figures: Figures, users: int) -> tuple[Step, ...]:
    """All limits, the nearest first.

    Args:
        demand: of these users.
        figures: what each piece of work costs.
        users: people with an account. A number of chunks that was given grows with them.
    """
    steps = (_step(limit, demand, figures, users) for limit in _LIMITS)
    return tuple(sorted(steps, key=lambda step: (step.users is None, step.users or 0)))


def _step(limit: _Limit, demand: Demand, figures: Figures, users: int) -> Step:
    use, capacity = limit.use_and_capacity(demand, figures)
    reached = users * capacity / use if use > 0 else None
    countable = None if reached is None or reached > 1e12 else max(1, int(reached))
    return Step(limit.name, countable, use > capacity, limit.engine, limit.standing)
