"""Do the names lead to the load balancers of the stack? Route 53 and DNS, side by side, here and in the world."""

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, Status, failed, passed, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.balancers import Balancer, Role, host, there
from codemie.operations.cloud.made import Made, Thing
from codemie.plugins.diagnosis import views
from codemie.plugins.diagnosis.lookup import Lookup, Outcome

_DUAL = "dualstack."
_IN_BOTH = ("Look whether that is meant: agents and people outside go the way of the world, pods that of the network",)


@check(
    "dns.balancers",
    title="Both names lead to their load balancers",
    symptom="Another site answers, or an old one, or nobody, though the load balancers are well.",
    remedy=(
        "Point the record at the load balancer, as an alias: codemiectl tf plan shows what differs",
        "Where Route 53 is right, and DNS is not: codemiectl doctor --domain NAME looks at delegation and waiting",
    ),
    faq=("F27", "F56"),
    needs=("lb.state",),
    timeout=30,
)
async def names(made: Made, lookup: Lookup) -> Finding:
    """A record still leads to a load balancer that was replaced, was made by hand, or its zone is not delegated.

    What a name resolves to must be among what AWS's own name of the load balancer resolves to at the same moment. Where
    this network and the world are told different addresses, both sets must be the load balancer's.
    """
    seen, split = dict[str, str](), list[str]()
    for role in Role:
        balancer, name = await there(made, role), host(made, role)
        wanted = set(await lookup.addresses(balancer.address))
        if not wanted:
            raise Unobservable(f"{balancer.address} has no address here", "Ask another resolver with --resolver")
        answer = await lookup.ask(name, "A")
        if answer.outcome not in {Outcome.FOUND, Outcome.NO_NAME, Outcome.NO_DATA}:
            raise Unobservable(f"DNS does not answer for {name}: {answer.outcome}", "See dns.delegation")
        found = set(await lookup.addresses(name))
        alias = await _alias(made, name)
        seen |= {name: _listed(found), balancer.name: f"{balancer.address}, {_listed(wanted)}"}
        if alias:
            seen[f"Route 53, {name}"] = alias
        is_right = alias == balancer.address.lower()
        # A large load balancer tells some of its addresses at a time, others to another question.
        if found and (found <= wanted or (is_right and found & wanted)):
            if finding := await _in_the_world(lookup, name, balancer, found, seen):
                if finding.status is Status.FAIL:
                    return finding
                split.append(finding.detail)
            continue
        where = f"leads to {_listed(found)}" if found else f"leads nowhere ({answer.outcome})"
        detail = f"{name} {where}, not to {balancer.name}"
        if is_right:
            return failed(f"{detail}, though Route 53 is right", *reversed(names.remedy), **seen)
        return failed(detail, *names.remedy, **seen)
    if split:
        return warned(f"{split[0]}; both are the load balancer's", *_IN_BOTH, **seen)
    return passed("Both do", **seen)


async def _in_the_world(
    lookup: Lookup, name: str, balancer: Balancer, here: set[str], seen: dict[str, str]
) -> Finding | None:
    """What to say where the world is told other addresses than this network, which is led well; None: it is not so."""
    try:
        told = await views.both(lookup, name, here)
        own = await views.world(lookup, balancer.address) if told.split else None
    except Unobservable as error:
        seen[f"{name}, in the world"] = f"not seen: {error}"
        return None
    seen[f"{name}, in the world"] = told.seen["world"]
    if own is None:
        return None
    seen[f"{balancer.name}, in the world"] = _listed(set(own.addresses))
    if set(told.world.addresses) & set(own.addresses):
        return warned(told.split, *_IN_BOTH)
    return failed(f"{told.split}, which is not {balancer.name}", *_IN_BOTH, **seen)


