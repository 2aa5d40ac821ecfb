"""The Helm chart: for every set of values, what is rendered, and whether Kubernetes accepts it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import discovery
from tests.deploy.chart import CHART, SETS, helm, one, refused, rendered, tools

GOLDEN = Path(__file__).parent / "golden"
VERSIONS = ("1.34", "1.35", "1.36", "1.37")
# Kinds that Kubernetes itself does not have.
FOREIGN = {"ScaledObject", "BackendConfig", "FrontendConfig"}

VALIDATION = """
import functools, json, sys
sys.path.insert(0, sys.argv[1])
import kubernetes_validate
from kubernetes_validate import utils
# Else it reads a file of megabytes for each manifest.
utils.schema_contents = functools.cache(utils.schema_contents)
for document in json.load(sys.stdin):
    for version in sys.argv[2:]:
        kubernetes_validate.validate(document, version, strict=True)
"""


def without_secrets(manifest: Any) -> Any:
    """A manifest with nothing in it that is another at each run."""
    if manifest["kind"] == "Secret":
        return {**manifest, "stringData": dict.fromkeys(manifest["stringData"], "generated")}
    return manifest


@pytest.mark.parametrize("name", SETS)
def test_the_chart_renders_as_it_did(name: str) -> None:
    """CODEMIE_UPDATE_GOLDEN=1 takes what is rendered now for right: look at the difference before you commit it."""
    path = GOLDEN / f"{name}.yaml"
    shown = yaml.safe_dump_all(map(without_secrets, rendered(name)), sort_keys=True, width=120, default_flow_style=None)
    if os.environ.get("CODEMIE_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)

    assert shown == path.read_text()


@pytest.mark.parametrize("name", SETS)
def test_helm_lint_has_nothing_to_say(name: str) -> None:
    done = helm("lint", "--strict", "--quiet", CHART, "-f", CHART / "ci" / f"{name}-values.yaml")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_manifest_fits_the_schemas_of_four_versions_of_kubernetes() -> None:
    different = {
        json.dumps(without_secrets(manifest), sort_keys=True): manifest
        for name in SETS
        for manifest in rendered(name)
        if manifest["kind"] not in FOREIGN
    }
    known = list(different.values())

    done = subprocess.run(
        [sys.executable, "-c", VALIDATION, tools() / "python", *VERSIONS],
        input=json.dumps(known),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert len(known) > 50


@pytest.mark.parametrize("name", SETS)
def test_kubectl_accepts_every_manifest(tmp_path: Path, name: str) -> None:
    with discovery.serving() as server:
        done = subprocess.run(
            [
                *(tools() / "kubectl", "apply", "--dry-run=client", "--validate=false", "--output=name"),
                *("--server", server, "--namespace", "codemie", "--filename", "-"),
            ],
            input=yaml.safe_dump_all(rendered(name)),
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "KUBECONFIG": os.devnull},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(rendered(name))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["url="], "Set url"),
        (["url=http://ai.example.com"], "/url"),
        (["nats.replica=3"], "additional properties 'replica' not allowed"),
        (["nats.replicas=2"], "/nats/replicas"),
        (["image.tag=latest"], "/image/tag"),
        (["settings.CODEMIE_ADMIN_PASSWORD=x"], "CODEMIE_ADMIN_PASSWORD"),
        (["postgresql.enabled=false"], "No database: name the secret"),
        (["database.existingSecret=mine"], "Two databases"),
        (["nats.enabled=false"], "CODEMIE_NATS_URL says where your NATS is"),
        (["identity.mode=oidc"], "identity.oidc.issuer"),
        (["oauth2Proxy.enabled=true"], "identity.mode=oidc"),
        (["oauth2Proxy.enabled=true", "ingress.controller=other"], "ingress.controller=nginx"),
        (["oauth2Proxy.enabled=true", "ingress.enabled=false"], "ingress.enabled=true"),
        (["worker.autoscaling.mode=external"], "worker.autoscaling.metric"),
        (["ingress.controller=alb"], "certificateArn"),
        (["nodePorts.enabled=true"], "ingress.enabled=false"),
        (["keycloakRealm.enabled=true"], "keycloakRealm.url"),
        (["plugins.loadBalancer.enabled=true"], "plugins.loadBalancer.tls.secretName"),
        (["plugins.loadBalancer.enabled=true", "plugins.loadBalancer.target=nats"], "tls.endsAt=loadBalancer"),
        (
            ["plugins.loadBalancer.enabled=true", "plugins.loadBalancer.tls.endsAt=loadBalancer"],
            "cloud=aws and plugins.loadBalancer.tls.certificateArn",
        ),
        (["networkPolicy.ingressFrom={}"], "/networkPolicy"),
    ],
)
def test_values_that_cannot_work_are_refused_with_what_to_set(values: list[str], said: str) -> None:
    assert said in refused(*values)


def test_whole_numbers_reach_the_platform_as_they_were_written() -> None:
    plain = one("aws", "Deployment", "codemie-worker")["spec"]["template"]["spec"]["containers"][0]["env"]

    assert {"name": "CODEMIE_CONVERSATIONS_RETENTION_DAYS", "value": "90"} in plain


def test_a_set_with_a_secret_of_its_own_makes_none() -> None:
    assert [manifest for manifest in rendered("air-gapped") if manifest["kind"] == "Secret"] == []


def test_generated_secrets_are_made_before_anything_needs_them_and_stay() -> None:
    made = [manifest for name in SETS for manifest in rendered(name) if manifest["kind"] == "Secret"]

    assert made
    for secret in made:
        notes = secret["metadata"]["annotations"]
        assert notes["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert int(notes["helm.sh/hook-weight"]) < -10
        assert notes["helm.sh/resource-policy"] == "keep"
        assert all(len(value) >= 24 for value in secret["stringData"].values())
