"""Checks of the network: addresses left, the ways out, and the connections that the firewall lets through."""

from dataclasses import dataclass
from ipaddress import IPv4Network

from codemie.checks.check import Check, Severity, check
from codemie.checks.report import Finding, failed, passed, unknown, warned
from codemie.checks.sources import Unobservable
from codemie.operations.cloud.expected import Told
from codemie.operations.cloud.google.deployed import Deployed, named, network_of
from codemie.operations.cloud.google.firewall import Place, stopped
from codemie.operations.cloud.google.way import Thing
from codemie.operations.cloud.packets import EVERYWHERE

_PUT_BACK = "Put it back: codemiectl tf plan, then codemiectl tf apply"
_FULL, _NARROW = 0.95, 0.8
_SETTING = "CODEMIE_INTEGRATIONS_EGRESS_IP"
_PROBES = (IPv4Network("130.211.0.0/22"), IPv4Network("35.191.0.0/16"))
"""From where Google's load balancers and their health checks come."""
_NODES, _PODS, _DATABASE, _INTERNET = "nodes", "pods", "database", "internet"
_CONTROL_PLANE, _FRONT = "control plane", "load balancer and its probes"


@check(
    "cloud.subnets",
    title="Pods have addresses left",
    symptom="Nodes do not come, with IP_SPACE_EXHAUSTED; pods stay Pending.",
    remedy=("Add a further range for pods to the cluster: its first one cannot be changed", "Or take nodes away"),
    faq=("F47",),
    needs=("cloud.stack",),
    timeout=20,
)
async def subnets(deployed: Deployed) -> Finding:
    """Each node takes a whole network of addresses of the range of pods, whether it needs them or not."""
    cluster = await deployed.cluster() or {}
    used = (cluster.get("ipAllocationPolicy") or {}).get("defaultPodIpv4RangeUtilization")
    if used is None:
        return unknown("GKE does not tell how full the range of pods is", "Look at the cluster in the console")
    text = f"{float(used):.0%} of the range of pods are given to nodes"
    seen = {"range of pods": (cluster.get("ipAllocationPolicy") or {}).get("clusterIpv4CidrBlock")}
    if float(used) >= _FULL:
        return failed(f"{text}: no further node fits", *subnets.remedy, **seen)
    if float(used) >= _NARROW:
        return warned(text, *subnets.remedy, **seen)
    return passed(text, **seen)


@check(
    "net.routes",
    title="Nodes leave by Cloud NAT, and the network has its way to the internet",
    symptom="Images are not pulled, models time out; nothing outside is reached.",
    remedy=(_PUT_BACK, "Look at it: gcloud compute routers nats list --router NAME --region REGION"),
    faq=("F45",),
    needs=("cloud.stack",),
    timeout=20,
)
async def routes(deployed: Deployed) -> Finding:
    """The default route was taken away, Cloud NAT was deleted to save money, or the subnet of the nodes left it."""
    found = await deployed.every("compute", f"{deployed.parent}/global/routes", "items", "compute.routes.list")
    own = [each for each in found if named(str(each.get("network"))) == deployed.name]
    default = [each for each in own if each.get("destRange") == "0.0.0.0/0"]
    if not default:
        return failed(f"The network {deployed.name} has no route to 0.0.0.0/0", *routes.remedy)
    first = min(default, key=lambda each: int(each.get("priority") or 0))
    gateway = named(str(first.get("nextHopGateway") or ""))
    if gateway != "default-internet-gateway":
        what = next((f"{key} {named(str(value))}" for key, value in first.items() if key.startswith("nextHop")), "?")
        return unknown(f"The network leaves by {what}; what is behind it cannot be seen from here", "Look there")
    nat = await deployed.nat()
    if nat is None:
        return failed(f"There is no Cloud NAT {deployed.name}: nodes have no public address", *routes.remedy)
    covered = [named(str(each.get("name"))) for each in nat.get("subnetworks") or ()]
    subnet = f"{deployed.name}-nodes"
    if nat.get("sourceSubnetworkIpRangesToNat") == "LIST_OF_SUBNETWORKS" and subnet not in covered:
        return failed(f"Cloud NAT does not serve the subnet {subnet}", *routes.remedy, served=", ".join(covered))
    return passed(f"{subnet} leaves by Cloud NAT {deployed.name}")


