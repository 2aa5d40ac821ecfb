"""Access logs of load balancers: lines taken apart, and summed up whatever they hold."""

import dataclasses
import datetime as dt
import gzip
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from codemie.operations.balancer_logs.line import LONGEST, Connection, Request, read
from codemie.operations.balancer_logs.reading import Reading
from codemie.operations.balancer_logs.summary import Summary
from tests.operations.balancer_logs.lines import AGENTS, BALANCER, CLIENT, NOON, connection, request

CODES = st.integers(100, 599)
# A line of a log has no line end, and a value of it that is not quoted no space.
WORDS = st.text(st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"]), max_size=60)
TEXTS = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=80)


def summed(*lines: str, since: dt.datetime | None = None) -> Summary:
    found = Summary(since)
    for line in lines:
        found.take(line)
    return found


def test_a_request_is_read_as_the_load_balancer_wrote_it() -> None:
    assert read(request("502", "-", seconds="-1", reason="AuthInvalidCookie")) == Request(
        when=NOON,
        balancer=BALANCER,
        target="10.0.1.5:32080",
        seconds=None,
        code=502,
        own_code=None,
        place="GET /v1/assistants/…",
        reason="AuthInvalidCookie",
    )


def test_a_connection_of_an_agent_is_read_as_the_load_balancer_wrote_it() -> None:
    assert read(connection("1250", "48")) == Connection(NOON, AGENTS, "10.0.1.5:30422", 1.25, 48)
    assert read(connection("-")) == Connection(NOON, AGENTS, "10.0.1.5:30422", None, None)


@given(code=CODES, own=st.none() | CODES, url=WORDS, agent=TEXTS)
def test_what_clients_choose_moves_no_field_in_front_of_it(code: int, own: int | None, url: str, agent: str) -> None:
    found = read(request(str(code), "-" if own is None else str(own), url=url, agent=agent))

    assert isinstance(found, Request)
    assert (found.code, found.own_code, found.target) == (code, own, "10.0.1.5:32080")


@given(url=WORDS, agent=TEXTS)
def test_of_what_clients_choose_only_harmless_words_are_kept(url: str, agent: str) -> None:
    found = read(request(url=f"https://host/{url}?{url}", agent=agent))

    assert isinstance(found, Request)
    method, _, path = found.place.partition(" ")
    assert method == "GET"
    assert all(letter.isascii() or letter == "…" for letter in path)
    assert len(path) < 60
    assert CLIENT not in str(dataclasses.asdict(found))
    assert found.reason == "" or found.reason.isalpha()


@given(st.text(max_size=300) | st.lists(TEXTS, max_size=30).map(" ".join))
def test_no_line_breaks_the_reading(text: str) -> None:
    for line in (text, f"h2 {text}", f"tls {text}", request()[: len(text)], f"{request()[:60]}{text}"):
        found = summed(line)

        assert found.requests + found.connections + found.malformed == 1


@given(codes=st.lists(st.tuples(CODES, st.booleans()), max_size=40))
def test_every_request_is_counted_once_under_its_code(codes: list[tuple[int, bool]]) -> None:
    found = summed(*(request(str(code), "-" if own else str(code)) for code, own in codes))

    assert found.requests == sum(found.codes.values()) == len(codes)
    assert sum(count for _, _, count in found.bad) == sum(code >= 400 for code, _ in codes)
    assert sum(target.errors for target in found.targets.values()) == sum(code >= 500 for code, _ in codes)


def test_the_slowest_target_comes_first() -> None:
    lines = [request(target="10.0.1.5:32080", seconds=seconds) for seconds in ("0.1", "0.3")]
    found = summed(*lines, request(target="10.0.2.9:32080", seconds="59.8"), request("504", "-", seconds="-1"))

    (first, slow), (second, quick) = found.slowest(5)

    assert (first, slow.slowest, slow.answered) == ("10.0.2.9:32080", 59.8, 1)
    assert (second, round(quick.mean, 3), quick.answered, quick.errors) == ("10.0.1.5:32080", 0.2, 2, 1)


def test_what_is_kept_does_not_grow_with_what_clients_send() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    found = summed(
        *(request("404", url=f"https://h/{one}{two}{three}") for one in letters for two in letters for three in "abcd"),
        *(request(target=f"10.0.{index // 250}.{index % 250}:80") for index in range(1_500)),
    )

    assert len(found.places) == 1_000
    assert len(found.targets) == 1_000
    assert found.requests == 26 * 26 * 4 + 1_500


def test_what_is_older_is_left_out() -> None:
    old, new = NOON - dt.timedelta(hours=2), NOON + dt.timedelta(minutes=1)
    found = summed(request(when=old), connection(when=old), request(when=new), since=NOON)

    assert (found.older, found.requests, found.first) == (2, 1, new)


def test_files_are_read_packed_or_not_and_to_where_they_break_off(tmp_path: Path) -> None:
    lines = "\n".join([request(), "x" * (3 * LONGEST), request(), "", connection(), "nonsense"]).encode()
    whole, packed, cut = (tmp_path / name for name in ("plain.log", "packed.log.gz", "cut.log.gz"))
    whole.write_bytes(lines)
    packed.write_bytes(gzip.compress(lines))
    cut.write_bytes(gzip.compress(lines * 50)[:-20])
    reading = Reading(Summary())

    for file in (whole, packed):
        reading.take_file(file)

    found = reading.summary
    assert (found.requests, found.connections, found.malformed, reading.broken) == (4, 2, 4, 0)
    reading.take_file(cut)
    assert (reading.files, reading.broken) == (3, 1)


def test_a_small_file_that_unpacks_to_a_huge_one_is_left(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.log.gz"
    bomb.write_bytes(gzip.compress(b"x" * (64 * 2**20)))
    reading = Reading(Summary(), most_bytes=2**20)

    reading.take_file(bomb)

    assert reading.taken < 2 * 2**20
    assert reading.is_over
