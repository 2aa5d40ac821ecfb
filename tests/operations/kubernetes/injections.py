"""How things are broken in a fake cluster, one at a time."""

from collections.abc import Callable
from typing import Any

from tests.fakes.kubernetes.server import FakeKubernetes
from tests.operations.kubernetes.world import (
    OURS,
    Item,
    ago,
    daemons,
    item,
    labels_of,
    node,
    pod,
    policy,
    pull_secret,
    warning,
)  # fmt: skip

API, WORKER, POSTGRESQL = "codemie-api-1-aaa", "codemie-worker-1-ccc", "codemie-postgresql-0"
NET, APPS = "networking.k8s.io", "apps"


Inject = Callable[[FakeKubernetes], None]


def unready(of: Item, **state: Any) -> None:
    """A pod that is not ready, its container in this state."""
    of["status"]["conditions"][1] = {"type": "Ready", "status": "False", "lastTransitionTime": ago(minutes=20)}
    of["status"]["containerStatuses"][0] |= {"ready": False, **state}


def waiting(reason: str, message: str, name: str = API) -> Inject:
    """A pod whose container waits."""

    def inject(fake: FakeKubernetes) -> None:
        of = fake.get("pods", name)
        of["status"]["phase"] = "Pending"
        unready(of, state={"waiting": {"reason": reason, "message": message}})

    return inject


def crashing(code: int, log: str, name: str = API) -> Inject:
    """A pod that ends with this code after these lines."""

    def inject(fake: FakeKubernetes) -> None:
        of = fake.get("pods", name)
        container = of["spec"]["containers"][0]["name"]
        ended = {"exitCode": code, "reason": "Error", "finishedAt": ago(minutes=1)}
        unready(of, restartCount=7, state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState={"terminated": ended})
        fake.logs[OURS, name, container, True] = f"starting\n{log}\n"
        fake.put(warning(of, "BackOff", "Back-off restarting failed container"))

    return inject


def unscheduled(message: str, name: str = "codemie-worker-1-new", **spec: Any) -> Inject:
    """One more worker that waits for a node."""

    def inject(fake: FakeKubernetes) -> None:
        of = pod(
            name, "", labels=labels_of("worker"), container="worker", imagePullSecrets=[{"name": "registry"}], **spec
        )
        del of["spec"]["nodeName"]
        state = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        of["status"] = {"phase": "Pending", "conditions": [state]}
        fake.put(of)
        fake.put(warning(of, "FailedScheduling", message))

    return inject


def reported(name: str, reason: str, message: str, then: Inject) -> Inject:
    """The same, and an event about the pod."""

    def inject(fake: FakeKubernetes) -> None:
        then(fake)
        fake.put(warning(fake.get("pods", name), reason, message))

    return inject


def running_not_ready(name: str) -> Inject:
    return lambda fake: unready(fake.get("pods", name))


def unbegun(fake: FakeKubernetes) -> None:
    """A pod has a node since ten minutes; what the scheduler said before is still among the events."""
    pod = fake.get("pods", API)
    pod["metadata"]["creationTimestamp"] = ago(minutes=12)
    pod["status"] = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "True"}]}
    fake.put(
        warning(pod, "FailedScheduling", "0/3 nodes are available: 3 node(s) had untolerated taint(s).", minutes=11)
    )


def condition(kind: str, name: str, type: str, group: str = "", **state: str) -> Inject:
    def inject(fake: FakeKubernetes) -> None:
        conditions = fake.get(kind, name, "" if kind == "nodes" else OURS, group)["status"]["conditions"]
        conditions[:] = [each for each in conditions if each["type"] != type] + [{"type": type, **state}]

    return inject


def kubelet(fake: FakeKubernetes) -> None:
    fake.put(node("n1", "eu-central-1a", nodeInfo={"kubeletVersion": "v1.29.9"}))


def old(fake: FakeKubernetes) -> None:
    fake.version = "v1.24.17"
    for name in ("n1", "n2", "n3"):
        fake.get("nodes", name, "")["status"]["nodeInfo"]["kubeletVersion"] = "v1.24.17"


def busy(fake: FakeKubernetes) -> None:
    usage = {"cpu": "3900m", "memory": "4Gi"}
    fake.put(item("NodeMetrics", "n2", api="metrics.k8s.io/v1beta1", namespace="", usage=usage))


def daemon_down(name: str) -> Inject:
    def inject(fake: FakeKubernetes) -> None:
        of = daemons(name)
        of["status"]["numberReady"] = 1
        fake.put(of)

    return inject


def unenforced(fake: FakeKubernetes) -> None:
    """The agent of AWS's network stands there, and is not switched on."""
    of = daemons("aws-node")
    of["spec"]["template"]["spec"]["containers"][1]["args"] = ["--enable-network-policy=false"]
    fake.put(of)


def flannel(fake: FakeKubernetes) -> None:
    """Another network in the place of AWS's."""
    fake.remove("daemonsets", "aws-node", "kube-system", "apps")
    fake.put(daemons("kube-flannel-ds"))


def no_driver(fake: FakeKubernetes) -> None:
    fake.remove("csidrivers", "ebs.csi.aws.com", "", "storage.k8s.io")