@check(
    "cloud.egress",
    title="The platform tells the addresses by which its calls leave",
    symptom="Others admit the address that the platform tells, and their firewalls swallow its calls all the same.",
    remedy=(f"Set {_SETTING} to the addresses that are told here, with commas between",),
    severity=Severity.MAJOR,
    faq=("F10",),
    needs=("cloud.stack",),
    timeout=20,
)
async def egress(deployed: Deployed, told: Told) -> Finding:
    """The setting is older than the addresses of Cloud NAT, or names one of several."""
    found = await deployed.leaving()
    seen = {"Cloud NAT": ", ".join(found) or "none", _SETTING: ", ".join(told.addresses) or "not set here"}
    set_it = f"Where the platform runs: {_SETTING}={','.join(found)}"
    if not found:
        return unknown(
            "Cloud NAT has no fixed address, so it is not known by which calls leave", "See net.routes", **seen
        )
    if not told.addresses:
        return passed(f"Others must admit {', '.join(found)}", **seen)
    if strange := sorted(set(told.addresses) - set(found)):
        return failed(f"The platform tells {', '.join(strange)}, by which no call leaves", set_it, **seen)
    if missing := sorted(set(found) - set(told.addresses)):
        return warned(f"The platform does not tell {', '.join(missing)}", set_it, **seen)
    return passed(f"It tells {', '.join(found)}, and leaves by no other", **seen)


@dataclass(frozen=True)
class Flow:
    """A connection that the platform needs: who opens it, who answers, and where."""

    source: str
    target: str
    port: int
    protocol: str = "tcp"

    @property
    def text(self) -> str:
        """For people."""
        return f"{self.source} → {self.target} {self.port}/{self.protocol}"


REQUIRED: tuple[Flow, ...] = (
    Flow(_NODES, _NODES, 10250),
    Flow(_PODS, _PODS, 53),
    Flow(_PODS, _PODS, 53, "udp"),
    Flow(_PODS, _PODS, 8080),
    Flow(_PODS, _PODS, 4222),
    Flow(_CONTROL_PLANE, _NODES, 10250),
    Flow(_NODES, _CONTROL_PLANE, 443),
    Flow(_PODS, _DATABASE, 5432),
    Flow(_FRONT, _PODS, 8080),
    Flow(_PODS, _INTERNET, 443),
)
"""What must be open; ports are the chart's. Pods are reached as their nodes are: by these the firewall knows them."""

_OURS = {_NODES, _PODS}


async def places(deployed: Deployed) -> dict[str, Place]:
    """Every end by its name; none of a part that is not there, or that has no address that can be seen.

    Raises:
        Unobservable: Google does not tell.
    """
    cluster, subnet = await deployed.cluster() or {}, await deployed.subnet() or {}
    machines = await deployed.machines()
    tags = [frozenset(each) for each in ((one.get("tags") or {}).get("items") or () for one in machines)]
    accounts = [str(each["email"]) for one in machines for each in one.get("serviceAccounts") or ()]
    # What all nodes have: a rule that counts for some of them only leaves the others shut.
    shared = frozenset[str].intersection(*tags) if tags else frozenset[str]()
    account = accounts[0] if len(set(accounts)) == 1 else ""
    pods = str((cluster.get("ipAllocationPolicy") or {}).get("clusterIpv4CidrBlock") or "")
    private = cluster.get("privateClusterConfig") or {}
    # Newer clusters have none: there the nodes call the control plane, and it answers on what they opened.
    master = str(private.get("masterIpv4CidrBlock") or "")
    database = await deployed.every("sql", f"{deployed.parent}/instances", "items", "cloudsql.instances.list")
    own = [each for each in database if str(each["name"]).startswith(f"{deployed.name}-database-")]
    addresses = [
        str(one["ipAddress"]) for each in own for one in each.get("ipAddresses") or () if one.get("type") == "PRIVATE"
    ]
    networks = {
        _NODES: [str(subnet.get("ipCidrRange") or "")],
        _PODS: [pods],
        _CONTROL_PLANE: [master],
        _DATABASE: addresses,
        _FRONT: [str(each) for each in _PROBES],
        _INTERNET: [str(EVERYWHERE)],
    }
    found = {name: tuple(net for each in texts if (net := network_of(each))) for name, texts in networks.items()}
    return {
        name: Place(nets, shared if name in _OURS else frozenset(), account if name in _OURS else "")
        for name, nets in found.items()
        if nets
    }


