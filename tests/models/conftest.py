"""A fake endpoint and catalogue rows that point at it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from codemie.models.entries import Endpoint, ModelEntry
from codemie.models.transport import close_transport
from tests.fakes.openai_server import FakeEndpoint, fake_endpoint

MakeEntry = Callable[..., ModelEntry]


@pytest.fixture
async def endpoint() -> AsyncIterator[FakeEndpoint]:
    async with fake_endpoint() as running:
        yield running
    await close_transport()


@pytest.fixture
def entry(endpoint: FakeEndpoint) -> MakeEntry:
    """Makes a row that runs on the fake endpoint; `where` changes the endpoint, the rest the row."""

    def make(where: dict[str, Any] | None = None, **row: Any) -> ModelEntry:
        given: dict[str, Any] = {"base_url": endpoint.url, "api_key": "k", "timeout_seconds": 5, "max_retries": 2}
        named: dict[str, Any] = {"base_name": "m", "deployment_name": "vendor-m", "provider": "openai"}
        return ModelEntry(**named | row, endpoint=Endpoint(**given | (where or {})))

    return make
