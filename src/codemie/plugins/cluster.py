"""Which connections the NATS servers have with agents, and how one is ended: the system account's view.

Source: docs.nats.io, "System events and services", and observation of nats-server 2.15. Each server of a cluster
answers for its own connections. The user of an agent's connection is what the callout named it: the hash of its key.
"""

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from nats.aio.msg import Msg
from nats.errors import Error

from codemie.embedded.nats_access import Login
from codemie.kernel.errors import Unavailable
from codemie.kernel.telemetry import get_logger
from codemie.plugins.callout import ACCOUNT, address_of, key_hash_of
from codemie.plugins.links import Link
from codemie.plugins.permissions import Agent

_CONNECTIONS = "$SYS.REQ.SERVER.PING.CONNZ"
_KICK = "$SYS.REQ.SERVER.{}.KICK"
_CONNECTED = f"$SYS.ACCOUNT.{ACCOUNT}.CONNECT"
_DISCONNECTED = f"$SYS.ACCOUNT.{ACCOUNT}.DISCONNECT"
_PAGE = 256
_MOST_PAGES = 80
_ANSWER_SECONDS = 2.0
_QUIET_SECONDS = 0.25
"""After the last answer: how many servers there are, nobody can say."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of an agent.

    Args:
        server: id of the NATS server that has it.
        number: its number there.
        key_hash: of the key it came with.
        address: it comes from, also behind a bridge of ours.
        agent: what it says of itself.
        session: it serves, where that can be seen.
        language: of its client library, with the version.
        since: when it was made.
        round_trip: in seconds, as the server measures it; 0 when it does not know yet.
    """

    server: str
    number: int
    key_hash: str
    address: str
    agent: Agent
    session: str | None
    language: str
    since: datetime | None
    round_trip: float


Told = Callable[[Connection], Awaitable[None]]


class Cluster:
    """The NATS servers, seen from the system account.

    Args:
        link: in the account SYS.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    async def when_connected(self, told: Told) -> None:
        """Call something for each agent that was let in."""
        await self._listen(_CONNECTED, told)

    async def when_disconnected(self, told: Told) -> None:
        """Call something for each connection of an agent that ended; also for one that a server found dead."""
        await self._listen(_DISCONNECTED, told)

    async def connections(self) -> list[Connection]:
        """All connections of agents, at all servers.

        Raises:
            Unavailable: no server answers.
        """
        found: list[Connection] = []
        for page in range(_MOST_PAGES):
            asked = {"acc": ACCOUNT, "auth": True, "subscriptions": True, "offset": page * _PAGE, "limit": _PAGE}
            answers = await self._ask_all(_CONNECTIONS, asked)
            for answer in answers:
                found += _connections(answer)
            if not any(int(answer.get("total", 0)) > (page + 1) * _PAGE for answer in answers):
                return found
        log.warning("plugin_connections_cut", shown=len(found))
        return found

    async def kick(self, connections: Iterable[Connection]) -> int:
        """End connections; their agents come back if they are still let in. Tells how many were asked to go.

        Raises:
            Unavailable: a server did not answer; the others were asked all the same.
        """
        count, failed = 0, None
        for connection in connections:
            question = json.dumps({"cid": connection.number}).encode()
            try:
                await self._publish(_KICK.format(connection.server), question)
                count += 1
            except Unavailable as error:
                failed = error
        if failed is not None:
            raise failed
        return count

    async def kick_key(self, key_hash: str) -> int:
        """End all connections of one key, and tell how many there were.

        Raises:
            Unavailable: no server answers.
        """
        return await self.kick([one for one in await self.connections() if one.key_hash == key_hash])

    async def _listen(self, subject: str, told: Told) -> None:
        async def heard(message: Msg) -> None:
            event = _mapping(json.loads(message.data))
            client = _mapping(event.get("client"))
            server = str(_mapping(event.get("server")).get("id", ""))
            # Other users of the account are the platform's own.
            if connection := _from_event(server, client):
                await told(connection)

        await self._link.subscribe(subject, heard)

    async def _ask_all(self, subject: str, question: dict[str, Any]) -> list[dict[str, Any]]:
        """What each server answers."""
        client = self._link.client
        answers: list[dict[str, Any]] = []
        inbox = client.new_inbox()
        try:
            subscription = await client.subscribe(inbox)
            try:
                await client.publish(subject, json.dumps(question).encode(), reply=inbox)
                seconds = _ANSWER_SECONDS
                while True:
                    message = await subscription.next_msg(timeout=seconds)
                    answers.append(_mapping(_mapping(json.loads(message.data)).get("data")))
                    seconds = _QUIET_SECONDS
            finally:
                await subscription.unsubscribe()
        except (TimeoutError, Error, OSError) as error:
            if not answers:
                raise _away() from error
        return answers

    async def _publish(self, subject: str, payload: bytes) -> None:
        try:
            # A kick is answered by the server that carries it out; without an answer it has not been.
            await self._link.client.request(subject, payload, timeout=_ANSWER_SECONDS)
        except (TimeoutError, Error, OSError) as error:
            raise _away() from error


def _away() -> Unavailable:
    return Unavailable("NATS does not tell about its connections", details=f"Asked as {Login.SYS}", retry_after=2)


def _connections(answer: dict[str, Any]) -> Iterable[Connection]:
    for row in cast("list[Any]", answer.get("connections") or []):
        one = _mapping(row)
        user = str(one.get("authorized_user", ""))
        if (key_hash := key_hash_of(user)) is None:
            continue
        agent = Agent.named(str(one.get("name", "")))
        yield Connection(
            server=str(answer.get("server_id", "")),
            number=int(one.get("cid", 0)),
            key_hash=key_hash,
            address=address_of(user) or str(one.get("ip", "")),
            agent=agent,
            session=agent.session or _session(one.get("subscriptions_list")),
            language=f"{one.get('lang', '')} {one.get('version', '')}".strip(),
            since=_moment(one.get("start")),
            round_trip=_seconds(str(one.get("rtt", ""))),
        )


def _from_event(server: str, client: dict[str, Any]) -> Connection | None:
    user = str(client.get("user", ""))
    if (key_hash := key_hash_of(user)) is None:
        return None
    agent = Agent.named(str(client.get("name", "")))
    return Connection(
        server=server,
        number=int(client.get("id", 0)),
        key_hash=key_hash,
        address=address_of(user) or str(client.get("host", "")),
        agent=agent,
        session=agent.session,
        language=f"{client.get('lang', '')} {client.get('ver', '')}".strip(),
        since=_moment(client.get("start")),
        round_trip=int(client.get("rtt", 0)) / 1e9,
    )


def _session(subscriptions: Any) -> str | None:
    """The session whose tools a connection serves: of `K.S.L.*`, the second part."""
    for subject in cast("list[Any]", subscriptions or []):
        parts = str(subject).split(".")
        if len(parts) == 4 and parts[3] == "*":
            return parts[1]
    return None


def _moment(text: Any) -> datetime | None:
    try:
        # Servers write nanoseconds; Python reads microseconds.
        whole, _, fraction = str(text).removesuffix("Z").partition(".")
        return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}+00:00")
    except ValueError:
        return None


_UNITS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def _seconds(text: str) -> float:
    """A duration as Go writes it, such as `1.25ms`; 0 when it is none of those that a round trip takes."""
    number = text.rstrip("nµums")
    try:
        return float(number) * _UNITS[text[len(number) :]]
    except (KeyError, ValueError):
        return 0.0


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
