"""How much a model can read at once: the catalogue's word, else what is published of it."""

from functools import lru_cache

from codemie.models.costs import PUBLISHED_AS
from codemie.models.entries import ModelEntry


def context_window(entry: ModelEntry) -> int | None:
    """Tokens of a request and its answer together; None when nobody says."""
    return entry.context_window or _published(entry.provider, entry.deployment_name)


@lru_cache(maxsize=1024)
def _published(provider: str, model: str) -> int | None:
    known_as = PUBLISHED_AS.get(provider)
    if known_as is None:
        return None
    from genai_prices import Usage, calc_price

    try:
        return calc_price(Usage(input_tokens=1), model, provider_id=known_as).model.context_window
    except LookupError:  # a model nobody publishes
        return None