def no_dns(fake: FakeKubernetes) -> None:
    for name in ("coredns-1-eee", "coredns-1-fff"):
        unready(fake.get("pods", name, "kube-system"))
    fake.get("deployments", "coredns", "kube-system", APPS)["status"]["readyReplicas"] = 0


def claim(**spec: Any) -> Inject:
    def inject(fake: FakeKubernetes) -> None:
        of = fake.get("persistentvolumeclaims", "data-codemie-postgresql-0")
        of["spec"], of["status"] = spec, {"phase": "Pending"}
        pending = fake.get("pods", POSTGRESQL)
        message = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
        del pending["spec"]["nodeName"]
        state = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        pending["status"] = {"phase": "Pending", "conditions": [state]}
        fake.put(warning(pending, "FailedScheduling", message))
        fake.put(warning(of, "ProvisioningFailed", "could not create volume in EC2: UnauthorizedOperation"))

    return inject


def quota(message: str) -> Inject:
    def inject(fake: FakeKubernetes) -> None:
        fake.remove("pods", "codemie-api-1-bbb")
        fake.get("deployments", "codemie-api", group=APPS)["status"] = {"replicas": 1}
        maker = item("ReplicaSet", "codemie-api-1", api="apps/v1", spec={}, status={})
        fake.put(maker)
        fake.put(warning(maker, "FailedCreate", message))

    return inject


def quota_full(fake: FakeKubernetes) -> None:
    fake.get("resourcequotas", "all")["status"]["used"]["requests.cpu"] = "19"


def secret(**changes: Any) -> Inject:
    return lambda fake: fake.put({**pull_secret(), **changes})


def unnamed(fake: FakeKubernetes) -> None:
    del fake.get("pods", WORKER)["spec"]["imagePullSecrets"]


def ecr(fake: FakeKubernetes) -> None:
    host = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
    for name in (API, "codemie-api-1-bbb", WORKER, "codemie-migrate-1-x2x"):
        fake.get("pods", name)["spec"]["containers"][0]["image"] = f"{host}/codemie:0.1.0"
    fake.put(pull_secret(host, user="AWS", made=ago(hours=30)))


def ingress(change: Callable[[Item], None]) -> Inject:
    return lambda fake: change(fake.get("ingresses", "codemie", group=NET))


def to(**service: Any) -> Callable[[Item], None]:
    return lambda of: of["spec"]["rules"][0]["http"]["paths"][0]["backend"].update(service=service)


def service(**spec: Any) -> Inject:
    return lambda fake: fake.get("services", "codemie")["spec"].update(spec)


def killed(fake: FakeKubernetes) -> None:
    ended = {"exitCode": 137, "reason": "OOMKilled", "finishedAt": ago(minutes=9)}
    fake.get("pods", WORKER)["status"]["containerStatuses"][0] |= {
        "restartCount": 2,
        "lastState": {"terminated": ended},
    }


def evicted(fake: FakeKubernetes) -> None:
    of = fake.get("pods", WORKER)
    of["status"] = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}


def terminating(fake: FakeKubernetes) -> None:
    fake.get("pods", WORKER)["metadata"] |= {"deletionTimestamp": ago(hours=1), "finalizers": ["example.org/wait"]}


def too_few(fake: FakeKubernetes) -> None:
    fake.get("deployments", "codemie-worker", group=APPS)["status"] = {
        "replicas": 0,
        "conditions": [
            {"type": "ReplicaFailure", "status": "True", "message": "pods is forbidden: violates PodSecurity"}
        ],
    }


def without(*names: str) -> Inject:
    """A cluster that lacks these network policies."""

    def inject(fake: FakeKubernetes) -> None:
        for name in names:
            fake.remove("networkpolicies", name, group=NET)

    return inject


def no_dns_rule(fake: FakeKubernetes) -> None:
    inside = [{"to": [{"podSelector": {}}]}]
    fake.put(policy("codemie-platform", None, policyTypes=["Egress"], egress=inside))


def job_failed(fake: FakeKubernetes) -> None:
    of = fake.get("jobs", "codemie-migrate-1", group="batch")
    of["status"] = {"failed": 1, "conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}
    fake.remove("pods", "codemie-migrate-1-x2x")
    fake.put(warning(of, "DeadlineExceeded", "Job was active longer than specified deadline"))


def job_crashed(fake: FakeKubernetes) -> None:
    crashing(1, 'codemiectl: password authentication failed for user "codemie"', "codemie-migrate-1-x2x")(fake)
    fake.get("pods", "codemie-migrate-1-x2x")["status"]["phase"] = "Running"
    fake.get("jobs", "codemie-migrate-1", group="batch")["status"] = {"active": 1}


def certificate(fake: FakeKubernetes) -> None:
    fake.get("certificates", "codemie-tls", group="cert-manager.io")["status"]["conditions"] = [
        {"type": "Ready", "status": "False", "message": "Issuing certificate as Secret does not exist"}
    ]


def unexplained(fake: FakeKubernetes) -> None:
    fake.put(
        warning(fake.get("services", "codemie"), "SyncLoadBalancerFailed", "Error syncing load balancer: no subnet")
    )


def scaler_limit(fake: FakeKubernetes) -> None:
    condition(
        "horizontalpodautoscalers",
        "codemie-api",
        "ScalingLimited",
        "autoscaling",
        status="True",
        reason="TooManyReplicas",
    )(fake)
