"""DNS questions, to the resolver of this machine and to name servers themselves."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from codemie.checks.sources import Unobservable
from codemie.plugins.diagnosis.hosts_file import is_this_machine

_PORT, _LONGEST_CHAIN = 53, 12


class Outcome(StrEnum):
    """How a question ended."""

    FOUND = "found"
    NO_DATA = "NODATA"
    NO_NAME = "NXDOMAIN"
    BROKEN = "SERVFAIL"
    REFUSED = "REFUSED"
    SILENT = "no answer"


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Attributes:
        server: its address.
        values: of the records of the type that was asked for, after any CNAME, sorted.
        ttl: seconds that the answer, or its absence (RFC 2308), may still be kept.
        is_authoritative: whether the server answers for the zone itself.
        names: that the question was led through by CNAME, the asked one first.
        delegated: name servers that it refers to, in place of an answer.
    """

    server: str
    outcome: Outcome
    values: tuple[str, ...] = ()
    ttl: int = 0
    is_authoritative: bool = False
    names: tuple[str, ...] = ()
    delegated: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lookup:
    """Asks.

    Attributes:
        resolvers: addresses of resolvers; empty: those of this machine.
        port: of resolvers and name servers.
        timeout: seconds for one question to one server.
        hosts: name → addresses that this machine knows without asking.
    """

    resolvers: tuple[str, ...] = ()
    port: int = _PORT
    timeout: float = 3.0
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    _known: dict[tuple[str, str], Answer] = field(default_factory=dict[tuple[str, str], Answer], compare=False)
    _took: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float], compare=False)

    @property
    def asked(self) -> str:
        """Whom it asks, as people write it."""
        return ", ".join(f"{each}:{self.port}" if self.port != _PORT else each for each in self.resolvers)

    def local(self, name: str) -> tuple[str, ...]:
        """The addresses of a name that no server is asked about; empty for all others."""
        found = self.hosts.get(name.lower(), ())
        return found or (("127.0.0.1",) if is_this_machine(name) else ())

    def seconds(self, name: str) -> float:
        """How long the resolver took for the addresses of a name; 0 where it was not asked."""
        return max((self._took.get((name, kind), 0.0) for kind in ("A", "AAAA")), default=0.0)

    async def ask(self, name: str, kind: str) -> Answer:
        """The resolver's answer; each question is asked once.

        Raises:
            Unobservable: this machine has no resolver.
        """
        if (name, kind) not in self._known:
            answer, begun = Answer("", Outcome.SILENT), time.monotonic()
            for server in self.resolvers or _own_resolvers():
                answer = await self.ask_at(server, name, kind, recurse=True)
                if answer.outcome not in {Outcome.SILENT, Outcome.BROKEN, Outcome.REFUSED}:
                    break
            self._known[name, kind], self._took[name, kind] = answer, time.monotonic() - begun
        return self._known[name, kind]

    async def ask_at(self, server: str, name: str, kind: str, *, recurse: bool = False) -> Answer:
        """The answer of one server.

        Args:
            server: its address.
            name: without a dot at the end.
            kind: such as `A`.
            recurse: ask it to find out, not only what it knows itself.

        Raises:
            Unobservable: that is no name.
        """
        try:
            question = dns.message.make_query(name, kind, use_edns=True)
        except dns.exception.DNSException as error:
            raise Unobservable(
                f"{name!r} cannot be a name: {type(error).__name__}", "Look how it is written"
            ) from error
        if not recurse:
            question.flags &= ~dns.flags.RD
        try:
            reply, _ = await dns.asyncquery.udp_with_fallback(question, server, timeout=self.timeout, port=self.port)
        except (dns.exception.DNSException, OSError):
            return Answer(server, Outcome.SILENT)
        return _read(server, reply, dns.name.from_text(name), dns.rdatatype.from_text(kind))

    async def addresses(self, name: str) -> tuple[str, ...]:
        """All addresses of a name."""
        if known := self.local(name):
            return known
        return (*(await self.ask(name, "A")).values, *(await self.ask(name, "AAAA")).values)

    async def zone_of(self, name: str) -> str | None:
        """The zone that a name belongs to: the nearest name above that has a start of authority; None when none has.

        Raises:
            Unobservable: nobody answers for one of these names, which may be that of the zone.
        """
        labels = name.split(".")
        for depth in range(len(labels) - 1):
            candidate = ".".join(labels[depth:])
            outcome = (await self.ask(candidate, "SOA")).outcome
            if outcome is Outcome.FOUND:
                return candidate
            if outcome is Outcome.SILENT:
                raise Unobservable(
                    f"Nobody answered who the zone of {name} is", "Give the resolver more time with --timeout"
                )
        return None


def _own_resolvers() -> tuple[str, ...]:
    try:
        return tuple(str(each) for each in dns.resolver.get_default_resolver().nameservers)
    except dns.resolver.NoResolverConfiguration as error:
        raise Unobservable("This machine has no resolver", "See /etc/resolv.conf, or give --resolver") from error


def _read(server: str, reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Answer:
    code = {
        dns.rcode.NXDOMAIN: Outcome.NO_NAME,
        dns.rcode.SERVFAIL: Outcome.BROKEN,
        dns.rcode.REFUSED: Outcome.REFUSED,
    }.get(reply.rcode())
    values, ttl, names = _followed(reply, name, kind)
    outcome = code or (Outcome.FOUND if values else Outcome.NO_DATA)
    return Answer(
        server=server,
        outcome=outcome,
        values=values,
        ttl=ttl if values else _negative_ttl(reply),
        is_authoritative=bool(reply.flags & dns.flags.AA),
        names=names,
        delegated=_delegated(reply),
    )


def _followed(
    reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType
) -> tuple[tuple[str, ...], int, tuple[str, ...]]:
    """Values, the shortest time to live on the way, and the names on it."""
    names, ttls = [name], list[int]()
    while len(names) < _LONGEST_CHAIN:
        sets = [rrset for rrset in reply.answer if rrset.name == names[-1]]
        for rrset in sets:
            if rrset.rdtype == kind:
                ttls.append(rrset.ttl)
                return tuple(sorted(_text(each) for each in rrset)), min(ttls), tuple(map(_plain, names))
        alias = next((rrset for rrset in sets if rrset.rdtype == dns.rdatatype.CNAME), None)
        if alias is None:
            break
        ttls.append(alias.ttl)
        target: Any = alias[0]
        names.append(target.target)
    return (), 0, tuple(map(_plain, names))


def _text(record: object) -> str:
    return str(record).rstrip(".")


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def _negative_ttl(reply: dns.message.Message) -> int:
    """RFC 2308 §5: the smaller of the start of authority's own time and its `minimum`."""
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            start: Any = rrset[0]
            return min(rrset.ttl, int(start.minimum))
    return 0


def _delegated(reply: dns.message.Message) -> tuple[str, ...]:
    if reply.answer:
        return ()
    found = {_text(each) for rrset in reply.authority if rrset.rdtype == dns.rdatatype.NS for each in rrset}
    return tuple(sorted(found))
