"""What may be wrong with what the stack made on Azure: each turns exactly its own check red."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.operations.cloud.azure.world import (
    ADDRESSES,
    AKS_GROUP,
    BALANCER,
    CLUSTER,
    DATABASE,
    DOMAIN,
    HOSTS,
    MACHINES_GROUP,
    NETWORKS,
    NODES_GROUP,
    PEOPLE,
    VNET,
    ZONE,
    InstalledWorld,
    machine,
    rule,
    tie,
)
from tests.operations.injection import Fault


@dataclass(frozen=True)
class InstalledFault(Fault):
    """A fault of what was made.

    Attributes:
        inject: breaks the world.
        says: words that the finding must have.
    """

    inject: Callable[[InstalledWorld], object] = lambda _: None
    says: str = ""


def _changed(path: str, **facts: Any) -> Callable[[InstalledWorld], object]:
    return lambda world: world.of(path).update(facts)


def _gone(path: str) -> Callable[[InstalledWorld], object]:
    return lambda world: world.azure.things.pop(path.lower())


def _valued(**values: Any) -> Callable[[InstalledWorld], object]:
    return lambda world: world.values.update(values)


_POOL = f"{CLUSTER}/agentPools/zone2"
_MACHINE = f"{MACHINES_GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/aks-zone2-1-vmss/virtualMachines/1"


def failing(code: str, message: str) -> Callable[[InstalledWorld], object]:
    """The last change of a pool failed, as Azure says why."""
    error = {"code": code, "message": message}
    return _changed(_POOL, provisioningState="Failed", status={"provisioningError": error})


def _coming(world: InstalledWorld) -> None:
    world.of(_POOL)["provisioningState"] = "Scaling"
    world.of(_MACHINE).update(machine("starting", "creating"))


def _subnet(name: str, **facts: Any) -> Callable[[InstalledWorld], None]:
    def inject(world: InstalledWorld) -> None:
        found = next(each for each in world.of(VNET)["subnets"] if each["name"] == name)
        found["properties"].update(facts)

    return inject


def _no_gateway(world: InstalledWorld) -> None:
    _gone(f"{NETWORKS}/natGateways/codemie-nat-2")(world)
    world.told = tuple(each for each in world.told if each != ADDRESSES["nat-2"])


def _addressless(world: InstalledWorld) -> None:
    world.of(f"{NETWORKS}/natGateways/codemie-nat-2")["publicIpAddresses"] = []
    world.told = tuple(each for each in world.told if each != ADDRESSES["nat-2"])


def _tells(*addresses: str) -> Callable[[InstalledWorld], None]:
    def inject(world: InstalledWorld) -> None:
        world.told = addresses

    return inject


def ruled(group: str, *rules: dict[str, Any]) -> Callable[[InstalledWorld], object]:
    """Further rules of a group."""
    return lambda world: world.of(group)["securityRules"].extend(rules)


def deny(priority: int = 200, **facts: Any) -> dict[str, Any]:
    """A rule made by hand that denies."""
    return rule("by-hand", priority, access="Deny", **facts)


def _visitor(world: InstalledWorld) -> None:
    world.visitors = ["203.0.113.0/25"]
    admits = rule("k8s-nats-only", 90, source=["203.0.113.0/25"], to=ADDRESSES["nats"], ports=["443"])
    ruled(NODES_GROUP, admits)(world)


def _agents_shut_out(world: InstalledWorld) -> None:
    ruled(AKS_GROUP, deny(400, source=[PEOPLE], to=ADDRESSES["nats"], ports=["443"]))(world)


def _itself_shut_out(world: InstalledWorld) -> None:
    ruled(AKS_GROUP, deny(400, source=[ADDRESSES["nat-1"]], to=ADDRESSES["web"], ports=["80-443"]))(world)


def _everybody(world: InstalledWorld) -> None:
    ruled(NODES_GROUP, rule("by-hand", 90, ports=["443"], to=ADDRESSES["web"]))(world)


def _unused(world: InstalledWorld) -> None:
    fronts = world.of(BALANCER)["frontendIPConfigurations"]
    world.of(BALANCER)["frontendIPConfigurations"] = [each for each in fronts if each["name"] != "nats"]


def _deaf(entry: str, *ports: int) -> Callable[[InstalledWorld], None]:
    def inject(world: InstalledWorld) -> None:
        names = {f"{entry}-{port}" for port in ports}
        kept = [each for each in world.of(BALANCER)["loadBalancingRules"] if each["name"] not in names]
        world.of(BALANCER)["loadBalancingRules"] = kept

    return inject


def _unwell(entry: str) -> Callable[[InstalledWorld], object]:
    return lambda world: world.azure.metrics.update({ADDRESSES[entry]: 0.0})


def _elsewhere(entry: str, address: str = "192.0.2.1") -> Callable[[InstalledWorld], object]:
    return lambda world: world.dns.records.update({(HOSTS[entry], "A"): (60, [address])})


def _unmade(world: InstalledWorld) -> None:
    del world.dns.records[HOSTS["nats"], "A"]
    _gone(f"{ZONE}/A/codemie-nats")(world)


_REQUIRED, _INGRESS, _AGENTS, _NODES = "net.sg.required", "net.sg.ingress", "nats.lb.sg", "cloud.nodegroup"

FAULTS: tuple[InstalledFault, ...] = (
    InstalledFault(
        "cloud.account",
        "the subscription is out of reach of the sign-in",
        inject=_valued(subscription_id="11111111-2222-4333-8444-555566667777"),
        says="SubscriptionNotFound",
    ),
    InstalledFault("cloud.stack", "nothing of that name is on Azure", inject=_valued(name="other"), says="other"),
    InstalledFault(
        "cloud.stack",
        "the cluster was stopped",
        inject=_changed(CLUSTER, powerState={"code": "Stopped"}),
        says="az aks start",
    ),
    InstalledFault(
        "cloud.stack", "an upgrade of the cluster failed", inject=_changed(CLUSTER, provisioningState="Failed")
    ),
    InstalledFault(
        "cloud.stack",
        "the cluster of Azure is being updated",
        Status.WARN,
        _changed(CLUSTER, provisioningState="Updating"),
    ),
    InstalledFault(
        "cloud.stack", "the database server was stopped", inject=_changed(DATABASE, state="Stopped"), says="is Stopped"
    ),
    InstalledFault("cloud.stack", "the database server was deleted", inject=_gone(DATABASE), says="no database"),
    InstalledFault(
        "cloud.addons",
        "an add-on was switched off",
        inject=_changed(CLUSTER, addonProfiles={"azurepolicy": {"enabled": True}}),
        says="azureKeyvaultSecretsProvider",
    ),
    InstalledFault(_NODES, "a pool was stopped", inject=_changed(_POOL, powerState={"code": "Stopped"}), says="start"),
    InstalledFault(
        _NODES,
        "a limit of processors stopped a pool",
        inject=failing("QuotaExceeded", "Operation results in exceeding approved Cores quota"),
        says="limit of processors",
    ),
    InstalledFault(_NODES, "a pool was scaled to nothing", inject=_changed(_POOL, count=0), says="scaled to nothing"),
    InstalledFault(
        _NODES,
        "a machine was deallocated by hand",
        inject=lambda world: world.of(_MACHINE).update(machine("deallocated")),
        says="zone2 has 1 of 2",
    ),
    InstalledFault(_NODES, "the pool of a zone was deleted", inject=_gone(_POOL), says="no pool zone2"),
    InstalledFault(_NODES, "a pool is growing", Status.WARN, _coming, "Scaling"),
    InstalledFault(
        "cloud.subnets",
        "a subnet of nodes is full",
        inject=_subnet("nodes-3", ipConfigurations=[{"id": str(each)} for each in range(4089)]),
        says="nodes-3 has 2",
    ),
    InstalledFault("net.routes", "a subnet was taken off its gateway", inject=_subnet("nodes-2", natGateway=None)),
    InstalledFault("net.routes", "the NAT gateway of a zone is gone", inject=_no_gateway, says="does not work"),
    InstalledFault("net.routes", "a NAT gateway lost its address", inject=_addressless, says="no public address"),
    InstalledFault(
        "cloud.egress", "the platform tells an address that is none of its gateways'", inject=_tells("192.0.2.1")
    ),
    InstalledFault(
        "cloud.egress", "the platform tells one of its gateways", Status.WARN, _tells(ADDRESSES["nat-1"]), "20.50.1.3"
    ),
    InstalledFault(
        _REQUIRED,
        "a rule forbids nodes the internet",
        inject=ruled(NODES_GROUP, deny(side="Outbound", to="Internet")),
        says="nodes → internet 443/tcp",
    ),
    InstalledFault(
        _REQUIRED,
        "a rule forbids nodes the database",
        inject=ruled(AKS_GROUP, deny(side="Outbound", to="10.0.240.0/24", ports=["5432"])),
        says="nodes → database 5432/tcp",
    ),
    InstalledFault(
        _REQUIRED,
        "a rule shuts zones off from each other",
        inject=ruled(NODES_GROUP, deny(source=["10.0.16.0/20"], to="10.0.0.0/20", protocol="*")),
        says="by by-hand",
    ),
    InstalledFault(
        _REQUIRED,
        "a rule shuts out the probes",
        inject=ruled(NODES_GROUP, deny(source=["AzureLoadBalancer"], protocol="*")),
        says="probes",
    ),
    InstalledFault(_INGRESS, "visitors are not admitted", inject=_visitor, says="203.0.113.0/25, of --from"),
    InstalledFault(_INGRESS, "the platform itself is shut out", inject=_itself_shut_out, says="the platform itself"),
    InstalledFault(_INGRESS, "the internet is admitted to Azure, unasked", Status.WARN, _everybody, "whole internet"),
    InstalledFault(_AGENTS, "a rule of the machines shuts agents out", inject=_agents_shut_out, says="by by-hand"),
    InstalledFault("lb.state", "no service uses the address of agents", inject=_unused, says="azure-pip-name"),
    InstalledFault(
        "lb.state",
        "the fixed address of agents was deleted",
        inject=_gone(f"{NETWORKS}/publicIPAddresses/codemie-nats"),
        says="no public address codemie-nats",
    ),
    InstalledFault("lb.targets", "the ingress does not listen at 443", inject=_deaf("web", 443), says="at 443"),
    InstalledFault("lb.targets", "no node is well for people", inject=_unwell("web"), says="Nobody behind"),
    InstalledFault("nats.lb.health", "agents' service does not listen", inject=_deaf("nats", 443), says="at 443"),
    InstalledFault("nats.lb.health", "no node is well for agents", inject=_unwell("nats"), says="for agents"),
    InstalledFault("dns.balancers", "the name leads to a former address", inject=_elsewhere("web"), says="192.0.2.1"),
    InstalledFault("dns.balancers", "the record for agents was deleted", inject=_unmade, says="leads nowhere"),
    InstalledFault(
        "dns.private_zones",
        "a private zone of the network hides the names",
        inject=lambda world: tie(world.azure, DOMAIN),
        says="hides codemie.",
    ),
    InstalledFault(
        "dns.private_zones",
        "a private zone leads the name to a proxy",
        Status.WARN,
        lambda world: tie(world.azure, DOMAIN, codemie="10.0.0.4", codemie_nats=ADDRESSES["nats"]),
        "10.0.0.4",
    ),
)
