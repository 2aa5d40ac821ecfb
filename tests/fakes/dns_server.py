"""DNS servers on loopback: a resolver and name servers of zones, each with its own records, faults and times."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

_START = "ns.{zone}. admin.{zone}. 1 7200 3600 1209600 {minimum}"


Records = dict[tuple[str, str], tuple[int, list[str]]]


@dataclass
class FakeDns:
    """One server.

    Attributes:
        address: on loopback.
        records: name and type → time to live and values.
        codes: name → how questions about it end, in place of an answer.
        zones: names with a start of authority here.
        delegated: zone → name servers that it refers to.
        minimum: seconds that the absence of a name may be kept.
        unanswered: questions that get no answer, as `name type`.
        asked: every question, as `name type`.
    """

    address: str
    is_authoritative: bool = False
    records: dict[tuple[str, str], tuple[int, list[str]]] = field(
        default_factory=dict[tuple[str, str], tuple[int, list[str]]]
    )
    codes: dict[str, dns.rcode.Rcode] = field(default_factory=dict[str, dns.rcode.Rcode])
    zones: set[str] = field(default_factory=set[str])
    delegated: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    minimum: int = 300
    is_silent: bool = False
    unanswered: set[str] = field(default_factory=set[str])
    asked: list[str] = field(default_factory=list[str])

    def answer(self, question: dns.message.Message) -> dns.message.Message:
        """What it says."""
        reply = dns.message.make_response(question)
        asked = question.question[0]
        name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append(f"{name} {kind}")
        if self.is_authoritative:
            reply.flags |= dns.flags.AA
        if code := self.codes.get(name):
            reply.set_rcode(code)
            self._add_start(reply, name)
            return reply
        if zone := next((each for each in self.delegated if f".{name}".endswith(f".{each}")), None):
            reply.flags &= ~dns.flags.AA
            _add(reply.authority, zone, 3600, "NS", [f"{each}." for each in self.delegated[zone]])
            return reply
        self._fill(reply, name, kind)
        return reply

    def _fill(self, reply: dns.message.Message, name: str, kind: str) -> None:
        if alias := self.records.get((name, "CNAME")):
            _add(reply.answer, name, alias[0], "CNAME", [f"{alias[1][0]}."])
            self._fill(reply, alias[1][0], kind)
        elif kind == "SOA" and name in self.zones:
            _add(reply.answer, name, 900, "SOA", [_START.format(zone=name, minimum=self.minimum)])
        elif found := self.records.get((name, kind)):
            _add(reply.answer, name, found[0], kind, [f"{each}." if kind == "NS" else each for each in found[1]])
        else:
            self._add_start(reply, name)

    def _add_start(self, reply: dns.message.Message, name: str) -> None:
        zone = next((zone for zone in sorted(self.zones, key=len, reverse=True) if name.endswith(zone)), None)
        if zone:
            _add(reply.authority, zone, 900, "SOA", [_START.format(zone=zone, minimum=self.minimum)])


def _add(section: list[dns.rrset.RRset], name: str, ttl: int, kind: str, values: list[str]) -> None:
    section.append(dns.rrset.from_text(f"{name}.", ttl, dns.rdataclass.IN, kind, *values))


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, server: FakeDns) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._server.is_silent:
            return
        reply = self._server.answer(dns.message.from_wire(data))
        if self._server.asked[-1] not in self._server.unanswered:
            self._transport.sendto(reply.to_wire(), addr)


@asynccontextmanager
async def serving(*servers: FakeDns) -> AsyncGenerator[int]:
    """All of them, each at its address, at one port, which is given."""
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as open_ones:
        port = _free(servers)
        for server in servers:
            transport, _ = await loop.create_datagram_endpoint(
                lambda server=server: _Protocol(server), local_addr=(server.address, port)
            )
            open_ones.callback(transport.close)
        yield port


def _free(servers: tuple[FakeDns, ...]) -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind((servers[0].address, 0))
        return int(probe.getsockname()[1])
