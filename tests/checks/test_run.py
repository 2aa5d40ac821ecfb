"""A run of checks: order, causes, sources, choice, limits."""

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from codemie.checks.check import Check, check
from codemie.checks.junit import junit
from codemie.checks.report import Checked, Finding, Report, Status, failed, passed, warned
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources, Unobservable
from codemie.kernel.errors import InvalidInput


class World:
    """What the checks of these tests look at: whatever is broken is named in it."""

    def __init__(self, *broken: str) -> None:
        self.broken = broken


def made(name: str, *needs: str, look: Callable[[World], Awaitable[Finding]] | None = None) -> Check:
    async def looked(world: World) -> Finding:
        """It is broken."""
        return failed("broken", "mend it", where=name) if name in world.broken else passed("whole")

    decorate = check(name, title=f"{name} is whole", symptom="nothing works", remedy=("mend it",), needs=needs)
    return decorate(look or looked)


CHAIN = (made("net.name"), made("net.address", "net.name"), made("net.page", "net.address"), made("disk.space"))


async def report(*checks: Check, world: World | None = None, **options: object) -> Report:
    sources = Sources().offer(World, world or World())
    return await run("doctor", checks, sources, Options(**options), domain="ai.example.org")  # pyright: ignore[reportArgumentType] - options by name


def statuses(found: Report) -> dict[str, Status]:
    return {each.id: each.status for each in found.checks}


async def test_a_cause_is_reported_once_and_what_it_blocks_names_it() -> None:
    found = await report(*CHAIN, world=World("net.name", "net.page"))

    assert statuses(found) == {
        "net.name": Status.FAIL,
        "net.address": Status.SKIP,
        "net.page": Status.SKIP,
        "disk.space": Status.PASS,
    }
    assert [each.finding.detail for each in found.checks[1:3]] == ["blocked by net.name"] * 2


async def test_the_order_is_that_of_the_catalogue_whoever_ends_first() -> None:
    later = asyncio.Event()

    async def slow(_: World) -> Finding:
        """Waits for the other."""
        await later.wait()
        return passed("at last")

    async def quick(_: World) -> Finding:
        """Ends first."""
        later.set()
        return passed("at once")

    told: list[str] = []
    found = await report(made("a.slow", look=slow), made("b.quick", look=quick), seen=lambda each: told.append(each.id))

    assert [each.id for each in found.checks] == ["a.slow", "b.quick"] == told


async def test_what_is_asked_for_alone_brings_what_it_needs() -> None:
    found = await report(*CHAIN, only=("net.address",))

    assert list(statuses(found)) == ["net.name", "net.address"]


async def test_a_phase_can_be_left_out_and_what_needs_it_is_made_nevertheless() -> None:
    checks = (*CHAIN, made("app.answer", "net.page"))

    assert list(statuses(await report(*checks, skip=("net",)))) == ["disk.space", "app.answer"]


async def test_a_pattern_that_names_nothing_is_refused_with_the_phases() -> None:
    with pytest.raises(InvalidInput) as refused:
        await report(*CHAIN, only=("dsn",))

    assert "disk, net" in str(refused.value.help)


@pytest.mark.parametrize(
    ("sources", "status", "reason"),
    [
        (Sources().not_applicable(World, "no cluster here"), Status.SKIP, "no cluster here"),
        (Sources().unobservable(World, "no rights to look", "ask for them"), Status.UNKNOWN, "no rights to look"),
        (Sources(), Status.SKIP, "nothing to look through: World"),
    ],
)
async def test_an_absent_source_is_never_a_pass(sources: Sources, status: Status, reason: str) -> None:
    found = await run("doctor", [made("net.name")], sources, Options())

    assert (found.checks[0].status, found.checks[0].finding.detail) == (status, reason)


async def test_what_cannot_be_seen_is_unknown_and_blocks_nothing() -> None:
    async def hidden(_: World) -> Finding:
        """Nobody may look."""
        raise Unobservable("forbidden", "grant the role viewer")

    found = await report(made("net.name", look=hidden), made("net.address", "net.name"))

    assert statuses(found) == {"net.name": Status.UNKNOWN, "net.address": Status.PASS}
    assert found.checks[0].finding.remedy == ("grant the role viewer",)


