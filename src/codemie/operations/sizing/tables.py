"""The one table of what a piece of work costs: what `make bench` measured, and what nobody measured yet."""

from codemie.operations.sizing.figure import Figure, Figures, Origin

MACHINE = "2 shared cores, Linux x86_64, Python 3.11; generator, model stub and database on the same two"
MEASURED_ON = "2026-11-29"
"""Day of the figures from `benchmarks/README.md`; those of plugins are of the day after, as their source says."""


def _measured(name: str, value: float, unit: str, source: str, *, low: float = 1e-6) -> Figure:
    return Figure(name, value, unit, Origin.MEASURED, source, low)


def _assumed(name: str, value: float, unit: str, why: str, *, low: float = 0.0, high: float = 1e12) -> Figure:
    return Figure(name, value, unit, Origin.ASSUMED, why, low, high)


MEASURED = (
    _measured("chat_turn_ms", 1.52, "ms of one API process a turn", "chat.plain.16: 1000 / requests_per_second"),
    _measured("chat_away_ms", 0.98, "ms a turn waits for database and stub", "chat.plain.1: p50_ms - chat_turn_ms"),
    _measured("token_us", 73.3, "us of one API process a streamed token", "chat.stream.500.steady"),
    _measured("streams_per_replica", 500, "open streams of 20 tokens/s", "chat.stream.500.steady, met", low=1),
    _measured("api_mb", 274.1, "MB of one API process under load", "memory.loaded"),
    _measured("chunk_worker_ms", 0.49, "ms of a worker an indexed chunk", "index.text: worker_processor_ms_per_chunk"),
    _measured("chunk_database_ms", 0.17, "ms of the database a chunk", "index.text: database_processor_ms_per_chunk"),
    _measured("worker_mb", 290.8, "MB of one worker at its peak", "index.text: worker_peak_mb"),
    _measured("search_ms", 21.2, "ms of processor a search of 100,000 chunks", "search.hybrid.100k: processor_ms"),
    _measured("search_growth", 1.39, "times as much for ten times the chunks", "search.hybrid.1m: growth", low=1),
    _measured("tool_call_ms", 3.0, "ms of one API process a call of a toolkit", "tools.call: added_ms"),
    _measured(
        "plugin_call_ms", 0.083, "ms of one API process a plugin call", "plugins.call.64 of 2026-11-30: 11,992 calls/s"
    ),
    _measured(
        "nats_requests_per_node", 37_754, "requests/s, limited by the one client", "plugins.call.64 of 2026-11-30: NATS"
    ),
)

PLATFORM = (
    _assumed("utilisation", 0.7, "share of a core that is used", "the chart's cpuPercent", low=0.05, high=0.95),
    _assumed("pool_size", 20, "connections a process", "default of kernel.database_pool_size", low=1, high=500),
    _assumed("durable_pool_size", 20, "connections a worker beside it", "default of DBOS", low=0, high=500),
    _assumed("turn_database_ms", 1.0, "ms of the database a turn", "all of chat_away_ms, rounded up"),
    _assumed("turn_writes", 12, "pages and log records written a turn", "counted from the statements of a turn"),
    _assumed("search_reads", 200, "pages a search touches", "two index walks and the passages"),
    _assumed("cache_miss", 0.05, "share of the pages not in memory", "a managed server of fitting size", high=1),
    _assumed("chunk_writes", 3, "pages and log records written a chunk", "text, two vectors, their indexes"),
    _assumed("chunk_kb", 6.0, "kB a chunk", "1 kB text, its lexemes, 256 + 384 half floats, two vector indexes"),
    _assumed("chunks_per_source", 100_000, "chunks of one data source", "the size search was measured at", low=1),
    _assumed("turn_kb", 8.0, "kB a kept turn", "question, reply, tool results, index"),
    _assumed("kept_days", 365, "days a conversation is kept", "nothing is deleted before", low=1, high=36_500),
    _assumed("working_days", 250, "days a year people work", "calendar", low=1, high=366),
    _assumed("changed_share", 0.02, "share of the chunks indexed anew a day", "a lively repository", high=1),
    _assumed("index_hours", 8, "hours a day to do it in", "outside of the peak", low=0.1, high=24),
    _assumed("peak_hour_share", 0.15, "share of a day's work in its busiest hour", "one time zone", low=0.04, high=1),
    _assumed("burst", 2.0, "busiest minute over busiest hour", "teams start together", low=1, high=60),
    _assumed("model_tokens_per_s", 60, "tokens/s a model writes", "current hosted models", low=1, high=10_000),
    _assumed("model_first_s", 1.0, "seconds to its first token", "current hosted models", high=600),
)

CEILINGS = (
    _assumed("chart_api_replicas", 6, "API replicas", "the chart's api.autoscaling.maxReplicas", low=1),
    _assumed("database_cores", 64, "cores of one server", "a large managed PostgreSQL", low=1),
    _assumed("database_connections", 1_000, "connections of one server", "what one tunes it for", low=10),
    _assumed("database_iops", 40_000, "IOPS of one server", "provisioned storage", low=100),
    _assumed("database_tb", 16, "TB of one server", "a managed volume one still restores in a day", low=0.01),
    _assumed("database_sources", 10_000, "data sources (partitions) of one database", "planning and vacuum", low=1),
    _assumed("nats_connections", 10_000, "connections of one node", "cautious; memory is the limit", low=1),
    _assumed("nats_cluster_nodes", 9, "nodes of one full mesh", "every node talks to every other", low=1),
    _assumed("deployment_tokens_per_min", 2_000_000, "tokens/min of one deployment", "a usual quota", low=1),
)

MONEY = (
    _assumed("input_usd", 2.5, "USD a million tokens read", "a list price of a mid-size model"),
    _assumed("output_usd", 10, "USD a million tokens written", "the same list"),
    _assumed("core_usd", 40, "USD a core and month", "on-demand list price, with its memory"),
    _assumed("database_core_usd", 180, "USD a database core and month", "managed, with a standby"),
    _assumed("storage_usd", 0.25, "USD a GB and month", "managed, with a standby"),
    _assumed("iops_usd", 0.2, "USD a provisioned IOPS and month", "managed, with a standby"),
)

# name, unit, light, engineer, heavy
_PERSON = (
    ("active_share", "share of the people at work on a day", 0.3, 0.6, 0.9, 1.0),
    ("turns", "chat turns a day and active person", 5, 30, 120, 1e5),
    ("input_tokens", "tokens a turn sends to models, all rounds", 1_500, 6_000, 20_000, 1e8),
    ("output_tokens", "tokens a turn gets back, all rounds", 300, 500, 800, 1e7),
    ("searches", "searches a turn", 0.3, 1.0, 2.0, 1e4),
    ("tool_calls", "calls of toolkits a turn", 0.1, 1.0, 3.0, 1e4),
    ("plugin_calls", "plugin calls a turn", 0.0, 0.5, 4.0, 1e4),
    ("agents", "plugin agents a person keeps connected", 0.0, 0.2, 1.0, 1e4),
    ("chunks", "indexed chunks a person", 50, 500, 2_000, 1e9),
)
PROFILES = ("light", "engineer", "heavy")


def figures(profile: str) -> Figures:
    """All figures for people of one kind.

    Args:
        profile: one of `PROFILES`.
    """
    place = PROFILES.index(profile)
    person = (
        _assumed(name, (light, engineer, heavy)[place], unit, f"the profile {profile}", high=high)
        for name, unit, light, engineer, heavy, high in _PERSON
    )
    return Figures({each.name: each for each in (*MEASURED, *PLATFORM, *CEILINGS, *MONEY, *person)})
