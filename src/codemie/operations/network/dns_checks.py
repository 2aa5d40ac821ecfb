"""Checks of names: they exist, here and in the world, lead to the load balancer, and changes have arrived."""

from collections.abc import Iterable

from codemie.checks.check import Severity, check
from codemie.checks.report import Finding, failed, passed, skipped, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.network.site import Site
from codemie.plugins.diagnosis import views
from codemie.plugins.diagnosis.hosts_file import FILE, is_this_machine
from codemie.plugins.diagnosis.lookup import Answer, Lookup, Outcome
from codemie.plugins.diagnosis.target import is_address

_SAID = {
    Outcome.NO_NAME: "The name does not exist",
    Outcome.NO_DATA: "The name exists, but has no address",
    Outcome.BROKEN: "The resolver fails on this name: its zone's servers do not answer, or its signatures are wrong",
    Outcome.REFUSED: "The resolver refuses to answer",
    Outcome.SILENT: "No resolver answers",
}
_IN_BOTH = (
    "Make the record in the private zone, too, or take the zone away from this network",
    "On AWS: aws route53 list-hosted-zones-by-vpc --vpc-id VPC --vpc-region REGION names the zones of a network",
)
_SETTLED = {Outcome.FOUND, Outcome.NO_NAME, Outcome.NO_DATA}


@check(
    "dns.resolver",
    title="A resolver answers",
    symptom="No name at all is found from this machine.",
    remedy=("Look at the resolver's address in /etc/resolv.conf, and whether port 53 is let out", "Give --resolver"),
    faq=("F55", "F67"),
)
async def resolver(site: Site, lookup: Lookup) -> Finding:
    """The resolver is not reachable, or serves other networks only: a VPN is down, or a firewall is in between."""
    if reason := _beside_dns(site):
        return skipped(reason)
    if lookup.local(site.host):
        return skipped(f"{site.host} stands in the hosts file of this machine")
    answer = await lookup.ask(site.host, "A")
    if answer.outcome in {Outcome.SILENT, Outcome.REFUSED}:
        remedy = (f"Look whether a resolver listens at {lookup.asked}, and is let out to",) if lookup.asked else ()
        asked = lookup.asked or "of this machine"
        return failed(_SAID[answer.outcome], *(remedy or resolver.remedy), asked=asked)
    return passed(f"{answer.server} answers")


@check(
    "dns.records",
    title="The name has an address",
    symptom="Browsers say that the server cannot be found.",
    remedy=(
        "Create the record at the load balancer: an alias or CNAME to its name, or an A record to its address",
        "In a private network, ask the resolver that knows the name: --resolver ADDRESS",
    ),
    faq=("F55", "F67"),
    needs=("dns.resolver",),
    timeout=20,
)
async def records(site: Site, lookup: Lookup) -> Finding:
    """The record was never made, stands in another zone than the one that is asked, or the zone itself is broken.

    A name that does not exist, one without an address, and a resolver that fails are three different faults; so is a
    private zone of the same name, which hides the public one for this network even where it lacks the record.
    """
    if is_address(site.host):
        return skipped(f"{site.host} is an address, not a name")
    if is_this_machine(site.host):
        return passed(f"{site.host} is {_listed(lookup.local(site.host))}, this machine itself")
    answers = [await lookup.ask(site.host, kind) for kind in ("A", "AAAA")]
    found = next((answer for answer in answers if answer.outcome is Outcome.FOUND), None)
    if known := lookup.local(site.host):
        return _by_hosts_file(site.host, known, answers)
    if found is None:
        told = answers[0]
        detail = f"{_SAID[told.outcome]}: {site.host} ({told.outcome})"
        if told.outcome in _SETTLED and (hidden := await _hidden(site.host, told, lookup)):
            return hidden
        return failed(detail, *records.remedy, resolver=told.server)
    values = ", ".join(value for answer in answers for value in answer.values)
    through = " → ".join(found.names)
    return passed(f"{through} is {values}", resolver=found.server, ttl=f"{found.ttl} s")


def _beside_dns(site: Site) -> str:
    """Why DNS has no say in where this leads; empty where it has."""
    if is_address(site.host):
        return f"{site.host} is an address, not a name"
    return f"{site.host} is this machine itself" if is_this_machine(site.host) else ""


