"""What is broken on purpose on the ways into a cluster and out of it, and in what stays where it is."""

from typing import Any

from tests.fakes.kubernetes.server import FakeKubernetes
from tests.operations.kubernetes.injections import APPS, POSTGRESQL
from tests.operations.kubernetes.world import AGENTS, policy, tls_secret

Way = tuple[str, str, Any, str]


def managed(fake: FakeKubernetes, *, block: str = "") -> None:
    """The database is outside of the cluster, and policies let the platform out to this block, if any."""
    fake.remove("pods", POSTGRESQL)
    fake.remove("statefulsets", "codemie-postgresql", group=APPS)
    if block:
        rule = {"to": [{"ipBlock": {"cidr": block}}], "ports": [{"protocol": "TCP", "port": 5432}]}
        fake.put(policy("codemie-database", None, policyTypes=["Egress"], egress=[rule]))


def no_nats(fake: FakeKubernetes) -> None:
    """The pods of NATS cannot be made."""
    fake.remove("pods", "codemie-nats-0")
    fake.get("statefulsets", "codemie-nats", group=APPS)["status"] = {"replicas": 0}
    fake.remove("services", "codemie-nats")


def no_balancer(fake: FakeKubernetes) -> None:
    """The cloud has not made the load balancer of the agents."""
    fake.get("services", "codemie-agents")["status"] = {"loadBalancer": {}}


WAYS: tuple[Way, ...] = (
    ("k8s.netpol", "no policy lets the pods out to a managed database", managed, "database outside the cluster"),
    (
        "k8s.netpol",
        "the policies name another network than the database's",
        lambda fake: managed(fake, block="10.99.0.0/16"),
        "database outside the cluster at 5432",
    ),
    ("k8s.pods", "a stateful set has no pods", no_nats, "statefulset codemie-nats has 0 of 1"),
    ("k8s.chain", "the agents' service has no load balancer", no_balancer, "codemie-agents has no load balancer"),
    (
        "k8s.certs",
        "the certificate is for another name than the ingress",
        lambda fake: fake.put(tls_secret(host="*.other.example")),
        "is not for ai.example.org; it names *.other.example",
    ),
    (
        "k8s.certs",
        "the agents' certificate is for another name",
        lambda fake: fake.put(tls_secret(host="ai.example.org", secret="agents-tls")),
        f"agents-tls is not for {AGENTS}",
    ),
    (
        "k8s.certs",
        "the agents' certificate is over",
        lambda fake: fake.put(tls_secret(days=-2, host=AGENTS, secret="agents-tls")),
        "agents-tls ended on",
    ),
)