@check(
    "dns.private_zones",
    title="No private zone of the network hides the names",
    symptom="Pods do not find the platform by its own name, though everybody outside does.",
    remedy=(
        "Make the record in the private zone, too: an alias to the load balancer",
        "Or take the zone away from the network: aws route53 disassociate-vpc-from-hosted-zone",
    ),
    severity=Severity.MAJOR,
    faq=("F27", "F55"),
    needs=("lb.state",),
    timeout=30,
)
async def private_zones(made: Made) -> Finding:
    """A private zone of the domain was tied to the network, for something else, and lacks these records.

    Within the network the private zone that fits a name best answers for it alone: what it lacks does not exist there.
    """
    network = await made.network()
    if network is None:
        raise Unobservable("The network of the stack is not there", "See cloud.stack")
    zones = await made.every(
        "route53",
        "list_hosted_zones_by_vpc",
        "HostedZoneSummaries",
        VPCId=network["VpcId"],
        VPCRegion=made.aws.region,
    )
    seen, elsewhere = dict[str, str](), list[str]()
    for role in Role:
        balancer, name = await there(made, role), host(made, role)
        zone = max((each for each in zones if f".{name}.".endswith(f".{each['Name']}")), key=_depth, default=None)
        if zone is None:
            continue
        private = str(zone["Name"]).rstrip(".")
        values = await _within(made, zone, name)
        seen[name] = f"zone {private}: {_listed(values)}"
        if not values:
            detail = f"The private zone {private} is tied to the network and hides {name}: it has no such record"
            return failed(detail, *private_zones.remedy, **seen)
        if values != {balancer.address.lower()}:
            elsewhere.append(f"The network is led to {_listed(values)} for {name}, by the private zone {private}")
    if elsewhere:
        return warned(elsewhere[0], "Look whether that leads to the load balancer", *private_zones.remedy, **seen)
    return passed("None does", zones=", ".join(str(each["Name"]) for each in zones) or "none", **seen)


def _depth(zone: Thing) -> int:
    return str(zone["Name"]).count(".")


async def _within(made: Made, zone: Thing, name: str) -> set[str]:
    """Where a private zone leads a name, by its own record or by a wildcard."""
    for asked in (name, f"*.{name.partition('.')[2]}"):
        if not f"{asked}.".endswith(f".{zone['Name']}") and f"{asked}." != zone["Name"]:
            continue
        records = await _records(made, str(zone["HostedZoneId"]), asked)
        if found := {value for each in records for value in _leads_to(each)}:
            return found
    return set()


async def _records(made: Made, zone: str, name: str) -> list[Thing]:
    """Those of this name, with an address or another name."""
    told = await made.one(
        "route53",
        "list_resource_record_sets",
        HostedZoneId=zone,
        StartRecordName=name,
        StartRecordType="A",
        MaxItems="10",
    )
    # Route 53 writes an asterisk by its octal number.
    wanted = f"{name}.".replace("*", "\\052")
    listed = (told or {}).get("ResourceRecordSets") or ()
    return [each for each in listed if each["Name"] in {wanted, f"{name}."} and each["Type"] in {"A", "AAAA", "CNAME"}]


def _leads_to(record: Thing) -> list[str]:
    if alias := record.get("AliasTarget"):
        return [_plain(alias["DNSName"])]
    return [_plain(each["Value"]) for each in record.get("ResourceRecords") or ()]


def _plain(name: str) -> str:
    return str(name).rstrip(".").lower().removeprefix(_DUAL)


async def _alias(made: Made, name: str) -> str:
    """What Route 53 of this account says; empty where the zone is not here, or the name no alias."""
    zone = f"{made.values.get('zone_name') or made.values.get('domain')}."
    listed = await made.one("route53", "list_hosted_zones_by_name", DNSName=zone, MaxItems="10")
    for each in (listed or {}).get("HostedZones") or ():
        if each["Name"] != zone or (each.get("Config") or {}).get("PrivateZone"):
            continue
        for record in await _records(made, str(each["Id"]), name):
            if record.get("AliasTarget"):
                return _leads_to(record)[0]
    return ""


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values)) or "nothing"


CHECKS: tuple[Check, ...] = (names, private_zones)
