"""Run a set of checks side by side; what a failed one makes pointless is left out."""

import asyncio
import datetime as dt
import fnmatch
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from codemie import __version__
from codemie.checks.check import Check
from codemie.checks.report import Checked, Finding, Report, Status, skipped, unknown, without
from codemie.checks.sources import Sources, Unobservable
from codemie.kernel.errors import InvalidInput

log = structlog.get_logger(__name__)


def _unheard(_: Checked) -> None:
    """For a run whose checks nobody follows."""


@dataclass(frozen=True)
class Options:
    """How to run.

    Attributes:
        only: patterns of ids or phases to make, with what they need; empty: all.
        skip: patterns of ids or phases to leave out; what needs them is made nevertheless.
        timeout: seconds for one check; one that says it needs more has more.
        parallel: how many at once.
        secrets: texts that no finding may show.
        seen: told of each check, in the order of the report.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    timeout: float = 10.0
    parallel: int = 8
    secrets: tuple[str, ...] = ()
    seen: Callable[[Checked], None] = field(default=_unheard)


async def run(command: str, checks: Sequence[Check], sources: Sources, options: Options, **target: str) -> Report:
    """Make the chosen checks and report them in the order they are given.

    Raises:
        InvalidInput: a pattern names nothing, or checks need each other in a circle or something unknown.
    """
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    wanted = chosen(checks, options)
    order = {each.id: position for position, each in enumerate(checks)}
    results = await _Run(wanted, sources, options).all(sorted(wanted, key=lambda each: order[each.id]))
    return Report(command, __version__, target, started, _since(clock), tuple(results))


def chosen(checks: Sequence[Check], options: Options) -> list[Check]:
    """Those of the checks that the options ask for, each behind what it needs.

    Raises:
        InvalidInput: a pattern names nothing, or checks need each other in a circle or something unknown.
    """
    return _chosen(_ordered(checks), options)


class _Run:
    """The checks of one run as tasks: each waits for those it needs."""

    def __init__(self, chosen: Sequence[Check], sources: Sources, options: Options) -> None:
        self._chosen = chosen
        self._sources = sources
        self._options = options
        self._turn = asyncio.Semaphore(options.parallel)
        self._tasks: dict[str, asyncio.Task[Checked]] = {}
        self._causes: dict[str, str] = {}

    async def all(self, shown: Sequence[Check]) -> list[Checked]:
        results: list[Checked] = []
        try:
            async with asyncio.TaskGroup() as group:
                # Needs come first in `_chosen`, so the task that another waits for is there.
                for each in self._chosen:
                    self._tasks[each.id] = group.create_task(self._one(each))
                for each in shown:
                    checked = await asyncio.shield(self._tasks[each.id])
                    self._options.seen(checked)
                    results.append(checked)
        except BaseExceptionGroup as several:
            # A check raises nothing: it is who follows them that breaks, as a terminal does which nobody reads.
            raise several.exceptions[0] from None
        return results

    async def _one(self, one: Check) -> Checked:
        for need in one.needs:
            if need in self._tasks:
                await self._tasks[need]
        cause = next((self._causes[need] for need in one.needs if need in self._causes), None)
        clock = time.monotonic()
        if cause is not None:
            self._causes[one.id] = cause
            finding = skipped(f"blocked by {cause}")
        else:
            async with self._turn:
                clock = time.monotonic()
                finding = await self._looked(one)
            if finding.status is Status.FAIL:
                self._causes[one.id] = one.id
        finding = without(self._options.secrets, finding)
        return Checked(one.id, one.title, finding, _since(clock), one.phase, one.severity.value, one.faq)

    async def _looked(self, one: Check) -> Finding:
        absent = self._sources.absent(one.sources)
        if absent is not None:
            return absent
        limit = max(one.timeout or 0, self._options.timeout)
        try:
            async with asyncio.timeout(limit):
                return await one.look(*self._sources.of(one.sources))
        except TimeoutError:
            return unknown(f"No answer within {limit:g} s", "Give it more time with --timeout")
        except Unobservable as hidden:
            return Finding(Status.UNKNOWN, str(hidden), remedy=hidden.remedy)
        except Exception as error:  # one check that breaks must not take the answers of all others away
            log.exception("check.broken", check=one.id)
            return Finding(
                Status.UNKNOWN,
                f"The check itself broke: {type(error).__name__}",
                remedy=("Report this with the log of the command",),
                broken=True,
            )


def _ordered(checks: Sequence[Check]) -> list[Check]:
    """The same, each behind what it needs."""
    known = {each.id for each in checks}
    for each in checks:
        if strange := [need for need in each.needs if need not in known]:
            raise InvalidInput(f"The check {each.id} needs {', '.join(strange)}, which is not there")
    placed: dict[str, Check] = {}
    left = list(checks)
    while left:
        ready = [each for each in left if all(need in placed for need in each.needs)]
        if not ready:
            raise InvalidInput(f"Checks need each other in a circle: {', '.join(each.id for each in left)}")
        placed |= {each.id: each for each in ready}
        left = [each for each in left if each.id not in placed]
    return list(placed.values())


def _chosen(ordered: Sequence[Check], options: Options) -> list[Check]:
    _refuse_idle_patterns(ordered, options)
    wanted = {each.id for each in ordered if not options.only or _matches(each, options.only)}
    for each in reversed(ordered):
        if each.id in wanted:
            wanted |= set(each.needs)
    return [each for each in ordered if each.id in wanted and not _matches(each, options.skip)]


def _refuse_idle_patterns(checks: Sequence[Check], options: Options) -> None:
    for pattern in (*options.only, *options.skip):
        if not any(_matches(each, (pattern,)) for each in checks):
            raise InvalidInput(
                f"No check and no phase is called {pattern!r}",
                help=f"The phases are: {', '.join(sorted({each.phase for each in checks}))}",
            )


def _matches(one: Check, patterns: tuple[str, ...]) -> bool:
    return any(one.phase == pattern or fnmatch.fnmatchcase(one.id, pattern) for pattern in patterns)


def _since(clock: float) -> int:
    return round((time.monotonic() - clock) * 1000)
