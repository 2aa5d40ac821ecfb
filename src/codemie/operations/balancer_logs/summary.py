"""Lines of access logs, summed up while they are read: what is kept does not grow with the log."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from codemie.operations.balancer_logs import meanings
from codemie.operations.balancer_logs.line import Connection, Request, read

_MOST_TARGETS, _MOST_PLACES = 1_000, 1_000
_BAD, _FAILED = 400, 500


@dataclass
class Target:
    """What one machine did.

    Attributes:
        answered: requests that it began to answer.
        seconds: that these took in all until the answer began.
        slowest: the longest of them.
        errors: requests that it failed at, or was not there for.
    """

    answered: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    errors: int = 0

    @property
    def mean(self) -> float:
        """Seconds until an answer began."""
        return self.seconds / self.answered if self.answered else 0.0


@dataclass
class Summary:
    """What happened from one moment on.

    Attributes:
        since: what is older is not counted; None: everything is.
        malformed: lines that are none of an access log.
        older: lines in front of `since`.
        codes: client's code and whether it is the load balancer's own → how often; None: the client got none.
        reasons: of the load balancer for a code of its own → how often.
        places: code, method and beginning of the path of what failed → how often.
        failed_handshakes: connections of agents whose TLS never began.
        alerts: TLS alerts of agents → how often.
    """

    since: dt.datetime | None = None
    requests: int = 0
    connections: int = 0
    malformed: int = 0
    older: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    codes: Counter[tuple[int | None, bool]] = field(default_factory=Counter[tuple[int | None, bool]])
    reasons: Counter[tuple[int | None, str]] = field(default_factory=Counter[tuple[int | None, str]])
    places: Counter[tuple[int | None, str]] = field(default_factory=Counter[tuple[int | None, str]])
    targets: dict[str, Target] = field(default_factory=dict[str, Target])
    failed_handshakes: int = 0
    slowest_handshake: float = 0.0
    alerts: Counter[int] = field(default_factory=Counter[int])

    def take(self, line: str) -> None:
        """Count one line."""
        entry = read(line)
        if entry is None:
            self.malformed += 1
        elif self.since and entry.when < self.since:
            self.older += 1
        else:
            self.first = min(entry.when, self.first or entry.when)
            self.last = max(entry.when, self.last or entry.when)
            if isinstance(entry, Request):
                self._request(entry)
            else:
                self._connection(entry)

    @property
    def bad(self) -> list[tuple[int | None, bool, int]]:
        """Code, whether it is the load balancer's own, and how often, of what failed; the most frequent first."""
        found = [(code, own, count) for (code, own), count in self.codes.items() if code is None or code >= _BAD]
        return sorted(found, key=lambda each: (-each[2], each[0] or 0, each[1]))

    def slowest(self, most: int) -> list[tuple[str, Target]]:
        """The targets that made people wait longest, or failed."""
        known = sorted(self.targets.items(), key=lambda item: (-item[1].slowest, -item[1].errors, item[0]))
        return known[:most]

    def _request(self, entry: Request) -> None:
        self.requests += 1
        own = entry.own_code is None
        self.codes[entry.code, own] += 1
        is_bad = entry.code is None or entry.code >= _BAD
        if is_bad:
            _count(self.places, (entry.code, entry.place), _MOST_PLACES)
        if entry.reason:
            _count(self.reasons, (entry.code, entry.reason), _MOST_PLACES)
        if entry.target and (entry.target in self.targets or len(self.targets) < _MOST_TARGETS):
            target = self.targets.setdefault(entry.target, Target())
            target.errors += entry.code is not None and entry.code >= _FAILED
            if entry.seconds is not None:
                target.answered += 1
                target.seconds += entry.seconds
                target.slowest = max(target.slowest, entry.seconds)

    def _connection(self, entry: Connection) -> None:
        self.connections += 1
        if entry.handshake is None:
            self.failed_handshakes += 1
        else:
            self.slowest_handshake = max(self.slowest_handshake, entry.handshake)
        if entry.alert is not None and meanings.is_complaint(entry.alert):
            self.alerts[entry.alert] += 1


def _count(counter: Counter[tuple[int | None, str]], key: tuple[int | None, str], most: int) -> None:
    """Once more, while there is room for further keys: clients choose some of them."""
    if key in counter or len(counter) < most:
        counter[key] += 1
