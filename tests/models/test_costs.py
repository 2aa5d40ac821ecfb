"""What a call costs."""

import pytest

from codemie.models.costs import cost
from codemie.models.entries import Cost, ModelEntry
from codemie.models.usage import Usage

PRICES = Cost(input=0.001, output=0.002, cache_read_input_token_cost=0.0001, cache_creation_input_token_cost=0.003)


@pytest.mark.parametrize(
    ("prices", "usage", "money"),
    [
        (PRICES, Usage(100, 10), 0.12),
        (PRICES, Usage(100, 10, cache_read_tokens=40), 0.06 + 0.004 + 0.02),
        (PRICES, Usage(100, 10, 40, 20), 0.04 + 0.004 + 0.06 + 0.02),
        (Cost(input=0.001, output=0.002), Usage(100, 10, 40, 20), 0.12),
        (Cost(input=0, output=0), Usage(100, 10), 0),
        (PRICES, Usage(), 0),
    ],
)
def test_input_output_and_cache_have_their_own_prices(prices: Cost, usage: Usage, money: float) -> None:
    assert cost(ModelEntry(base_name="m", cost=prices), usage) == pytest.approx(money)


def test_a_row_without_prices_is_charged_as_published_or_nothing() -> None:
    usage = Usage(1_000_000, 0)

    assert cost(ModelEntry(base_name="m", deployment_name="gpt-4o", provider="openai"), usage) > 0
    assert cost(ModelEntry(base_name="m", deployment_name="no-such-thing", provider="openai"), usage) == 0
    assert cost(ModelEntry(base_name="m", provider="mock"), usage) == 0


def test_usages_add_up() -> None:
    assert Usage(1, 2, 3, 4) + Usage(10, 20, 30, 40) == Usage(11, 22, 33, 44)
