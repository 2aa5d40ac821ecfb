"""The answer: whole machines, a database, a quota and money, with the figures it was made from."""

import math
from dataclasses import dataclass

from codemie.operations.sizing.demand import Demand, demand
from codemie.operations.sizing.figure import Figure, Figures
from codemie.operations.sizing.limits import Step, connections, ladder, replicas_used
from codemie.operations.sizing.queueing import SEED, Queueing, opened
from codemie.operations.sizing.tables import MACHINE, MEASURED_ON

_LEAST_REPLICAS = 2
_LEAST_CLUSTER = 3


@dataclass(frozen=True)
class Needs:
    """What is to be provided.

    Args:
        database_servers: primary servers that share the projects between them.
        read_replicas: of all of them together.
        nats_nodes: 1, or an odd number of at least 3.
    """

    api_replicas: int
    api_memory_gb: float
    workers: int
    worker_memory_gb: float
    database_servers: int
    read_replicas: int
    database_cores: int
    database_gb: int
    database_iops: int
    database_connections: int
    nats_nodes: int
    model_tokens_per_min: int
    model_deployments: int


@dataclass(frozen=True)
class Money:
    """US dollars a month, rough."""

    models: int
    processes: int
    database: int
    total: int


@dataclass(frozen=True)
class Plan:
    """Everything that `codemiectl sizing` says."""

    users: int
    profile: str
    machine: str
    measured_on: str
    demand: Demand
    needs: Needs
    usd_per_month: Money
    queueing: Queueing
    steps: tuple[Step, ...]
    figures: tuple[Figure, ...]


def plan(figures: Figures, users: int, profile: str, chunks: int | None = None, seed: int = SEED) -> Plan:
    """What `users` people need.

    Args:
        figures: what each piece of work costs.
        users: people with an account, at least 1.
        profile: the name of the kind of people, for the reader.
        chunks: indexed in all; so many a person where None.
        seed: of the simulation; the same one gives the same answer.
    """
    asked = demand(figures, users, chunks)
    needed = needs(asked, figures)
    return Plan(
        users=users,
        profile=profile,
        machine=MACHINE,
        measured_on=MEASURED_ON,
        demand=asked,
        needs=needed,
        usd_per_month=money(asked, needed, figures),
        queueing=opened(asked, figures, needed.api_replicas, needed.database_cores, seed),
        steps=ladder(asked, figures, users),
        figures=figures.all(),
    )


def needs(asked: Demand, figures: Figures) -> Needs:
    """Whole machines for a demand."""
    api = max(_LEAST_REPLICAS, math.ceil(replicas_used(asked, figures)))
    workers = max(1, math.ceil(asked.worker_cores / figures["utilisation"]))
    usable = figures["database_cores"] * figures["utilisation"]
    written = asked.database_cores - asked.read_cores
    servers = max(
        1,
        math.ceil(written / usable),
        math.ceil(asked.iops / figures["database_iops"]),
        math.ceil(asked.storage_gb / 1000 / figures["database_tb"]),
        math.ceil(asked.data_sources / figures["database_sources"]),
    )
    return Needs(
        api_replicas=api,
        api_memory_gb=round(api * figures["api_mb"] / 1000, 1),
        workers=workers,
        worker_memory_gb=round(workers * figures["worker_mb"] / 1000, 1),
        database_servers=servers,
        read_replicas=max(0, math.ceil(asked.database_cores / usable) - servers),
        database_cores=max(2, math.ceil(asked.database_cores / figures["utilisation"])),
        database_gb=max(10, math.ceil(asked.storage_gb)),
        database_iops=math.ceil(asked.iops),
        database_connections=math.ceil(connections(api, workers, figures)),
        nats_nodes=_nats_nodes(asked, figures),
        model_tokens_per_min=math.ceil(asked.tokens_per_min),
        model_deployments=max(1, math.ceil(asked.tokens_per_min / figures["deployment_tokens_per_min"])),
    )


def money(asked: Demand, needed: Needs, figures: Figures) -> Money:
    """What it costs a month."""
    tokens = figures["input_tokens"] * figures["input_usd"] + figures["output_tokens"] * figures["output_usd"]
    models = round(asked.turns_per_month * tokens / 1e6)
    processes = round((needed.api_replicas + needed.workers + needed.nats_nodes) * figures["core_usd"])
    database = round(
        needed.database_cores * figures["database_core_usd"]
        + needed.database_gb * figures["storage_usd"]
        + needed.database_iops * figures["iops_usd"]
    )
    return Money(models, processes, database, models + processes + database)


def _nats_nodes(asked: Demand, figures: Figures) -> int:
    by_connections = asked.agents / figures["nats_connections"]
    by_requests = asked.plugin_calls_per_s / figures["nats_requests_per_node"] / figures["utilisation"]
    full = math.ceil(max(by_connections, by_requests))
    return 1 if full <= 1 else max(_LEAST_CLUSTER, full + (full + 1) % 2)