async def test_a_check_that_hangs_ends_as_unknown() -> None:
    async def hanging(_: World) -> Finding:
        """Never ends."""
        await asyncio.Event().wait()
        return passed("never")

    found = await report(made("net.name", look=hanging), timeout=0.05)

    assert (found.checks[0].status, found.checks[0].finding.detail) == (Status.UNKNOWN, "No answer within 0.05 s")


async def test_a_check_that_breaks_takes_no_answer_of_others_away() -> None:
    async def broken(_: World) -> Finding:
        """An error of ours."""
        raise ZeroDivisionError

    found = await report(made("a.broken", look=broken), made("b.whole"))

    assert statuses(found) == {"a.broken": Status.UNKNOWN, "b.whole": Status.PASS}
    assert found.is_broken


async def test_no_finding_shows_a_secret() -> None:
    async def leaking(_: World) -> Finding:
        """Says too much."""
        return warned("password hunter22 is weak", "change hunter22", hunter22="hunter22")

    found = await report(made("a.leak", look=leaking), secrets=("hunter22",))

    assert "hunter22" not in json.dumps(found.as_document())


async def test_checks_that_need_each_other_or_nobody_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"circle: a\.one, a\.two"):
        await report(made("a.one", "a.two"), made("a.two", "a.one"))
    with pytest.raises(InvalidInput, match=r"a\.one needs a\.gone"):
        await report(made("a.one", "a.gone"))


def test_a_check_without_a_cause_is_refused() -> None:
    async def silent(world: World) -> Finding:
        return passed(str(world.broken))

    with pytest.raises(TypeError, match="docstring"):
        check("a.silent", title="t", symptom="s", remedy=("r",))(silent)


async def test_the_document_and_the_junit_file_say_the_same() -> None:
    found = await report(*CHAIN, world=World("net.name"))

    document = found.as_document()
    assert document["schema"] == "codemiectl.report/1"
    assert document["target"] == {"domain": "ai.example.org"}
    assert document["checks"][0] | {"duration_ms": 0} == {
        "id": "net.name",
        "phase": "net",
        "severity": "blocker",
        "faq": [],
        "status": "fail",
        "title": "net.name is whole",
        "detail": "broken",
        "evidence": [{"source": "where", "value": "net.name"}],
        "remedy": ["mend it"],
        "duration_ms": 0,
    }
    suites = ET.fromstring(junit(found))
    assert [(suite.get("name"), suite.get("failures"), suite.get("skipped")) for suite in suites] == [
        ("disk", "0", "0"),
        ("net", "1", "2"),
    ]


def test_junit_keeps_what_a_warning_says() -> None:
    checks = (Checked("a.old", "t", warned("old", "renew it"), 1, "a"),)
    found = Report("doctor", "1", {}, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), 1, checks)

    assert "renew it" in junit(found)


async def test_a_short_secret_is_part_of_too_many_words_to_be_taken_out() -> None:
    async def telling(_: World) -> Finding:
        """Speaks of the database."""
        return warned("the database is big", "make the backup bigger")

    found = await report(made("a.told", look=telling), secrets=("b",))

    assert found.checks[0].finding.detail == "the database is big"


async def test_more_time_is_given_to_checks_that_have_a_time_of_their_own() -> None:
    async def slow(_: World) -> Finding:
        """Takes a while."""
        await asyncio.sleep(0.1)
        return passed("at last")

    hasty = replace(made("net.name", look=slow), timeout=0.01)

    assert statuses(await report(hasty, timeout=5.0)) == {"net.name": Status.PASS}
    assert statuses(await report(hasty, timeout=0.02)) == {"net.name": Status.UNKNOWN}


async def test_who_follows_and_breaks_is_told_as_it_was() -> None:
    def closed(_: Checked) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await report(*CHAIN, seen=closed)
