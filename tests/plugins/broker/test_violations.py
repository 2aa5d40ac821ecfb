"""What an agent tries and may not is audited, without a key in it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from codemie.embedded.server_log import without_keys
from codemie.identity.tables import ActivityEvent
from codemie.kernel.database import Database
from codemie.plugins.refusals import Refusals
from codemie.plugins.violations import Violations, read_line
from codemie.plugins.wire.subjects import key_mark
from tests.plugins.broker.agents import agent, is_let_in
from tests.plugins.broker.conftest import Broker
from tests.support import until


async def test_reaching_for_another_key_is_audited_with_marks_only(broker: Broker, database: Database) -> None:
    key, other = broker.keys.new(), broker.keys.new()
    violations = Violations(broker.embedded.log, Refusals(database))
    async with agent(broker.server, key, name='we"ird\\ - "PLUGINS/user:forged" -') as one:
        await one.try_to_subscribe(f"{other}.list")
        await one.try_to_subscribe(">")
        await one.try_to_publish(f"{other}.live")
        await one.try_to_publish(f"{key}.S.default._tool")

    async def written() -> list[ActivityEvent] | None:
        await violations.read_on()
        async with database.session() as session:
            wanted = select(ActivityEvent).where(ActivityEvent.entity_id == key_mark(key))
            found = [event for event in (await session.scalars(wanted)).all() if "violation" in event.event_type]
        return found if len(found) == 4 else None

    events = await until(written, seconds=10, what="four violations in the audit log")
    told = {(event.attributes["action"], event.attributes["target"]) for event in events}
    assert told == {
        ("subscribe", f"key {key_mark(other)}"),
        ("subscribe", ">"),
        ("publish", f"key {key_mark(other)}"),
        ("publish", "own key"),
    }
    assert {event.attributes["address"] for event in events} == {"127.0.0.1"}
    assert not [event for event in events if key in str(event.attributes) or other in str(event.attributes)]


LINE = '[1] 2026/11/30 00:27:21.1 [ERR] {address}:52348 - cid:12 - "v2.16.0:python3" - "PLUGINS/user:{user}" - {rest}'
HASH = "9" * 64


@pytest.mark.parametrize(
    ("address", "user", "rest", "shown"),
    [
        ("192.0.2.1", HASH, 'Publish Violation - Subject "x.y"', "192.0.2.1"),
        ("127.0.0.1", f"{HASH}@192.0.2.7", 'Subscription Violation - Subject ">", SID 2', "192.0.2.7"),
        ("[2001:db8::1]", HASH, 'Subscription Violation - Subject "a", Queue "q", SID 2', "2001:db8::1"),
        ("192.0.2.1", HASH, 'Publish Violation - Reply "x"', "192.0.2.1"),
    ],
)
def test_lines_of_violations_tell_the_address(address: str, user: str, rest: str, shown: str) -> None:
    found = read_line(LINE.format(address=address, user=user, rest=rest))

    assert found is not None
    assert (found.key_mark, found.address) == (HASH[:12], shown)


@given(st.text(st.characters(exclude_characters="\n")))
def test_any_other_line_tells_nothing(line: str) -> None:
    assert read_line(line) is None


@given(st.from_regex(re.compile(r"[A-Za-z0-9_-]{16,64}"), fullmatch=True))
def test_a_key_never_comes_out(key: str) -> None:
    found = read_line(LINE.format(address="h", user=HASH, rest=f'Publish Violation - Subject "{key}.live"'))

    assert found is not None
    assert key not in str(found)


async def test_the_servers_own_log_holds_keys_and_none_of_them_is_shown(broker: Broker) -> None:
    wrong, good, other = broker.keys.wrong(), broker.keys.new(), broker.keys.new()
    assert not await is_let_in(broker.server, wrong)
    async with agent(broker.server, good) as one:
        await one.try_to_subscribe(f"{other}.list")

    async def written() -> str | None:
        said = broker.embedded.log.read_text()
        return said if wrong in said and f'"{other}.list"' in said else None

    said = await until(written, seconds=10, what="both refusals in the server's log")
    shown = without_keys(said)
    assert not [key for key in (wrong, good, other) if key in shown]
    assert key_mark(wrong) in shown, "it can still be followed through the audit log"
    assert f"PLUGINS/user:{key_mark(good)}" in shown


async def test_a_log_that_is_replaced_is_read_from_its_beginning(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "server.log"
    file.write_text("old line\n" * 100)
    follower = Violations(file, Refusals(database))
    fresh = tmp_path / "new.log"
    mark = key_mark(str(tmp_path))
    line = LINE.format(address="192.0.2.1", user=mark + "0" * 52, rest='Publish Violation - Subject "x.y"')
    fresh.write_text(line[:50])
    fresh.replace(file)

    await follower.read_on()
    with file.open("a") as stream:
        stream.write(f"{line[50:]}\n")
    await follower.read_on()

    async with database.session() as session:
        events = await session.scalars(select(ActivityEvent).where(ActivityEvent.entity_id == mark))
        assert [event.attributes["target"] for event in events] == ["x"]
