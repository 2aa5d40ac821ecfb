"""Do the names lead to the load balancers of the stack? Cloud DNS and DNS, side by side."""

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.google.deployed import AGENTS, WEB, Deployed, named
from codemie.operations.cloud.google.way import Thing
from codemie.plugins.diagnosis.lookup import Lookup, Outcome

_ELSEWHERE = ("forwardingConfig", "peeringConfig", "serviceDirectoryConfig")
"""How a private zone has its answers from others: what it holds itself says nothing then."""
_RIGHT = "dns.resourceRecordSets.list"


@check(
    "dns.balancers",
    title="Both names lead to their load balancers",
    symptom="Another site answers, or an old one, or nobody, though the load balancers are well.",
    remedy=(
        "Point the record at the reserved address: codemiectl tf plan shows what differs",
        "Where Cloud DNS is right, and DNS is not: codemiectl doctor --domain NAME looks at delegation and waiting",
    ),
    faq=("F27", "F55", "F56"),
    needs=("lb.state",),
    timeout=30,
)
async def names(deployed: Deployed, lookup: Lookup) -> Finding:
    """A record still leads to an address that was released, was made by hand, or its zone is not delegated."""
    seen = dict[str, str]()
    for role in (WEB, AGENTS):
        name, wanted = deployed.host(role), await deployed.address(role)
        answer = await lookup.ask(name, "A")
        if answer.outcome not in {Outcome.FOUND, Outcome.NO_NAME, Outcome.NO_DATA}:
            raise Unobservable(f"DNS does not answer for {name}: {answer.outcome}", "See dns.delegation")
        found, record = set(await lookup.addresses(name)), await _record(deployed, name)
        told = ", ".join(sorted(found)) or "nothing"
        seen |= {
            name: told,
            f"Cloud DNS, {name}": ", ".join(sorted(record)) or "no record",
            f"{deployed.name}-{role}": wanted,
        }
        if found == {wanted}:
            continue
        where = f"leads to {told}" if found else f"leads nowhere ({answer.outcome})"
        if record == {wanted}:
            text = f"{name} {where}, not to {wanted}, though Cloud DNS is right"
            return failed(text, *reversed(names.remedy), **seen)
        return failed(f"{name} {where}, not to {wanted}", *names.remedy, **seen)
    return passed("Both do", **seen)


async def _record(deployed: Deployed, name: str) -> set[str]:
    """The addresses that the zone of the stack has for a name."""
    zone = str(deployed.values.get("zone_name") or "")
    if not zone:
        return set()
    return set(await _values(deployed, zone, name))


async def _values(deployed: Deployed, zone: str, name: str) -> list[str]:
    """What a zone has for a name: addresses or another name, by a record of its own or by a wildcard."""
    path = f"{deployed.parent}/managedZones/{zone}/rrsets"
    listed = await deployed.every("dns", path, "rrsets", _RIGHT)
    for asked in (f"{name}.", f"*.{name.partition('.')[2]}."):
        records = [each for each in listed if each["name"] == asked and each["type"] in {"A", "AAAA", "CNAME"}]
        if records:
            return [str(value) for each in records for value in each.get("rrdatas") or ()]
    return []


@check(
    "dns.private_zones",
    title="No private zone of the network hides the names",
    symptom="Pods do not find the platform by its own name, though everybody outside does.",
    remedy=(
        "Make the record in the private zone, too: the reserved address",
        "Or take the network out of it: gcloud dns managed-zones update ZONE --networks=OTHERS",
    ),
    severity=Severity.MAJOR,
    faq=("F27", "F55"),
    needs=("lb.state",),
    timeout=30,
)
async def private_zones(deployed: Deployed) -> Finding:
    """A private zone of the domain is visible in the network, for something else, and lacks these records.

    Within the network the private zone that fits a name best answers for it alone: what it lacks does not exist there.
    """
    listed = await deployed.every("dns", f"{deployed.parent}/managedZones", "managedZones", "dns.managedZones.list")
    zones = [each for each in listed if each.get("visibility") == "private" and _is_seen(deployed, each)]
    seen, elsewhere = dict[str, str](), list[str]()
    for role in (WEB, AGENTS):
        name, wanted = deployed.host(role), await deployed.address(role)
        fitting = [each for each in zones if f".{name}.".endswith(f".{each['dnsName']}")]
        zone = max(fitting, key=lambda each: str(each["dnsName"]).count("."), default=None)
        if zone is None:
            continue
        if elsewhere_of := next((each for each in _ELSEWHERE if zone.get(each)), ""):
            text = f"The private zone {zone['name']} lets others answer for {name}: {elsewhere_of}"
            return unknown(text, "Ask in a pod: codemiectl net dns NAME", **seen)
        values = await _values(deployed, str(zone["name"]), name)
        seen[name] = f"zone {zone['name']}: {', '.join(values) or 'no record'}"
        if not values:
            text = f"The private zone {zone['name']} is visible in the network and hides {name}: it has no such record"
            return failed(text, *private_zones.remedy, **seen)
        if set(values) != {wanted}:
            elsewhere.append(
                f"The network is led to {', '.join(values)} for {name}, by the private zone {zone['name']}"
            )
    if elsewhere:
        return warned(elsewhere[0], "Look whether that leads to the load balancer", *private_zones.remedy, **seen)
    return passed("None does", zones=", ".join(str(each["name"]) for each in zones) or "none", **seen)


def _is_seen(deployed: Deployed, zone: Thing) -> bool:
    """Whether the network of the platform sees a private zone."""
    networks = (zone.get("privateVisibilityConfig") or {}).get("networks") or ()
    own = f"/{deployed.parent}/global/networks/{deployed.name}"
    return any(str(each.get("networkUrl")).endswith(own) and named(str(each["networkUrl"])) for each in networks)


CHECKS: tuple[Check, ...] = (names, private_zones)
