"""A system that answers in every way a tool may meet, and who calls tools."""

from collections.abc import AsyncIterator

import pytest

from tests.toolkits.strange_system import StrangeSystem, running


@pytest.fixture
async def system() -> AsyncIterator[StrangeSystem]:
    async with running() as opened:
        yield opened
