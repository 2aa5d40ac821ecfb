"""Token buckets: what is allowed at once, what comes back, and that strangers cost no memory."""

import pytest

from codemie.kernel import rate_limits
from codemie.kernel.errors import TooManyRequests
from codemie.kernel.rate_limits import RateLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def refused(limit: RateLimit, key: str = "me") -> TooManyRequests | None:
    try:
        limit.spend(key)
    except TooManyRequests as error:
        return error
    return None


def test_a_minutes_worth_may_come_at_once_and_then_one_by_one() -> None:
    clock = Clock()
    limit = RateLimit("things", 60, clock)
    assert not any(refused(limit) for _ in range(60))
    error = refused(limit)
    assert error is not None
    assert error.headers["Retry-After"] == "1"
    assert refused(limit, "somebody else") is None
    clock.now += 1
    assert refused(limit) is None
    assert refused(limit) is not None


def test_waiting_as_long_as_told_is_enough() -> None:
    clock = Clock()
    limit = RateLimit("things", 7, clock)
    for _ in range(7):
        limit.spend("me")
    error = refused(limit)
    assert error is not None
    clock.now += float(error.headers["Retry-After"])
    assert refused(limit) is None


def test_zero_means_no_limit() -> None:
    limit = RateLimit("things", 0)
    assert not any(refused(limit) for _ in range(1000))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "_MOST_KEYS", 10)
    limit = RateLimit("things", 1)
    for number in range(100):
        limit.spend(str(number))
    assert len(limit._buckets) == 10
    assert refused(limit, "99") is not None
