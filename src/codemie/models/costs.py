"""What a model call costs in USD: the catalogue's prices, else the published ones."""

from __future__ import annotations

from functools import lru_cache

from codemie.models.entries import Cost, ModelEntry
from codemie.models.usage import Usage

PUBLISHED_AS = {
    "openai": "openai",
    "azure_openai": "azure",
    "anthropic": "anthropic",
    "aws_bedrock": "aws",
    "google_vertexai": "google",
    "google_gemini": "google",
    "vertex_ai-anthropic_models": "anthropic",
}
"""Our providers by the names under which prices and limits of their models are published."""


def cost(entry: ModelEntry, usage: Usage) -> float:
    """Return the price of `usage` in USD.

    Input that came from a cache, or was written to one, is charged at its own price where the catalogue has one.
    A row without prices is charged at the published price of its model, or nothing when there is none.
    """
    if entry.cost is None:
        return _published(entry.provider, entry.deployment_name, usage)
    return _priced(entry.cost, usage)


def _priced(prices: Cost, usage: Usage) -> float:
    cached, written = usage.cache_read_tokens, usage.cache_creation_tokens
    fresh = max(usage.input_tokens - cached - written, 0)
    return (
        fresh * prices.input
        + cached * _or(prices.cache_read_input_token_cost, prices.input)
        + written * _or(prices.cache_creation_input_token_cost, prices.input)
        + usage.output_tokens * prices.output
    )


def _or(price: float | None, otherwise: float) -> float:
    return otherwise if price is None else price


@lru_cache(maxsize=1024)
def _published(provider: str, model: str, usage: Usage) -> float:
    known_as = PUBLISHED_AS.get(provider)
    if known_as is None:
        return 0.0
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    counted = PricedUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_creation_tokens,
    )
    try:
        return float(calc_price(counted, model, provider_id=known_as).total_price)
    except LookupError:  # a model nobody publishes a price of
        return 0.0
