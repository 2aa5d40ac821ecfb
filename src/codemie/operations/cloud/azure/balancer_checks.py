"""Checks of the load balancer that AKS makes, and of the names that lead to its addresses."""

from typing import Any, cast

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.azure.arm import Thing
from codemie.operations.cloud.azure.installed import NETWORK, Installed, facts
from codemie.plugins.diagnosis.lookup import Lookup, Outcome

_METRICS = "2024-02-01"
_ENTRIES = {"web": "people", "nats": "agents"}
_HOSTS = {"web": "codemie", "nats": "codemie-nats"}
_PIP = "service.beta.kubernetes.io/azure-pip-name"
_LB_GROUP = "service.beta.kubernetes.io/azure-load-balancer-resource-group"


async def balancer(made: Installed) -> Thing | None:
    """The load balancer that AKS makes for services; None where it has made none yet."""
    group = await made.made_by_cluster()
    return await made.one(f"{group}/providers/Microsoft.Network/loadBalancers/kubernetes", NETWORK)


async def front(made: Installed, entry: str) -> Thing | None:
    """The side of the load balancer that has the fixed address of an entry; None where none has."""
    address = await made.address(entry)
    if address is None:
        return None
    own = str(address["id"]).lower()
    listed = cast("list[Thing]", facts(await balancer(made) or {}).get("frontendIPConfigurations") or [])
    named = [(each, cast("Thing", facts(each).get("publicIPAddress") or {}).get("id")) for each in listed]
    return next((each for each, used in named if str(used).lower() == own), None)


async def rules(made: Installed, entry: str) -> dict[int, Thing]:
    """Port → the rule for it, of an entry."""
    side = await front(made, entry)
    listed = cast("list[Thing]", facts(await balancer(made) or {}).get("loadBalancingRules") or [])
    own = [
        each
        for each in listed
        if side and str(facts(each)["frontendIPConfiguration"]["id"]).lower() == str(side["id"]).lower()
    ]
    return {int(facts(each)["frontendPort"]): each for each in own}


@check(
    "lb.state",
    title="Both load balancers are there and at work",
    symptom="The domain leads nowhere, or agents cannot connect.",
    remedy=(
        f"Give the service the annotations {_PIP} and {_LB_GROUP}: see the guide, deploy-on-azure.md",
        "See what Kubernetes says of it: kubectl describe service; the cluster needs Network Contributor",
    ),
    faq=("F25", "F61"),
    needs=("cloud.stack",),
    timeout=30,
)
async def state(made: Installed) -> Finding:
    """A fixed address was deleted, or no service of the cluster took it: an annotation is missing, or a right is."""
    seen, wrong = dict[str, str](), list[str]()
    for entry, people in _ENTRIES.items():
        name, address = f"{made.name}-{entry}", await made.address(entry)
        if address is None:
            seen[name] = "not there"
            wrong.append(f"There is no public address {name} for {people}")
        elif await front(made, entry) is None:
            seen[name] = f"{facts(address).get('ipAddress')}, used by nobody"
            wrong.append(f"No load balancer uses the address {name} for {people}")
        else:
            seen[name] = str(facts(address).get("ipAddress"))
    if wrong:
        return failed("; ".join(wrong), *state.remedy, **seen)
    return passed("Both addresses are in use", **seen)


async def _well(made: Installed, entry: str) -> tuple[float | None, str]:
    """Which share of the nodes behind an address is well, in percent; None where Azure has not measured it."""
    address = str(facts(await made.address(entry) or {}).get("ipAddress"))
    asked = {"metricnames": "DipAvailability", "interval": "PT1M", "aggregation": "Average"}
    own = (await balancer(made) or {}).get("id")
    told = await made.one(
        f"{own}/providers/Microsoft.Insights/metrics", _METRICS, filter=f"FrontendIPAddress eq '{address}'", **asked
    )
    series = [each for value in (told or {}).get("value") or () for each in value.get("timeseries") or ()]
    points = [
        point["average"] for each in series for point in each.get("data") or () if point.get("average") is not None
    ]
    return (float(points[-1]) if points else None), address