async def firewall(deployed: Deployed) -> tuple[list[Thing], list[str]]:
    """The rules of the network, and which policies decide before or after them.

    Raises:
        Unobservable: Google does not tell.
    """
    path = f"{deployed.parent}/global/networks/{deployed.name}/getEffectiveFirewalls"
    told = await deployed.one("compute", path, "compute.networks.getEffectiveFirewalls")
    if told is None:
        raise Unobservable("The network of the stack is not there", "See cloud.stack")
    # Policies of folders and of the organisation always come first; those of the network where it says so.
    order = str((await deployed.network() or {}).get("networkFirewallPolicyEnforcementOrder") or "")
    own = "before" if order == "BEFORE_CLASSIC_FIREWALL" else "after"
    deciding = [
        f"{policy.get('shortName') or policy.get('name')} "
        f"({own if str(policy.get('type')).startswith('NETWORK') else 'before'} them)"
        for policy in told.get("firewallPolicys") or ()
        if any(each.get("action") != "goto_next" and not each.get("disabled") for each in policy.get("rules") or ())
    ]
    return list(told.get("firewalls") or ()), deciding


@check(
    "net.sg.required",
    title="Firewall rules let through what the platform needs",
    symptom="Nodes do not join, names do not resolve, or the API never reaches its database: connections time out.",
    remedy=(
        "See the rules in their order: gcloud compute networks get-effective-firewalls NETWORK",
        "Take the denial away, or give it a higher number; rules that GKE made come back by themselves",
    ),
    faq=("F45",),
    needs=("cloud.stack",),
    timeout=30,
)
async def flows(deployed: Deployed) -> Finding:
    """A rule was taken away, or somebody's denial has a lower number than the rule that lets it through.

    Looked at are nodes and control plane (443, 10250), pods among themselves (DNS 53, 8080, 4222), pods to PostgreSQL
    and to the internet, and Google's probes to the pods, each by direction, priority, tags and service accounts.
    """
    (rules, policies), there = await firewall(deployed), await places(deployed)
    looked, shut = 0, dict[str, str]()
    for flow in REQUIRED:
        if flow.source not in there or flow.target not in there:
            continue
        looked += 1
        source, target = there[flow.source], there[flow.target]
        if flow.source in _OURS and (out := stopped(rules, flow.protocol, flow.port, source, target, inbound=False)):
            shut[flow.text] = f"{out[0].rule} stops it where it leaves, for {out[0].packets.network}"
        elif flow.target in _OURS and (lost := stopped(rules, flow.protocol, flow.port, target, source, inbound=True)):
            shut[flow.text] = f"{lost[0].rule} stops it, from {lost[0].packets.network}"
    if policies:
        text = f"Policies decide as well as the rules of the network: {', '.join(policies)}"
        return unknown(text, "Look at them: gcloud compute networks get-effective-firewalls NETWORK", **shut)
    if shut:
        first, why = next(iter(shut.items()))
        return failed(f"{first}: {why}", *flows.remedy, **shut)
    if absent := [name for name in (_NODES, _PODS, _DATABASE) if name not in there]:
        return unknown(f"Not there: {', '.join(absent)}", "See what Terraform would make again: codemiectl tf plan")
    return passed(f"{looked} connections that the platform needs are open")


CHECKS: tuple[Check, ...] = (subnets, routes, egress, flows)
