"""What people ask of the platform in the busiest minute, before anything is rounded to whole machines."""

import math
from dataclasses import dataclass

from codemie.operations.sizing.figure import Figures


@dataclass(frozen=True)
class Demand:
    """Rates of the busiest minute, and what is kept. All of it grows in proportion to the people.

    Args:
        api_cores: seconds of API processes a second.
        worker_cores: seconds of workers a second, while indexes are brought up to date.
        database_cores: seconds of the database a second; `read_cores` of it are searches.
    """

    turns_per_s: float
    tokens_per_min: float
    open_streams: float
    searches_per_s: float
    plugin_calls_per_s: float
    agents: float
    api_cores: float
    worker_cores: float
    database_cores: float
    read_cores: float
    iops: float
    chunks: float
    data_sources: float
    storage_gb: float
    turns_per_month: float


def demand(figures: Figures, users: int, chunks: int | None = None) -> Demand:
    """What `users` people ask.

    Args:
        figures: what each piece of work costs.
        users: people with an account.
        chunks: indexed in all; so many a person where None.
    """
    daily = users * figures["active_share"] * figures["turns"]
    turns = daily * figures["peak_hour_share"] / 3600 * figures["burst"]
    kept = users * figures["chunks"] if chunks is None else chunks
    indexed = kept * figures["changed_share"] / (figures["index_hours"] * 3600)
    searches, plugin_calls = turns * figures["searches"], turns * figures["plugin_calls"]
    read_cores = searches * search_ms(figures) / 1000
    return Demand(
        turns_per_s=turns,
        tokens_per_min=turns * 60 * (figures["input_tokens"] + figures["output_tokens"]),
        open_streams=turns * reply_seconds(figures),
        searches_per_s=searches,
        plugin_calls_per_s=plugin_calls,
        agents=users * figures["agents"],
        api_cores=turns * turn_api_ms(figures) / 1000,
        worker_cores=indexed * figures["chunk_worker_ms"] / 1000,
        database_cores=read_cores
        + (turns * figures["turn_database_ms"] + indexed * figures["chunk_database_ms"]) / 1000,
        read_cores=read_cores,
        iops=turns * figures["turn_writes"]
        + searches * figures["search_reads"] * figures["cache_miss"]
        + indexed * figures["chunk_writes"],
        chunks=kept,
        data_sources=kept / figures["chunks_per_source"],
        storage_gb=(kept * figures["chunk_kb"] + _kept_turns(figures, daily) * figures["turn_kb"]) / 1e6,
        turns_per_month=daily * figures["working_days"] / 12,
    )


def reply_seconds(figures: Figures) -> float:
    """How long a reply takes to grow, and its stream stays open."""
    return figures["model_first_s"] + figures["output_tokens"] / figures["model_tokens_per_s"]


def turn_api_ms(figures: Figures) -> float:
    """Milliseconds of one API process for a turn with its tokens and calls."""
    return (
        figures["chat_turn_ms"]
        + figures["output_tokens"] * figures["token_us"] / 1000
        + (figures["searches"] + figures["tool_calls"]) * figures["tool_call_ms"]
        + figures["plugin_calls"] * figures["plugin_call_ms"]
    )


def search_ms(figures: Figures) -> float:
    """Milliseconds of the database for a search of a data source, of whatever size sources have."""
    tenfold = max(0.0, math.log10(figures["chunks_per_source"] / 100_000))
    return figures["search_ms"] * figures["search_growth"] ** tenfold


def _kept_turns(figures: Figures, daily: float) -> float:
    return daily * figures["kept_days"] * figures["working_days"] / 365