async def _health(made: Installed, entry: str, ports: list[int], remedy: tuple[str, ...]) -> Finding:
    found = await rules(made, entry)
    people, name = _ENTRIES[entry], f"{made.name}-{entry}"
    seen = {f"port {port}": _backend(each) for port, each in sorted(found.items())}
    if silent := [str(port) for port in ports if port not in found]:
        return failed(f"{name} does not listen at {', '.join(silent)}", *remedy, **seen)
    pools = cast("list[Thing]", facts(await balancer(made) or {}).get("backendAddressPools") or [])
    for port in ports:
        used = str(cast("Thing", facts(found[port]).get("backendAddressPool") or {}).get("id")).lower()
        pool = next((each for each in pools if str(each["id"]).lower() == used), None)
        if pool is None or not _members(pool):
            return failed(f"Behind port {port} of {name} stands nobody", *remedy, **seen)
    share, address = await _well(made, entry)
    if share is None:
        return unknown(
            f"Azure has not measured whether anybody behind {address} is well", "Look again in minutes", **seen
        )
    seen[f"{address}, well"] = f"{share:g} %"
    if share == 0:
        return failed(f"Nobody behind {address} for {people} is well", *remedy, **seen)
    # A node without a pod of the service is unwell on purpose, for the service keeps addresses.
    return passed(f"{name} listens at {', '.join(map(str, ports))}, and somebody behind it is well", **seen)


def _backend(rule: Thing) -> str:
    own = facts(rule)
    return f"{own.get('protocol')} to port {own.get('backendPort')}"


def _members(pool: Thing) -> list[Any]:
    own = facts(pool)
    return [*(own.get("backendIPConfigurations") or ()), *(own.get("loadBalancerBackendAddresses") or ())]


@check(
    "lb.targets",
    title="A target for people is healthy",
    symptom="Browsers wait until they give up, or show 502 or 504.",
    remedy=(
        "Look at pods of the ingress and at its service: kubectl get endpointslices; codemiectl doctor --cluster",
        "Probes come from 168.63.129.16 to the ports of nodes: see net.sg.required",
    ),
    faq=("F61",),
    needs=("lb.state",),
    timeout=30,
)
async def targets(made: Installed) -> Finding:
    """No node has a ready pod of the ingress, the probes do not reach it, or no node is in the pool.

    That the load balancer is content says nothing of the application: it passes TCP on.
    """
    return await _health(made, "web", [443], targets.remedy)


@check(
    "nats.lb.health",
    title="Agents find a listener that leads to a healthy target",
    symptom="Agents of the plugin engine cannot connect from outside.",
    remedy=(
        "Give the chart agents.load_balancer: true and the address: codemiectl deploy render writes both",
        "The way of an agent, step by step: codemiectl nats test",
    ),
    phase="nats",
    faq=("F25",),
    needs=("lb.state",),
    timeout=30,
)
async def agents(made: Installed) -> Finding:
    """The service does not listen at the port that agents are told, no node is behind it, or none has the pod."""
    ports = [int(port) for port in made.values.get("nats_ports") or (443,)]
    return await _health(made, "nats", ports, agents.remedy)


def host(made: Installed, entry: str) -> str:
    """The name that leads to an entry.

    Raises:
        Unobservable: the domain is not known.
    """
    domain = made.values.get("domain")
    if not domain:
        raise Unobservable("The domain is not known", "Give the values of this installation with --tfvars")
    return f"{_HOSTS[entry]}.{domain}"


async def addresses_for(made: Installed, name: str) -> tuple[str, ...]:
    """The address that a name should lead to; nothing where that cannot be told."""
    try:
        found = [await made.address(entry) for entry in _ENTRIES if host(made, entry) == name]
    except Unobservable:
        return ()
    return tuple(str(facts(each)["ipAddress"]) for each in found if each and facts(each).get("ipAddress"))


