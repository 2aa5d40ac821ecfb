"""The page about scaling says what the command says."""

from pathlib import Path

import pytest

from codemie.operations.sizing.plan import plan
from codemie.operations.sizing.tables import MEASURED, figures

PAGE = (Path(__file__).parents[3] / "docs" / "scaling.md").read_text()


@pytest.mark.parametrize("users", [100, 1_000, 10_000, 100_000, 1_000_000])
def test_the_table_of_the_page_is_the_answer_of_the_command(users: int) -> None:
    answer = plan(figures("engineer"), users, "engineer")
    needs, usd = answer.needs, answer.usd_per_month

    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {users:,} | {answer.demand.turns_per_s:,.2f}"))

    assert [cell.strip() for cell in row.strip("|").split("|")][2:] == [
        f"{needs.api_replicas:,}",
        f"{answer.queueing.p95_ms:,.0f} ms",
        f"{needs.workers:,}",
        f"{needs.database_servers:,} + {needs.read_replicas:,} replicas",
        f"{needs.database_cores:,}",
        f"{needs.database_gb:,} GB",
        f"{needs.database_iops:,}",
        f"{needs.database_connections:,}",
        f"{needs.nats_nodes:,}",
        f"{needs.model_tokens_per_min:,}",
        f"{usd.total - usd.models:,} USD",
        f"{usd.total:,} USD",
    ]


def test_the_page_names_every_limit_with_its_number_and_engine() -> None:
    steps = plan(figures("engineer"), 1_000_000, "engineer").steps

    assert all(f"| {step.users:,} | {step.limit} | {step.engine} |" in PAGE for step in steps if step.users)


def test_the_page_names_every_measured_figure() -> None:
    assert all(f"`{figure.name}`" in PAGE and f"{figure.value:,g}" in PAGE for figure in MEASURED)
