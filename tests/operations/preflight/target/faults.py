"""What may be wrong between a chart and its cluster: each turns exactly its own check red."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from codemie.checks.report import Status
from tests.operations.injection import Fault
from tests.operations.kubernetes.world import NOW, Item, item
from tests.operations.preflight.target.world import TargetWorld

Inject = Callable[[TargetWorld], object]


@dataclass(frozen=True)
class TargetFault(Fault):
    """A fault of a cluster, or of the values for it.

    Attributes:
        says: what the finding must name.
    """

    inject: Inject = lambda _: None
    says: str = ""


def _version(text: str) -> Inject:
    return lambda world: setattr(world.fake, "version", text)


def _denied(*rights: str) -> Inject:
    return lambda world: world.fake.denied.update(rights)


def _absent(group: str) -> Inject:
    return lambda world: setattr(world.fake, "absent", frozenset({group}))


def _values(**further: Any) -> Inject:
    return lambda world: world.values.update(further)


def _careless_chart(world: TargetWorld) -> None:
    """Somebody lets the containers of a copy of the chart become root."""
    world.chart = shutil.copytree(world.chart, world.folder / "chart")
    pods = world.chart / "templates" / "_pods.tpl"
    pods.write_text(pods.read_text().replace("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"))


def _no_default_class(world: TargetWorld) -> None:
    world.fake.get("storageclasses", "gp3", "", "storage.k8s.io")["metadata"]["annotations"] = {}


def _no_ingress_class(world: TargetWorld) -> None:
    world.fake.remove("ingressclasses", "nginx", "", "networking.k8s.io")


def _own_machines(world: TargetWorld) -> None:
    """No cloud, and nobody has a load balancer."""
    services = world.fake.items["", "services"]
    for key in [key for key, each in services.items() if each["spec"].get("type") == "LoadBalancer"]:
        del services[key]
    for name in ("n1", "n2", "n3"):
        del world.fake.get("nodes", name, "")["spec"]["providerID"]


def _waiting_service(world: TargetWorld) -> None:
    _own_machines(world)
    world.fake.put(item("Service", "mail", namespace="default", spec={"type": "LoadBalancer"}, status={}))


def _for_aws(world: TargetWorld) -> None:
    world.values["cloud"] = "aws"


def _small_nodes(world: TargetWorld) -> None:
    for name in ("n1", "n2", "n3"):
        world.fake.get("nodes", name, "")["status"]["allocatable"]["memory"] = "700Mi"


def _tainted(world: TargetWorld) -> None:
    taint = {"key": "team", "value": "data", "effect": "NoSchedule"}
    for name in ("n1", "n2", "n3"):
        world.fake.get("nodes", name, "")["spec"]["taints"] = [taint]


def _full(world: TargetWorld) -> None:
    """Others ask for nearly all that there is."""
    for name in ("n1", "n2", "n3"):
        asked = {"requests": {"cpu": "3", "memory": "14Gi"}}
        spec = {"nodeName": name, "containers": [{"name": "spark", "resources": asked}]}
        world.fake.put(item("Pod", f"spark-{name}", namespace="default", spec=spec, status={"phase": "Running"}))


def _quota(hard: dict[str, str], used: dict[str, str]) -> Inject:
    return lambda world: world.fake.put(item("ResourceQuota", "all", spec={}, status={"hard": hard, "used": used}))


def _planned(kind: str, count: int, **values: Any) -> Inject:
    """Other nodes for Terraform, and values of the chart that the cluster of the other checks would take."""

    def inject(world: TargetWorld) -> None:
        group = {"instance_types": [kind], "min": 1, "desired": count, "max": 9}
        world.planned["node_groups"] = {"all": group}
        world.values.update(values)

    return inject


def _issuer(world: TargetWorld) -> Item:
    return world.fake.get("clusterissuers", "letsencrypt", "", "cert-manager.io")


def _no_issuer(world: TargetWorld) -> None:
    world.fake.remove("clusterissuers", "letsencrypt", "", "cert-manager.io")


def _sick_issuer(world: TargetWorld) -> None:
    state = {"type": "Ready", "status": "False", "message": "the account was refused"}
    _issuer(world)["status"] = {"conditions": [state | {"lastTransitionTime": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}]}


FAULTS: tuple[TargetFault, ...] = (
    TargetFault("chart.renders", "a value is of the wrong type", inject=_values(nats={"replicas": 2}), says="replicas"),
    TargetFault("chart.renders", "there are two databases", inject=_values(database={"existingSecret": "db"}),
                says="Two databases: set postgresql.enabled=false"),
    TargetFault("cluster.api", "the cluster is too old", inject=_version("v1.28.4"), says="1.28.4 is too old"),
    TargetFault("cluster.api", "the cluster is older than what was tried", Status.WARN, _version("v1.32.0"), "1.32"),
    TargetFault("cluster.api", "the cluster is newer than what was tried", Status.WARN, _version("v1.39.0"), "1.39"),
    TargetFault("cluster.api", "the credentials are over", inject=lambda world: setattr(world.fake, "token", "other"),
                says="does not accept the credentials"),
    TargetFault("cluster.kinds", "KEDA is not installed", inject=_absent("keda.sh"), says="ScaledObject of keda.sh"),
    TargetFault("cluster.kinds", "cert-manager is not installed", inject=_absent("cert-manager.io"),
                says="cert-manager"),
    TargetFault("cluster.rights", "we may not make deployments", inject=_denied("create deployments"),
                says="create deployments.apps"),
    TargetFault("cluster.rights", "we may change nothing of network policies",
                inject=_denied("patch networkpolicies", "delete networkpolicies"), says="2 of "),
    TargetFault("cluster.rights", "Helm may not list its own secrets", inject=_denied("list secrets"),
                says="list secrets"),
    TargetFault("cluster.pod_security", "a container may become root", inject=_careless_chart,
                says="allowPrivilegeEscalation"),
    TargetFault("cluster.capacity", "every node is too small", inject=_small_nodes, says="memory"),
    TargetFault("cluster.capacity", "the nodes are for others", inject=_tainted, says="team=data:NoSchedule"),
    TargetFault("cluster.capacity", "others take nearly all", inject=_full, says="fit on no node"),
    TargetFault("cluster.planned_room", "the planned nodes are too few for the pods",
                inject=_planned("t3.medium", 1, api={"autoscaling": {"minReplicas": 4}}),
                says="Of 1 planned nodes (t3.medium)"),
    TargetFault("cluster.planned_room", "the planned kind of node is smaller than a pod",
                inject=_planned("t3.medium", 6, worker={"resources": {"requests": {"memory": "3Gi"}}}),
                says="memory: 3Gi"),
    TargetFault("cluster.quota", "the quota leaves too little processor time",
                inject=_quota({"requests.cpu": "1"}, {"requests.cpu": "500m"}), says="all: requests.cpu"),
    TargetFault("cluster.quota", "the quota allows for no load balancer",
                inject=_quota({"services.loadbalancers": "0"}, {}), says="services.loadbalancers: 1 asked, 0 left"),
    TargetFault("cluster.storage", "no storage class is the default", inject=_no_default_class, says="gp3"),
    TargetFault("cluster.storage", "the values name another class",
                inject=_values(postgresql={"enabled": True, "storage": {"className": "fast"}}),
                says="no storage class fast"),
    TargetFault("cluster.ingress_class", "there is no ingress controller", inject=_no_ingress_class, says="nginx"),
    TargetFault("cluster.load_balancer", "nothing shows that load balancers are made", Status.WARN, _own_machines),
    TargetFault("cluster.load_balancer", "another service waits for one", inject=_waiting_service, says="default/mail"),
    TargetFault("cluster.load_balancer", "AWS without the controller of load balancers", inject=_for_aws,
                says="AWS Load Balancer Controller"),
    TargetFault("cluster.issuer", "there is no such issuer", inject=_no_issuer, says="no ClusterIssuer letsencrypt"),
    TargetFault("cluster.issuer", "the issuer is not ready", inject=_sick_issuer, says="the account was refused"),
    TargetFault("cluster.metrics", "there is no metrics API", Status.WARN, _absent("metrics.k8s.io"), "codemie-api"),
)  # fmt: skip
