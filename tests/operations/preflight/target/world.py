"""A cluster that takes the chart with everything that its values can ask for. Tests break one thing in either."""

import copy
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from codemie.checks.report import Report
from codemie.checks.run import Options, run
from codemie.checks.sources import Sources
from codemie.kernel.errors import InvalidInput
from codemie.operations.deployment.rendering import render
from codemie.operations.kubernetes.client import Client
from codemie.operations.kubernetes.cluster import Cluster
from codemie.operations.kubernetes.kubeconfig import Access
from codemie.operations.preflight import cluster_checks, cluster_room_checks
from codemie.operations.preflight.chart import Chart, Rendering
from codemie.operations.preflight.judgement import Judgement
from codemie.operations.preflight.stack import read_stack, shipped
from codemie.operations.preflight.value_checks import Inputs
from codemie.operations.preflight.values import read_values
from tests.deploy.chart import CHART, tools
from tests.fakes.kubernetes.server import FakeKubernetes, serving
from tests.operations.kubernetes.world import NOW, healthy, item
from tests.operations.preflight.world import good_values

CHECKS = (*cluster_checks.CHECKS, *cluster_room_checks.CHECKS)
VALUES: dict[str, Any] = {
    "url": "https://ai.example.org",
    "postgresql": {"enabled": True},
    "ingress": {"tls": {"clusterIssuer": "letsencrypt"}},
    "plugins": {"loadBalancer": {"enabled": True, "hostname": "nats.example.org", "tls": {"secretName": "nats-tls"}}},
    "worker": {"autoscaling": {"mode": "queue"}},
}


def fitting() -> FakeKubernetes:
    """The cluster of the other tests, with what this chart needs besides."""
    fake = healthy(FakeKubernetes(version="v1.36.1"))
    fake.get("namespaces", "codemie", "")["metadata"]["labels"] |= {"pod-security.kubernetes.io/enforce": "restricted"}
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    fake.get("storageclasses", "gp3", "", "storage.k8s.io")["metadata"]["annotations"] = default
    for name in ("n1", "n2", "n3"):
        fake.get("nodes", name, "")["spec"]["providerID"] = f"aws:///eu-central-1a/{name}"
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    fake.put(item("ClusterIssuer", "letsencrypt", api="cert-manager.io/v1", namespace="", spec={}, status=ready))
    return fake


@dataclass
class TargetWorld:
    """What is to be installed, and where.

    Attributes:
        chart: folder of the chart.
        values: of it.
        planned: further values for Terraform.
    """

    folder: Path
    fake: FakeKubernetes = field(default_factory=fitting)
    chart: Path = CHART
    values: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(VALUES))
    planned: dict[str, Any] = field(default_factory=dict[str, Any])
    cloud: str = "aws"

    def rendered(self) -> Sources:
        """What Helm makes of it."""
        try:
            made = _rendered(self.chart, json.dumps(self.values))
        except InvalidInput as error:
            return Sources().offer(Rendering, Rendering(str(error.details)))
        return Sources().offer(Rendering, Rendering()).offer(Chart, Chart(made, "codemie"))

    def _inputs(self) -> Inputs:
        stack = read_stack(shipped(self.cloud))
        file = self.folder / "terraform.tfvars.json"
        file.write_text(json.dumps(good_values() | self.planned))
        values = read_values([file], {}, stack.variables)
        return Inputs(Judgement(stack, values))

    async def report(self) -> Report:
        """What the checks say of it as it is now."""
        async with serving(self.fake) as server, Client(Access(server, context="test")) as client:
            sources = self.rendered().offer(Cluster, Cluster(client, now=lambda: NOW)).offer(Inputs, self._inputs())
            return await run("preflight", CHECKS, sources, Options())


@cache
def _rendered(chart: Path, values: str) -> tuple[dict[str, Any], ...]:
    return render(chart, json.loads(values), (), "codemie", helm=str(tools() / "helm"))
