"""Remembering verified callers."""

import asyncio
import time

import pytest

from codemie.identity.cache import CallerCache, Verified
from codemie.identity.caller import Caller
from codemie.kernel.errors import NotAuthenticated

ANN = Caller("ann", "ann", "Ann", "ann@x.y")


class Verifier:
    """Counts how often it is asked; answers when told to."""

    def __init__(self, *, seconds: float = 60, error: Exception | None = None) -> None:
        self.calls = 0
        self.gate = asyncio.Event()
        self.seconds = seconds
        self.error = error

    async def __call__(self) -> Verified:
        self.calls += 1
        await self.gate.wait()
        if self.error:
            raise self.error
        return Verified(ANN, time.time() + self.seconds)


async def test_concurrent_first_requests_share_one_verification() -> None:
    cache, verifier = CallerCache(30), Verifier()
    waiting = [asyncio.create_task(cache.load(b"k", verifier)) for _ in range(20)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # one client hangs up
    verifier.gate.set()
    assert await asyncio.gather(*waiting[1:]) == [ANN] * 19
    assert verifier.calls == 1
    assert cache.get(b"k") is ANN


async def test_a_refusal_reaches_all_and_is_not_remembered() -> None:
    cache, verifier = CallerCache(30), Verifier(error=NotAuthenticated("no"))
    verifier.gate.set()
    for _ in range(2):
        outcomes = await asyncio.gather(*(cache.load(b"k", verifier) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(outcome, NotAuthenticated) for outcome in outcomes)
    assert verifier.calls == 2
    assert cache.get(b"k") is None


@pytest.mark.parametrize(("remember", "valid"), [(0, 60), (30, -1)])
async def test_nothing_is_remembered_beyond_its_time(remember: float, valid: float) -> None:
    cache, verifier = CallerCache(remember), Verifier(seconds=valid)
    verifier.gate.set()
    assert await cache.load(b"k", verifier) is ANN
    assert cache.get(b"k") is None


async def test_the_least_recently_used_goes_first() -> None:
    cache, verifier = CallerCache(30, max_entries=2), Verifier()
    verifier.gate.set()
    for key in (b"a", b"b"):
        await cache.load(key, verifier)
    cache.get(b"a")
    await cache.load(b"c", verifier)
    assert [cache.get(key) is not None for key in (b"a", b"b", b"c")] == [True, False, True]


async def test_a_user_forgotten_during_a_verification_is_not_remembered_from_it() -> None:
    cache, verifier = CallerCache(30), Verifier()
    loading = asyncio.create_task(cache.load(b"k", verifier))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cache.forget_user("ann")
    verifier.gate.set()
    assert await loading is ANN
    assert cache.get(b"k") is None


async def test_a_forgotten_user_is_verified_again() -> None:
    cache, verifier = CallerCache(30), Verifier()
    verifier.gate.set()
    await cache.load(b"k", verifier)
    cache.forget_user("bob")
    assert cache.get(b"k") is ANN
    cache.forget_user("ann")
    assert cache.get(b"k") is None
