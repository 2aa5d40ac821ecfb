"""What the stacks for Azure and Google Cloud add to the chart's values; worked out by Terraform without a provider."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import CHART, helm, manifests
from tests.deploy.terraform.workbench import CLOUDS, environment, program

# What the modules would give.
GIVEN = {
    "module.identity.client_ids": '{ api = "0a1b2c3d-1111", worker = "0a1b2c3d-2222" }',
    "module.dns.addresses": '{ web = "203.0.113.80", nats = "203.0.113.81" }',
    "module.network.nat_public_ips": '["198.51.100.1", "198.51.100.2"]',
    "var.allowed_cidrs": '["192.0.2.0/24"]',
}
AGENTS = ("plugins.loadBalancer.enabled=true", "plugins.loadBalancer.tls.secretName=agents")


def rendered(cloud: str, folder: Path) -> tuple[Any, ...]:
    """The manifests of a trial with the values that the stack gives."""
    outputs = (CLOUDS / cloud / "platform" / "outputs.tf").read_text()
    block = re.search(r'(?ms)^output "helm_values" \{.*?^\}', outputs)
    assert block
    text = block[0]
    for name, value in GIVEN.items():
        text = text.replace(name, f"({value})")
    (folder / "main.tf").write_text(text)
    for arguments in (["init", "-input=false"], ["apply", "-input=false", "-auto-approve"]):
        run(folder, *arguments)
    (folder / "stack.yaml").write_text(run(folder, "output", "-raw", "helm_values"))
    assert yaml.safe_load((folder / "stack.yaml").read_text())
    more = [part for setting in AGENTS for part in ("--set", setting)]
    trial = CHART / "ci" / "single-values.yaml"
    return manifests(helm("template", "codemie", CHART, "-f", trial, *more, "-f", folder / "stack.yaml"))


def run(folder: Path, *arguments: str) -> str:
    ran = subprocess.run(
        [program(), *arguments],
        cwd=folder,
        env=environment(folder, None),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("workload", ["api", "worker"])
def test_on_azure_a_service_account_has_the_id_of_its_identity(tmp_path: Path, workload: str) -> None:
    found = {one["metadata"]["name"]: one for one in rendered("azure", tmp_path) if one["kind"] == "ServiceAccount"}
    wanted = {"api": "0a1b2c3d-1111", "worker": "0a1b2c3d-2222"}

    annotations = found[f"codemie-{workload}"]["metadata"]["annotations"]
    assert annotations == {"azure.workload.identity/client-id": wanted[workload]}


@pytest.mark.parametrize("cloud", ["azure", "gcp"])
def test_the_platform_tells_the_addresses_by_which_it_leaves(tmp_path: Path, cloud: str) -> None:
    found = {(one["kind"], one["metadata"]["name"]): one for one in rendered(cloud, tmp_path)}

    api = found["Deployment", "codemie-api"]["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "CODEMIE_INTEGRATIONS_EGRESS_IP", "value": "198.51.100.1,198.51.100.2"} in api["env"]


def test_on_google_cloud_people_keep_their_addresses_and_pods_reach_the_port_of_agents(tmp_path: Path) -> None:
    found = {(one["kind"], one["metadata"]["name"]): one for one in rendered("gcp", tmp_path)}
    api = found["Deployment", "codemie-api"]["spec"]["template"]["spec"]["containers"][0]
    trusted = next(one["value"] for one in api["env"] if one["name"] == "CODEMIE_IDENTITY_TRUSTED_PROXIES")

    assert "203.0.113.80/32" in trusted
    assert "35.191.0.0/16" in trusted
    ranges = found["Service", "codemie-agents"]["spec"]["loadBalancerSourceRanges"]
    assert ranges == ["192.0.2.0/24", "198.51.100.1/32", "198.51.100.2/32"]