def _by_hosts_file(name: str, known: Iterable[str], answers: Iterable[Answer]) -> Finding:
    """This machine goes where its hosts file says; everybody else, where DNS does."""
    told = {value for answer in answers for value in answer.values}
    here = f"{name} is {_listed(known)} by the hosts file of this machine"
    if told == set(known):
        return passed(f"{here}, and by DNS")
    return warned(
        f"{here} alone; DNS says {_listed(told) or ', '.join(dict.fromkeys(each.outcome for each in answers))}",
        f"Others are led by DNS: see what they see with the line of {name} taken out of {FILE}, or with --resolver",
    )


async def _hidden(name: str, here: Answer, lookup: Lookup) -> Finding | None:
    """What to say where the world finds the name, and a private zone keeps this network from it; None: it is not so."""
    try:
        told = await views.world(lookup, name)
        zone = await views.private_zone(lookup, name, told) if told.addresses else ""
    except Unobservable:
        return None
    if not zone:
        return None
    return failed(
        f"The private zone {zone} hides {name}: here there is none ({here.outcome}), the world finds "
        f"{_listed(told.addresses)}",
        *_IN_BOTH,
        resolver=here.server,
        server=told.server,
    )


@check(
    "dns.views",
    title="This network and the world are told the same",
    symptom="The name works from inside and not from outside, or the other way round.",
    remedy=_IN_BOTH,
    severity=Severity.MINOR,
    faq=("F27", "F55"),
    needs=("dns.records", "dns.delegation"),
    timeout=20,
)
async def both_views(site: Site, lookup: Lookup) -> Finding:
    """A private zone answers this network in place of the public one, on purpose or left over from a trial.

    Servers of the world are asked from the top down. Where the same zone answers, a difference is one of time.
    """
    if reason := _beside_dns(site):
        return skipped(reason)
    seen = await views.both(lookup, site.host, await lookup.addresses(site.host))
    if seen.split:
        return warned(
            seen.split,
            "Look whether both lead to the load balancer: codemiectl net dns NAME --target LOAD-BALANCER, from both",
            *_IN_BOTH,
            **seen.seen,
        )
    return passed("The same zone answers both, or both are told the same", **seen.seen)


@check(
    "dns.delegation",
    title="The zone's name servers are those that its parent names",
    symptom="The name works for some people and not for others, or only from inside the cloud account.",
    remedy=("Enter the zone's own name servers at the registrar, or in the parent zone",),
    faq=("F55", "F57"),
    needs=("dns.resolver",),
    timeout=20,
)
async def delegation(site: Site, lookup: Lookup) -> Finding:
    """A zone was made anew and got other name servers, or was never delegated: the world asks the wrong servers.

    A change of a delegation is the one that may take up to 48 hours, since the parent zone keeps it so long.
    """
    if reason := _beside_dns(site):
        return skipped(reason)
    zone = await lookup.zone_of(site.host)
    parent = await lookup.zone_of(zone.partition(".")[2]) if zone and "." in zone else None
    if zone is None or parent is None:
        return unknown(f"No zone was found above {site.host}", "See dns.records first")
    servers = await lookup.ask(zone, "NS")
    if servers.outcome is not Outcome.FOUND:
        return unknown(f"Which servers {zone} itself names is not answered: {servers.outcome}", "Run again")
    own = set(servers.values)
    told = await _delegated(lookup, zone, parent)
    if told is None:
        return unknown(f"No name server of {parent} answers from here", "Outgoing DNS may be kept to a resolver")
    if not told & own and await _is_private(site.host, lookup):
        return passed(f"{zone} is private here; its public namesake is delegated by {parent}", public=_listed(told))
    return _compared(zone, own, parent, told)


async def _is_private(name: str, lookup: Lookup) -> bool:
    try:
        return bool(await views.private_zone(lookup, name, await views.world(lookup, name)))
    except Unobservable:
        return False


def _compared(zone: str, own: set[str], parent: str, told: set[str]) -> Finding:
    seen = {"zone": f"{zone}: {_listed(own)}", "parent": f"{parent}: {_listed(told)}"}
    if not told & own:
        return failed(f"{parent} sends the world to other servers than those of {zone}", *delegation.remedy, **seen)
    if told != own:
        return warned(f"{parent} and {zone} name different servers, some are the same", *delegation.remedy, **seen)
    return passed(f"{zone} is delegated by {parent}", **seen)


