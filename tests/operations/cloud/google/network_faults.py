"""Stacks that are gone, nodes that do not come, ways out that are shut, and rules that stop what is needed."""

from collections.abc import Callable
from typing import Any

from codemie.checks.report import Status
from tests.fakes.google_cloud import PROJECT, REGION
from tests.operations.cloud.google.injecting import InstalledFault
from tests.operations.cloud.google.world import (
    CLUSTER,
    GLOBAL,
    GROUPS,
    LEAVING,
    NAME,
    PARENT,
    PODS,
    REGIONAL,
    TAG,
    GoogleInstallation,
    ingress,
)

Inject = Callable[[GoogleInstallation], object]
_GROUP = f"compute/{PARENT}/zones/{REGION}-a/instanceGroupManagers/{GROUPS[f'{REGION}-a']}"


def _hidden(world: GoogleInstallation) -> None:
    words = f"The caller does not have permission on projects/{PROJECT} (or it may not exist)"
    world.cloud.errors[f"resource_manager_v3/{PARENT}"] = (403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED", words)


def _gone(path: str) -> Inject:
    return lambda world: world.cloud.things.pop(path)


def _cluster(**facts: Any) -> Inject:
    return lambda world: world.change(CLUSTER, **facts)


def failing(code: str, words: str) -> Inject:
    """A group of machines wants one more, and Google says why it starts none."""

    def inject(world: GoogleInstallation) -> None:
        world.change(_GROUP, targetSize=2, currentActions={"none": 1, "creatingWithoutRetries": 0, "creating": 1})
        error = {"code": code, "message": words}
        world.cloud.put(f"{_GROUP}/listErrors/1", error=error, timestamp="2026-11-30T12:00:00.000-08:00")

    return inject


def _nothing(world: GoogleInstallation) -> None:
    for zone, group in GROUPS.items():
        path = f"compute/{PARENT}/zones/{zone}/instanceGroupManagers/{group}"
        world.change(path, targetSize=0, currentActions={"none": 0})


def _coming(world: GoogleInstallation) -> None:
    world.change(_GROUP, targetSize=2, currentActions={"none": 1, "creating": 1})


def _ill(world: GoogleInstallation) -> None:
    pool = world.cloud.things[CLUSTER]["nodePools"][0]
    pool |= {"status": "ERROR", "statusMessage": "Node version is not supported"}


def _range(share: float) -> Inject:
    policy = {"clusterIpv4CidrBlock": PODS, "defaultPodIpv4RangeUtilization": share}
    return _cluster(ipAllocationPolicy=policy)


def _unserved(world: GoogleInstallation) -> None:
    world.cloud.things[f"{REGIONAL}/routers/{NAME}"]["nats"][0]["subnetworks"] = []


def _told(*addresses: str) -> Inject:
    return lambda world: setattr(world, "told", addresses)


def _without(name: str) -> Inject:
    def inject(world: GoogleInstallation) -> None:
        world.rules()[:] = [each for each in world.rules() if not each["name"].startswith(name)]

    return inject


def denying(priority: int, tag: str = TAG) -> Inject:
    """Somebody denies pods each other's port."""

    def inject(world: GoogleInstallation) -> None:
        rule = ingress("quarantine", [PODS], tcp=["4222"])
        world.rules().append({**rule, "denied": rule.pop("allowed"), "priority": priority, "targetTags": [tag]})

    return inject


def _shut_database(world: GoogleInstallation) -> None:
    world.rules().append(
        {
            "name": "no-database",
            "direction": "EGRESS",
            "priority": 900,
            "destinationRanges": ["10.80.0.0/16"],
            "denied": [{"IPProtocol": "tcp", "ports": ["5432"]}],
        }
    )


FAULTS: tuple[InstalledFault, ...] = (
    InstalledFault("cloud.account", "the sign-in sees no such project of Google", inject=_hidden, says=PROJECT),
    InstalledFault(
        "cloud.stack", "the network of Google is gone", inject=_gone(f"{GLOBAL}/networks/{NAME}"), says="no network"
    ),
    InstalledFault("cloud.stack", "the cluster of GKE is gone", inject=_gone(CLUSTER), says="no cluster"),
    InstalledFault(
        "cloud.stack",
        "the cluster of GKE is in trouble",
        inject=_cluster(status="DEGRADED", statusMessage="no etcd"),
        says="etcd",
    ),
    InstalledFault("cloud.stack", "the cluster of GKE is being changed", Status.WARN, _cluster(status="RECONCILING")),
    InstalledFault(
        "cloud.nodegroup",
        "a quota of processors is full",
        inject=failing("QUOTA_EXCEEDED", "Quota 'CPUS' exceeded.  Limit: 24.0 in region europe-west3."),
        says="a quota of the project is used up",
    ),
    InstalledFault(
        "cloud.nodegroup",
        "the zone has no machines left",
        inject=failing("ZONE_RESOURCE_POOL_EXHAUSTED", "The zone does not have enough resources available."),
        says="no machine of this type left",
    ),
    InstalledFault("cloud.nodegroup", "the pool is scaled to nothing", inject=_nothing, says="scaled to nothing"),
    InstalledFault("cloud.nodegroup", "a machine of the pool is coming", Status.WARN, _coming, "3 of 4"),
    InstalledFault("cloud.nodegroup", "the pool is in trouble", inject=_ill, says="Node version"),
    InstalledFault("cloud.subnets", "the range of pods is full", inject=_range(0.97), says="97%"),
    InstalledFault("cloud.subnets", "the range of pods is nearly full", Status.WARN, _range(0.85)),
    InstalledFault("net.routes", "the default route is gone", inject=_gone(f"{GLOBAL}/routes/default-route-1")),
    InstalledFault("net.routes", "Cloud NAT does not serve the nodes", inject=_unserved, says="codemie-nodes"),
    InstalledFault("cloud.egress", "the platform tells an address of before", inject=_told("203.0.113.99")),
    InstalledFault("cloud.egress", "the platform tells one address of two", Status.WARN, _told(LEAVING[0])),
    InstalledFault(
        "net.sg.required", "the rule for pods is gone", inject=_without("gke-codemie-1f2e-all"), says="pods → pods"
    ),
    InstalledFault("net.sg.required", "Google's probes are not admitted", inject=_without("k8s-fw-l7"), says="probes"),
    InstalledFault("net.sg.required", "a denial stands before the rule of GKE", inject=denying(900), says="quarantine"),
    InstalledFault("net.sg.required", "the way to the database is denied", inject=_shut_database, says="no-database"),
    InstalledFault(
        "nats.lb.sg", "the rule for agents is gone", inject=_without("k8s-fw-a1b2"), says="Port 443 does not admit"
    ),
    InstalledFault(
        "nats.lb.sg",
        "agents of another place are not admitted",
        inject=lambda world: world.rules()[-1].update(
            sourceRanges=[f"{each}/32" for each in LEAVING] + ["198.51.100.0/25"]
        ),
        says="198.51.100.0/24",
    ),
    InstalledFault(
        "nats.lb.sg",
        "agents of everywhere are admitted",
        Status.WARN,
        lambda world: world.rules()[-1].update(sourceRanges=["0.0.0.0/0"]),
        "whole internet",
    ),
)
