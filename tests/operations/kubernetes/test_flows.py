"""The network policies of our own chart allow every connection of the matrix."""

from pathlib import Path

import pytest
import yaml

from codemie.operations.kubernetes.flows import forbidden
from codemie.operations.kubernetes.policies import End, Policies

GOLDEN = Path(__file__).parents[2] / "deploy" / "golden"
NAMESPACES = {name: {"kubernetes.io/metadata.name": name} for name in ("codemie", "kube-system", "ingress-nginx")}


@pytest.mark.parametrize("values", ["aws", "gcp", "air-gapped"])
def test_the_chart_allows_what_the_platform_needs(values: str) -> None:
    documents = yaml.safe_load_all((GOLDEN / f"{values}.yaml").read_text())
    policies = [each for each in documents if each and each["kind"] == "NetworkPolicy"]
    for each in policies:
        each["metadata"]["namespace"] = "codemie"
    labels = policies[0]["spec"]["podSelector"]["matchLabels"]
    ends = {
        part: End("codemie", {**labels, "app.kubernetes.io/component": part}, "10.0.0.1", {"http": 8080})
        for part in ("api", "worker", "nats", "migrate")
    }
    ends["dns"] = End("kube-system", {"k8s-app": "kube-dns"}, "10.0.0.9")
    ends["ingress"] = End("ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"}, "10.0.0.8")
    if values == "gcp":
        ends["ingress"] = End(address="35.191.0.5")  # of Google's load balancers, which are no pods

    assert [each.sentence for each in forbidden(Policies(policies, NAMESPACES), ends)] == []