async def _delegated(lookup: Lookup, zone: str, parent: str) -> set[str] | None:
    """The name servers that the parent's servers refer to; None when none of them answers."""
    for server in (await lookup.ask(parent, "NS")).values:
        for address in await lookup.addresses(server):
            answer = await lookup.ask_at(address, zone, "NS")
            if answer.outcome not in {Outcome.SILENT, Outcome.BROKEN, Outcome.REFUSED}:
                return set(answer.delegated or answer.values)
    return None


@check(
    "dns.propagation",
    title="The resolver knows the current record",
    symptom="The record was changed, and people still reach the old address, or none.",
    remedy=("Wait for the time that is left, or ask another resolver",),
    severity=Severity.MINOR,
    faq=("F57",),
    needs=("dns.resolver",),
    timeout=20,
)
async def propagation(site: Site, lookup: Lookup) -> Finding:
    """A resolver keeps an answer for the time that came with it, and the absence of an answer as well (RFC 2308).

    This record can be stale no longer than that; only changes of a delegation take a day or two.
    """
    if reason := _beside_dns(site):
        return skipped(reason)
    kept = await lookup.ask(site.host, "A")
    if kept.outcome not in _SETTLED:
        return skipped("blocked by dns.records")
    current = await _authoritative(lookup, site.host)
    if current is None and await _is_private(site.host, lookup):
        return skipped(f"blocked by {'dns.views' if kept.values else 'dns.records'}")
    if current is None:
        return unknown("No server of the zone answers from here", "Outgoing DNS may be kept to a resolver")
    if len(kept.names) > 1 or len(current.names) > 1:
        return skipped("the name leads to another one, whose addresses change by themselves")
    return _arrived(kept, current)


def _arrived(kept: Answer, current: Answer) -> Finding:
    """Whether the resolver says what the zone does; an absence, too, is kept for the time that came with it."""
    if current.outcome not in _SETTLED:
        return unknown(f"{current.server} of the zone does not answer: {current.outcome}", "Look at that server")
    if set(current.values) == set(kept.values):
        if not kept.values:
            return skipped("blocked by dns.records")
        return passed("Resolver and zone say the same", server=current.server)
    before, now = (_listed(each.values) or "that there is none" for each in (kept, current))
    return warned(
        f"The resolver still says {before}, the zone {now}: for at most {kept.ttl} s more",
        *propagation.remedy,
        server=current.server,
        resolver=kept.server,
    )


async def _authoritative(lookup: Lookup, name: str) -> Answer | None:
    zone = await lookup.zone_of(name)
    for server in (await lookup.ask(zone, "NS")).values if zone else ():
        for address in await lookup.addresses(server):
            answer = await lookup.ask_at(address, name, "A")
            if answer.is_authoritative:
                return answer
    return None


@check(
    "dns.target",
    title="The name leads to the load balancer",
    symptom="Another site answers, or an old one, or nobody.",
    remedy=("Point the record at the load balancer: an alias or CNAME follows its addresses, an A record does not",),
    faq=("F56",),
    needs=("dns.records",),
)
async def target(site: Site, lookup: Lookup) -> Finding:
    """The record still has the address of a load balancer that was replaced, or that of something else."""
    if not site.expected:
        return skipped("the load balancer is not known; give it with --target")
    wanted = [
        each for name in site.expected for each in ((name,) if is_address(name) else await lookup.addresses(name))
    ]
    if not wanted:
        return failed(f"The load balancer {_listed(site.expected)} has no address itself", "Look whether it exists")
    found = (site.host,) if is_address(site.host) else await lookup.addresses(site.host)
    strange = set(found) - set(wanted)
    seen = {"name": _listed(found), "load balancer": _listed(wanted)}
    if strange:
        return failed(
            f"{site.host} leads to {_listed(strange)}, which is not the load balancer", *target.remedy, **seen
        )
    return passed(f"{site.host} leads to the load balancer", **seen)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))


CHECKS = (resolver, records, delegation, both_views, propagation, target)
