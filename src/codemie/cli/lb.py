"""How `codemiectl lb logs` finds access logs, and prints what they sum up to."""

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemie.checks.sources import Unobservable
from codemie.cli.exits import Refused
from codemie.operations.balancer_logs import meanings
from codemie.operations.balancer_logs.bucket import LARGEST, place_of
from codemie.operations.balancer_logs.reading import Reading
from codemie.operations.balancer_logs.summary import Summary
from codemie.operations.cloud.aws import Aws

_DEFAULT_SECONDS = 3600
_MOST_FILES = 5_000
_SHOWN_TARGETS, _SHOWN_PLACES = 5, 5


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Attributes:
        files: to read; empty where balancers are named.
        balancers: whose logs are read where they write them.
        region: of these; None: as AWS's own settings say.
        seconds: how far back; None: an hour, and all of files.
    """

    files: tuple[Path, ...] = ()
    balancers: tuple[str, ...] = ()
    region: str | None = None
    seconds: int | None = None

    def read(self) -> Reading:
        """Everything that was asked for, summed up.

        Raises:
            ConfigurationError: a file or a bucket cannot be read, or a load balancer writes no log.
            NotFound: there is no such load balancer.
            Refused: nobody is signed in, or AWS does not answer.
        """
        seconds = self.seconds or (None if self.files else _DEFAULT_SECONDS)
        now = dt.datetime.now(dt.UTC)
        reading = Reading(Summary(now - dt.timedelta(seconds=seconds) if seconds else None))
        for file in self.files:
            reading.take_file(file)
        if self.balancers:
            try:
                asyncio.run(self._read_buckets(reading, now))
            except Unobservable as hidden:
                raise Refused(". ".join((str(hidden), *hidden.remedy))) from hidden
        return reading

    async def _read_buckets(self, reading: Reading, now: dt.datetime) -> None:
        aws, since, left = Aws(self.region), reading.summary.since or now, _MOST_FILES
        for name in self.balancers:
            place = await place_of(aws, name)
            async for key, size in place.keys(aws, since, now, left):
                left -= 1
                if reading.is_over or left <= 0:
                    reading.is_cut = True
                    return
                reading.is_cut = reading.is_cut or size > LARGEST
                if size:
                    content = await place.content(aws, key)
                    await asyncio.to_thread(reading.take_content, content)


def show(reading: Reading, *, as_json: bool) -> None:
    """Print it, for people or for programs."""
    if as_json:
        print(json.dumps(_document(reading), indent=2))
        return
    for line in _lines(reading):
        print(line)


def _lines(reading: Reading) -> Iterator[str]:
    found = reading.summary
    came = f"{_counted(found.requests, 'request')} and {_counted(found.connections, 'connection')} of agents"
    yield f"{came}{_when(found)}"
    yield from _remarks(reading)
    if found.bad:
        yield "\nWhat failed"
        for code, own, count in found.bad:
            yield f"  {code or '-':>4} {count:>9,}  {_by(own=own)}: {meanings.of_code(code, is_own=own)}"
        for (code, reason), count in found.reasons.most_common(_SHOWN_PLACES):
            yield f"  {code or '-':>4} {count:>9,}  it says {reason}"
        yield "\nWhere it failed most"
        for (code, place), count in found.places.most_common(_SHOWN_PLACES):
            yield f"  {code or '-':>4} {count:>9,}  {place}"
    if found.targets:
        yield "\nSlowest targets, until an answer began"
        for name, target in found.slowest(_SHOWN_TARGETS):
            yield (
                f"  {name}  mean {target.mean:.3f} s, slowest {target.slowest:.3f} s, "
                f"{_counted(target.answered, 'answer')}, {_counted(target.errors, 'error')}"
            )
    if found.connections:
        yield "\nTLS of agents"
        failed = _counted(found.failed_handshakes, "handshake")
        yield f"  {failed} failed, the slowest took {found.slowest_handshake:.3f} s"
        for alert, count in found.alerts.most_common():
            yield f"  alert {alert} {count:>6,}  {meanings.of_alert(alert)}"


def _remarks(reading: Reading) -> Iterator[str]:
    found = reading.summary
    if not reading.files:
        yield "There is no log of that time yet: load balancers write one every five minutes, where somebody came"
    if found.older:
        yield f"{_counted(found.older, 'line')} of before that time left out"
    if found.malformed:
        yield f"{_counted(found.malformed, 'line')} that no load balancer wrote left out"
    if reading.broken:
        yield f"{_counted(reading.broken, 'file')} could not be read to the end"
    if reading.is_cut:
        yield "Not everything was read: that is more than this command reads at once. Give a shorter --since"


def _by(*, own: bool) -> str:
    return "load balancer" if own else "target"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _when(found: Summary) -> str:
    if found.first is None or found.last is None:
        return ""
    return f", {found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC"


def _document(reading: Reading) -> dict[str, Any]:
    found = reading.summary
    return {
        "schema": "codemiectl.balancer_logs/1",
        "since": found.since.isoformat(timespec="seconds") if found.since else None,
        "first": found.first.isoformat(timespec="seconds") if found.first else None,
        "last": found.last.isoformat(timespec="seconds") if found.last else None,
        "files": reading.files,
        "broken_files": reading.broken,
        "is_cut": reading.is_cut,
        "lines": {"malformed": found.malformed, "older": found.older},
        "requests": found.requests,
        "connections": found.connections,
        "codes": [
            {"code": code, "from": _by(own=own), "count": count} for (code, own), count in found.codes.most_common()
        ],
        "failures": [
            {"code": code, "from": _by(own=own), "count": count, "means": meanings.of_code(code, is_own=own)}
            for code, own, count in found.bad
        ],
        "reasons": [
            {"code": code, "reason": reason, "count": n} for (code, reason), n in found.reasons.most_common(20)
        ],
        "places": [
            {"code": code, "place": place, "count": count} for (code, place), count in found.places.most_common(20)
        ],
        "targets": [
            {
                "target": name,
                "answered": target.answered,
                "errors": target.errors,
                "mean_seconds": round(target.mean, 3),
                "slowest_seconds": round(target.slowest, 3),
            }
            for name, target in found.slowest(20)
        ],
        "failed_handshakes": found.failed_handshakes,
        "slowest_handshake_seconds": round(found.slowest_handshake, 3),
        "alerts": [
            {"alert": alert, "count": count, "means": meanings.of_alert(alert)}
            for alert, count in found.alerts.most_common()
        ],
    }
