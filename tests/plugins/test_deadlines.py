"""Ends of time: many of them, one timer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from codemie.plugins.deadlines import Deadlines


class Waiting:
    """Something that waits."""

    def __init__(self) -> None:
        self.expired = asyncio.Event()
        self.at = 0.0

    def expire(self) -> None:
        self.at = asyncio.get_running_loop().time()
        self.expired.set()


@pytest.fixture
async def deadlines() -> AsyncIterator[Deadlines]:
    opened = Deadlines()
    yield opened
    opened.close()


async def test_each_is_told_in_its_time_whatever_the_order_they_came_in(deadlines: Deadlines) -> None:
    begun = asyncio.get_running_loop().time()
    seconds = [0.09, 0.03, 0.06]
    waiting = [Waiting() for _ in seconds]
    for one, each in zip(waiting, seconds, strict=True):
        deadlines.set(one, each)

    await asyncio.wait_for(asyncio.gather(*(one.expired.wait() for one in waiting)), 5)

    # The loop's clock counts milliseconds.
    assert all(one.at - begun >= each - 0.002 for one, each in zip(waiting, seconds, strict=True))
    assert waiting[1].at <= waiting[2].at <= waiting[0].at


async def test_what_is_dropped_or_set_anew_is_not_told_of_the_former_end(deadlines: Deadlines) -> None:
    dropped, renewed, last = Waiting(), Waiting(), Waiting()
    deadlines.set(dropped, 0.01)
    deadlines.set(renewed, 0.01)
    deadlines.set(last, 0.05)
    deadlines.drop(dropped)
    deadlines.set(renewed, 60)

    await asyncio.wait_for(last.expired.wait(), 5)

    assert not dropped.expired.is_set()
    assert not renewed.expired.is_set()


async def test_one_that_sets_itself_again_is_told_again(deadlines: Deadlines) -> None:
    class Twice(Waiting):
        def expire(self) -> None:
            if self.at:
                super().expire()
            else:
                self.at = 1.0
                deadlines.set(self, 0.01)

    waiting = Twice()
    deadlines.set(waiting, 0.01)

    await asyncio.wait_for(waiting.expired.wait(), 5)


async def test_the_first_end_is_kept_when_a_later_one_comes(deadlines: Deadlines) -> None:
    first, later = Waiting(), Waiting()
    deadlines.set(first, 0.02)
    deadlines.set(later, 60)

    await asyncio.wait_for(first.expired.wait(), 5)

    assert not later.expired.is_set()
