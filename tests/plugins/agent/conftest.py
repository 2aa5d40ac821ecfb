"""One server, callout and engine for a module; each test starts agents of its own with keys of their own."""

from collections.abc import AsyncIterator

import pytest

from codemie.kernel.database import Database
from tests.plugins.agent.grounds import Grounds, grounds_in


@pytest.fixture(scope="module")
async def grounds(tmp_path_factory: pytest.TempPathFactory, database: Database) -> AsyncIterator[Grounds]:
    async with grounds_in(tmp_path_factory.mktemp("grounds"), database) as made:
        yield made