@check(
    "dns.balancers",
    title="Both names lead to their load balancers",
    symptom="Another site answers, or an old one, or nobody, though the load balancer is well.",
    remedy=(
        "Point the record at the fixed address: codemiectl tf plan shows what differs",
        "Where Azure DNS is right, and DNS is not: codemiectl doctor --domain NAME looks at delegation and waiting",
    ),
    faq=("F27", "F56"),
    needs=("lb.state",),
    timeout=30,
)
async def names(made: Installed, lookup: Lookup) -> Finding:
    """A record still leads to a former address, was made by hand, or its zone is not delegated."""
    zones, seen = await made.zones_of(private=False), dict[str, str]()
    for entry in _ENTRIES:
        name, wanted = host(made, entry), set(await addresses_for(made, host(made, entry)))
        answer = await lookup.ask(name, "A")
        if answer.outcome not in {Outcome.FOUND, Outcome.NO_NAME, Outcome.NO_DATA}:
            raise Unobservable(f"DNS does not answer for {name}: {answer.outcome}", "See dns.delegation")
        found = set(await lookup.addresses(name))
        zone = max((each for each in zones if name.endswith(f".{each['name']}")), key=_length, default=None)
        record = await made.record(zone, name, private=False) if zone else set[str]()
        seen |= {name: _listed(found), f"{made.name}-{entry}": _listed(wanted), f"Azure DNS, {name}": _listed(record)}
        if found and found <= wanted:
            continue
        where = f"leads to {_listed(found)}" if found else f"leads nowhere ({answer.outcome})"
        detail = f"{name} {where}, not to {made.name}-{entry}"
        if record == wanted:
            return failed(f"{detail}, though Azure DNS is right", *reversed(names.remedy), **seen)
        return failed(detail, *names.remedy, **seen)
    return passed("Both do", **seen)


@check(
    "dns.private_zones",
    title="No private zone of the network hides the names",
    symptom="Pods do not find the platform by its own name, though everybody outside does.",
    remedy=(
        "Make the record in the private zone, too: az network private-dns record-set a add-record",
        "Or take the zone away from the network: az network private-dns link vnet delete",
    ),
    severity=Severity.MAJOR,
    faq=("F27", "F55"),
    needs=("lb.state",),
    timeout=30,
)
async def private_zones(made: Installed) -> Finding:
    """A private zone of the domain was tied to the network, for something else, and lacks these records.

    Looked at are the zones of this subscription; within the network the one that fits a name best answers alone.
    """
    network, seen, elsewhere = str((await made.network())["id"]).lower(), dict[str, str](), ""
    tied = [each for each in await made.zones_of(private=True) if await _is_tied(made, each, network)]
    for entry in _ENTRIES:
        name, wanted = host(made, entry), set(await addresses_for(made, host(made, entry)))
        zone = max((each for each in tied if name.endswith(f".{each['name']}")), key=_length, default=None)
        if zone is None:
            continue
        values = await made.record(zone, name, private=True)
        seen[name] = f"zone {zone['name']}: {_listed(values)}"
        if not values:
            text = f"The private zone {zone['name']} is tied to the network and hides {name}: it has no such record"
            return failed(text, *private_zones.remedy, **seen)
        if values != wanted:
            elsewhere = f"The network is led to {_listed(values)} for {name}, by the private zone {zone['name']}"
    if elsewhere:
        return warned(elsewhere, "Where that is no proxy of yours, correct the record", **seen)
    return passed(f"None of {len(tied)} private zones of the network does", **seen)


async def _is_tied(made: Installed, zone: Thing, network: str) -> bool:
    tied = [str(facts(each)["virtualNetwork"]["id"]).lower() for each in await made.links(zone)]
    return network in tied


def _length(zone: Thing) -> int:
    return len(str(zone["name"]))


def _listed(values: set[str]) -> str:
    return ", ".join(sorted(values)) or "nothing"


CHECKS: tuple[Check, ...] = (state, targets, agents, names, private_zones)
